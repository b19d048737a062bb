import type { ObjectStore, Watch } from '../api/store';
import { conditionOf } from './condition';
import { deadlineMs, deploymentStatus, type NewSetNote } from './deployment-status';
import { DEPLOYMENT, type Deployment, type PodTemplate, REPLICA_SET, type ReplicaSet } from './objects';
import { adopt, controllerOf, keyOf, Owned, ownedBy, refOf } from './ownership';
import { Reconciler } from './reconciler';
import { nextNewReplicas, nextOldReplicas, proportional, replicasOf, rolloutBounds } from './rolling-update';
import { sameValue, templateHash } from './template-hash';

const REVISION = 'deployment.kubernetes.io/revision';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAXIMUM = 'deployment.kubernetes.io/max-replicas';
const HASH = 'pod-template-hash';
const NOT_FOR_SETS = new Set(['kubectl.kubernetes.io/last-applied-configuration', REVISION, DESIRED, MAXIMUM]);
const DEFAULT_HISTORY = 10;

/** The Deployment controller: one ReplicaSet a template, rolled over within the bounds of the strategy. */
export class Deployments {
  private readonly queue: Reconciler;
  private readonly sets: Owned<ReplicaSet>;
  private readonly watch: Watch;

  constructor(private readonly store: ObjectStore) {
    this.queue = new Reconciler(store.clock, (key) => this.reconcile(key));
    this.sets = new Owned<ReplicaSet>(store, REPLICA_SET, (set) => {
      const owner = controllerOf(set);
      if (owner?.kind === 'Deployment') this.queue.enqueue(`${set.metadata.namespace}/${owner.name}`);
    });
    for (const one of store.list(DEPLOYMENT)) this.queue.enqueue(keyOf(one));
    this.watch = store.watch(DEPLOYMENT, undefined, ({ object }) => this.queue.enqueue(keyOf(object)));
  }

  stop(): void {
    this.watch.close();
    this.sets.stop();
    this.queue.stop();
  }

  private get(key: string): Deployment | undefined {
    return this.store.get(refOf(DEPLOYMENT, key)) as Deployment | undefined;
  }

  private reconcile(key: string): void {
    const deployment = this.get(key);
    if (!deployment || deployment.metadata.deletionTimestamp) return;
    adopt(this.store, deployment, this.sets);
    const note = this.ensureNewSet(deployment);
    const [newest, old] = this.split(deployment);
    if (this.isResized(deployment, newest, old)) this.resize(deployment, newest, old);
    else if (newest && !deployment.spec.paused) this.roll(deployment, newest, old);
    this.report(key, deployment, note);
    this.forgetHistory(deployment, old);
  }

  /** The ReplicaSet of the current template, and the others, oldest first. */
  private split(deployment: Deployment): [newest: ReplicaSet | undefined, old: ReplicaSet[]] {
    const sets = this.sets.of(deployment);
    const newest = sets.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
    return [newest, sets.filter((set) => set !== newest).sort((a, b) => revisionOf(a) - revisionOf(b))];
  }

  /** Makes the ReplicaSet of a new template, or gives an old one the next revision when its template is back. */
  private ensureNewSet(deployment: Deployment): NewSetNote | undefined {
    const [newest, old] = this.split(deployment);
    const revision = Math.max(0, ...old.map(revisionOf)) + 1;
    if (!newest) {
      if (deployment.spec.paused) return undefined;
      const name = this.createSet(deployment, revision, old);
      this.stampRevision(deployment, revision);
      return { reason: 'NewReplicaSetCreated', name };
    }
    const current = Math.max(revision, revisionOf(newest));
    if (revisionOf(newest) < current) this.annotate(newest, { [REVISION]: String(current) });
    this.stampRevision(deployment, current);
    if (conditionOf(deployment.status?.conditions, 'Progressing') && revisionOf(newest) === current) return undefined;
    return { reason: 'FoundNewReplicaSet', name: newest.metadata.name };
  }

