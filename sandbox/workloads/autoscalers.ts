import type { KubeObject } from '../../model/kube';
import type { ObjectStore, Watch } from '../api/store';
import { bounded, cpuTarget, LIMIT_MESSAGES, type Limit, recommended } from './autoscaling';
import { kubeTime, withCondition } from './condition';
import { AUTOSCALER, type Autoscaler, type Condition } from './objects';
import { keyOf, refOf } from './ownership';
import { Reconciler } from './reconciler';

/** A horizontal autoscaler looks at its target this often. */
const SYNC_MS = 15_000;
/** Before it scales down, it takes the highest recommendation of the last five minutes. */
const STABLE_MS = 300_000;

/** CPU in use by each pod of a workload, in percent of its request. */
export type CpuOf = (workload: KubeObject) => number;

interface Recommendation {
  atMs: number;
  replicas: number;
}

/** The HorizontalPodAutoscaler controller over the simulated load. */
export class Autoscalers {
  private readonly queue: Reconciler;
  private readonly watch: Watch;
  private readonly history = new Map<string, Recommendation[]>();

  constructor(
    private readonly store: ObjectStore,
    private readonly cpuOf: CpuOf,
  ) {
    this.queue = new Reconciler(store.clock, (key) => this.reconcile(key));
    for (const one of store.list(AUTOSCALER)) this.queue.enqueue(keyOf(one));
    this.watch = store.watch(AUTOSCALER, undefined, ({ type, object }) => {
      if (type !== 'MODIFIED') this.history.delete(keyOf(object));
      if (type === 'ADDED') this.queue.enqueue(keyOf(object));
    });
  }

  stop(): void {
    this.watch.close();
    this.queue.stop();
  }

  private reconcile(key: string): void {
    const autoscaler = this.store.get(refOf(AUTOSCALER, key)) as Autoscaler | undefined;
    if (!autoscaler || autoscaler.metadata.deletionTimestamp) return;
    this.queue.enqueue(key, SYNC_MS);
    const { apiVersion = 'apps/v1', kind, name } = autoscaler.spec.scaleTargetRef;
    const target = { apiVersion, kind, namespace: autoscaler.metadata.namespace ?? '', name };
    const workload = this.store.kinds.find(target) && this.store.get(target);
    if (!workload) this.reportMissing(key, `${kind.toLowerCase()}s.${apiVersion.split('/')[0]} "${name}" not found`);
    else this.follow(key, autoscaler, workload);
  }

  private follow(key: string, autoscaler: Autoscaler, workload: KubeObject): void {
    const { replicas: current = 1 } = workload['spec'] as { replicas?: number };
    if (current === 0) {
      this.reportDisabled(key);
      return;
    }
    const cpuPercent = Math.round(this.cpuOf(workload));
    const wanted = recommended(current, autoscaler.spec.metrics ?? [], { cpuPercent });
    const { replicas, limit } = bounded(autoscaler.spec, current, this.stabilised(key, current, wanted));
    if (replicas !== current) {
      const { apiVersion, kind, metadata } = workload;
      this.store.modify({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name }, (draft) => {
        (draft['spec'] as { replicas: number }).replicas = replicas;
      });
    }
    this.report(key, { current, replicas, limit, cpuPercent });
  }

  private stabilised(key: string, current: number, wanted: number): number {
    const nowMs = this.store.clock.now();
    const recent = (this.history.get(key) ?? []).filter((one) => one.atMs > nowMs - STABLE_MS);
    recent.push({ atMs: nowMs, replicas: wanted });
    this.history.set(key, recent);
    const highest = Math.max(...recent.map((one) => one.replicas));
    return wanted < current ? Math.min(current, highest) : wanted;
  }

  private report(key: string, seen: { current: number; replicas: number; limit: Limit; cpuPercent: number }): void {
    const { current, replicas, limit, cpuPercent } = seen;
    const rescaled = replicas !== current;
    const scaled = `the HPA controller was able to update the target scale to ${replicas}`;
    const able = rescaled
      ? condition('AbleToScale', 'True', 'SucceededRescale', scaled)
      : condition('AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size');
    const calculated = 'the HPA was able to successfully calculate a replica count from cpu resource utilization';
    const active = condition('ScalingActive', 'True', 'ValidMetricFound', calculated);
    const limited = condition(
      'ScalingLimited',
      limit === 'DesiredWithinRange' ? 'False' : 'True',
      limit,
      LIMIT_MESSAGES[limit],
    );
    this.write(key, [able, active, limited], (autoscaler) => ({
      currentReplicas: current,
      desiredReplicas: replicas,
      currentMetrics: currentMetrics(autoscaler, cpuPercent),
      ...(rescaled && { lastScaleTime: kubeTime(this.store.clock) }),
    }));
  }

  private reportDisabled(key: string): void {
    const able = condition('AbleToScale', 'True', 'SucceededGetScale', 'the HPA controller was able to get the scale');
    const why = 'scaling is disabled since the replica count of the target is zero';
    const disabled = condition('ScalingActive', 'False', 'ScalingDisabled', why);
    this.write(key, [able, disabled], () => ({ currentReplicas: 0, desiredReplicas: 0, currentMetrics: [] }));
  }

  private reportMissing(key: string, what: string): void {
    const message = `the HPA controller was unable to get the target's current scale: ${what}`;
    this.write(key, [condition('AbleToScale', 'False', 'FailedGetScale', message)], () => ({ desiredReplicas: 0 }));
  }

  private write(key: string, conditions: Condition[], fields: (of: Autoscaler) => Record<string, unknown>): void {
    const lastTransitionTime = kubeTime(this.store.clock);
    this.store.modify(
      refOf(AUTOSCALER, key),
      (draft) => {
        const autoscaler = draft as Autoscaler;
        const next = conditions.reduce<Condition[]>(
          (all, one) => withCondition(all, { ...one, lastTransitionTime }),
          autoscaler.status?.conditions ?? [],
        );
        autoscaler.status = { ...autoscaler.status, ...fields(autoscaler), conditions: next };
      },
      { subresource: 'status' },
    );
  }
}

function condition(type: string, status: Condition['status'], reason: string, message: string): Condition {
  return { type, status, reason, message };
}

function currentMetrics(autoscaler: Autoscaler, cpuPercent: number): unknown[] {
  return (autoscaler.spec.metrics ?? [])
    .filter((metric) => cpuTarget(metric) !== undefined)
    .map(() => ({
      type: 'Resource',
      resource: { name: 'cpu', current: { averageUtilization: cpuPercent, averageValue: `${cpuPercent}m` } },
    }));
}
