import type { ObjectStore, Watch } from '../api/store';
import type { Behaviours } from './behaviour';
import { kubeTime, withCondition } from './condition';
import { addressOf, emptiestNode } from './nodes';
import { NODE, type Node, POD, type Pod } from './objects';
import { keyOf, refOf } from './ownership';
import { lifeAt, nextStage, type PodLife } from './pod-life';
import { podStatus } from './pod-status';
import { Reconciler } from './reconciler';

/** How long a pod that fits no node waits before it is looked at again. */
const RESCHEDULE_MS = 5000;

interface Resident {
  node: string;
  podIP: string;
  life: PodLife;
}

/** The scheduler and all kubelets: gives every pod a node, and lives its life. */
export class Kubelets {
  private readonly residents = new Map<string, Resident>();
  private readonly podCounts = new Map<string, number>();
  private readonly queue: Reconciler;
  private readonly watches: Watch[];
  private addresses = 0;

  constructor(
    private readonly store: ObjectStore,
    private readonly behaviours: Behaviours,
  ) {
    this.queue = new Reconciler(store.clock, (key) => this.reconcile(key));
    for (const pod of store.list(POD)) this.queue.enqueue(keyOf(pod));
    this.watches = [
      store.watch(POD, undefined, ({ type, object }) => {
        if (type === 'DELETED') this.forget(object as Pod);
        else this.queue.enqueue(keyOf(object));
      }),
      behaviours.watch(() => {
        for (const pod of store.list(POD)) this.queue.enqueue(keyOf(pod));
      }),
    ];
  }

  stop(): void {
    for (const watch of this.watches) watch.close();
    this.queue.stop();
  }

  private reconcile(key: string): void {
    const pod = this.store.get(refOf(POD, key)) as Pod | undefined;
    if (!pod || pod.metadata.deletionTimestamp) return;
    if (pod.spec.nodeName) this.live(key, pod, pod.spec.nodeName);
    else this.schedule(key, pod);
  }

  private schedule(key: string, pod: Pod): void {
    const nodes = this.store.list(NODE) as Node[];
    const node = emptiestNode(nodes, pod, (name) => this.podCounts.get(name) ?? 0);
    if (!node) {
      this.unschedulable(key, nodes.length);
      this.queue.enqueue(key, RESCHEDULE_MS);
      return;
    }
    this.moveIn(pod, node.metadata.name);
    this.store.modify(refOf(POD, key), (draft) => {
      (draft as Pod).spec.nodeName = node.metadata.name;
    });
  }

  private unschedulable(key: string, nodes: number): void {
    const message = `0/${nodes} nodes are available: ${nodes} node(s) didn't match Pod's node affinity/selector.`;
    const lastTransitionTime = kubeTime(this.store.clock);
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message } as const;
    this.write(key, (pod) => ({
      ...pod.status,
      phase: 'Pending',
      conditions: withCondition(pod.status?.conditions, { ...condition, lastTransitionTime }),
    }));
  }

  private live(key: string, pod: Pod, node: string): void {
    const nowMs = this.store.clock.now();
    const behaviour = this.behaviours.of(pod);
    const resident = this.residents.get(pod.metadata.uid ?? '') ?? this.moveIn(pod, node);
    const life = lifeAt(resident.life, behaviour, nowMs);
    if (!pod.status?.startTime || life !== resident.life) {
      resident.life = life;
      const hostIP = addressOf(this.store.get({ ...NODE, name: node }) as Node | undefined);
      const place = { podIP: resident.podIP, hostIP, now: kubeTime(this.store.clock) };
      this.write(key, (now) => podStatus(now, life, place));
    }
    const next = nextStage(life, behaviour);
    if (next) this.queue.enqueue(key, Math.max(0, next.dueMs - nowMs));
  }

  private moveIn(pod: Pod, node: string): Resident {
    this.podCounts.set(node, (this.podCounts.get(node) ?? 0) + 1);
    const number = this.addresses++;
    const podIP = `10.244.${Math.floor(number / 250) % 256}.${(number % 250) + 2}`;
    const resident: Resident = {
      node,
      podIP,
      life: { stage: 'creating', sinceMs: this.store.clock.now(), restarts: 0 },
    };
    this.residents.set(pod.metadata.uid ?? '', resident);
    return resident;
  }

  private forget(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const resident = this.residents.get(uid);
    if (!resident) return;
    this.residents.delete(uid);
    this.podCounts.set(resident.node, (this.podCounts.get(resident.node) ?? 1) - 1);
  }

  private write(key: string, status: (pod: Pod) => Pod['status'] & object): void {
    this.store.modify(
      refOf(POD, key),
      (draft) => {
        (draft as Pod).status = status(draft as Pod);
      },
      { subresource: 'status' },
    );
  }
}