  private createSet(deployment: Deployment, revision: number, old: ReplicaSet[]): string {
    const { metadata, spec } = deployment;
    const hash = templateHash(spec.template);
    const name = `${metadata.name}-${hash}`;
    const labels = { ...spec.template.metadata?.labels, [HASH]: hash };
    const draft = { ...REPLICA_SET, metadata: { name, namespace: metadata.namespace ?? '' }, spec } as ReplicaSet;
    const replicas = nextNewReplicas(deployment, { ...draft, spec: { ...spec, replicas: 0 } }, old);
    const waits = spec.strategy?.type === 'Recreate' && old.some((set) => (set.status?.replicas ?? 0) > 0);
    this.store.create({
      ...REPLICA_SET,
      metadata: {
        ...draft.metadata,
        labels,
        annotations: { ...inherited(deployment), ...sizes(deployment), [REVISION]: String(revision) },
        ownerReferences: ownedBy(deployment),
      },
      spec: {
        replicas: waits ? 0 : replicas,
        ...(spec.minReadySeconds && { minReadySeconds: spec.minReadySeconds }),
        selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [HASH]: hash } },
        template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
      },
    });
    return name;
  }

  private stampRevision(deployment: Deployment, revision: number): void {
    if (deployment.metadata.annotations?.[REVISION] === String(revision)) return;
    this.store.modify(refOf(DEPLOYMENT, keyOf(deployment)), (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [REVISION]: String(revision) };
    });
  }

  private annotate(set: ReplicaSet, annotations: Record<string, string>): void {
    this.store.modify(refOf(REPLICA_SET, keyOf(set)), (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, ...annotations };
    });
  }

  /** Did `spec.replicas` change since the ReplicaSets were sized for it? */
  private isResized(deployment: Deployment, newest: ReplicaSet | undefined, old: ReplicaSet[]): boolean {
    const sized = newest ? [newest, ...old] : old;
    return sized.some((set) => {
      const desired = set.metadata.annotations?.[DESIRED];
      return replicasOf(set) > 0 && desired !== undefined && desired !== String(replicasOf(deployment));
    });
  }

  private resize(deployment: Deployment, newest: ReplicaSet | undefined, old: ReplicaSet[]): void {
    const sets = newest ? [newest, ...old] : old;
    const active = sets.filter((set) => replicasOf(set) > 0);
    const only = active.length <= 1 ? (active[0] ?? newest) : undefined;
    if (only) this.scale(deployment, only, replicasOf(deployment));
    else {
      const next = proportional(deployment, active);
      active.forEach((set, index) => {
        this.scale(deployment, set, next[index]!);
      });
    }
    this.queue.enqueue(keyOf(deployment));
  }

  private roll(deployment: Deployment, newest: ReplicaSet, old: ReplicaSet[]): void {
    if (deployment.spec.strategy?.type === 'Recreate') {
      for (const set of old) this.scale(deployment, set, 0);
      const remaining = old.some((set) => (set.status?.replicas ?? 0) > 0);
      if (!remaining) this.scale(deployment, newest, replicasOf(deployment));
      return;
    }
    const replicas = nextNewReplicas(deployment, newest, old);
    if (replicas !== replicasOf(newest)) {
      this.scale(deployment, newest, replicas);
      return;
    }
    const next = nextOldReplicas(deployment, newest, old);
    old.forEach((set, index) => {
      this.scale(deployment, set, next[index]!);
    });
    this.scale(deployment, newest, replicas);
  }

  private scale(deployment: Deployment, set: ReplicaSet, replicas: number): void {
    this.store.modify(refOf(REPLICA_SET, keyOf(set)), (draft) => {
      (draft as ReplicaSet).spec.replicas = replicas;
      draft.metadata.annotations = { ...draft.metadata.annotations, ...sizes(deployment) };
    });
  }

  private report(key: string, seen: Deployment, note: NewSetNote | undefined): void {
    const deployment = this.get(key);
    if (deployment?.metadata.uid !== seen.metadata.uid || !deployment) return;
    const [newest, old] = this.split(deployment);
    const nowMs = this.store.clock.now();
    const status = deploymentStatus({ deployment, newest, old, note, nowMs });
    this.store.modify(
      refOf(DEPLOYMENT, key),
      (draft) => {
        draft['status'] = { ...status, observedGeneration: seen.metadata.generation ?? 1 };
      },
      { subresource: 'status' },
    );
    const dueMs = deadlineMs(deployment, conditionOf(status.conditions, 'Progressing'));
    if (Number.isFinite(dueMs)) this.queue.enqueue(key, Math.max(0, dueMs - nowMs));
  }

  private forgetHistory(deployment: Deployment, old: ReplicaSet[]): void {
    const limit = deployment.spec.revisionHistoryLimit ?? DEFAULT_HISTORY;
    const empty = old.filter((set) => replicasOf(set) === 0 && (set.status?.replicas ?? 0) === 0);
    for (const set of empty.slice(0, Math.max(0, empty.length - limit))) {
      this.store.delete(refOf(REPLICA_SET, keyOf(set)));
    }
  }
}

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

/** Equal but for the hash label that the controller adds. */
function sameTemplate(ofSet: PodTemplate, wanted: PodTemplate): boolean {
  const { [HASH]: _, ...labels } = ofSet.metadata?.labels ?? {};
  const plain = (template: PodTemplate, own: Record<string, string>) => {
    const annotations = template.metadata?.annotations;
    return { labels: own, spec: template.spec, annotations: isEmpty(annotations) ? undefined : annotations };
  };
  return sameValue(plain(ofSet, labels), plain(wanted, wanted.metadata?.labels ?? {}));
}

function isEmpty(record: object | undefined): boolean {
  return Object.keys(record ?? {}).length === 0;
}

function inherited(deployment: Deployment): Record<string, string> {
  const own = Object.entries(deployment.metadata.annotations ?? {});
  return Object.fromEntries(own.filter(([name]) => !NOT_FOR_SETS.has(name)));
}

function sizes(deployment: Deployment): Record<string, string> {
  const replicas = replicasOf(deployment);
  return { [DESIRED]: String(replicas), [MAXIMUM]: String(replicas + rolloutBounds(deployment).maxSurge) };
}
