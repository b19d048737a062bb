/**
 * A stage for pure decisions: objects in a map, real observe/decide/apply, no API and no sockets. Deployments become ready at
 * once unless a test holds them. Time moves only when told.
 */

import { apply, type TellPorts, type WritePorts } from '../../../controller/apply';
import { Asker } from '../../../controller/asking';
import { INDEXES } from '../../../controller/indexes';
import { observe, type Views } from '../../../controller/observe';
import type { Alert, Decision } from '../../../controller/rollout/decision';
import type { Observation } from '../../../controller/rollout/observation';
import type { GateAnswer, Measurement, ProbeAnswer, Question } from '../../../controller/rollout/question';
import { DEFAULT_SETTINGS, type Settings } from '../../../controller/rollout/settings';
import { Telling } from '../../../controller/telling';
import { tick } from '../../../controller/tick';
import type { Canary, CanaryStatus } from '../../../model/canary';
import type { KubeObject, ResourceType } from '../../../model/kube';
import { configChecksum } from '../../../model/revision';
import { NAMESPACE, START } from '../../fixtures';

/** One tick as the golden traces show it. */
export interface Row {
  reason: string;
  /** `N text` or `W text` */
  says: string[];
  alerts: Alert[];
  phase: string;
  weight: number;
  /** `primary/canary`, with `m` when mirrored; `-` without routes. */
  routes: string;
  /** The target's replicas. */
  replicas: number;
  /** Gates called, in order. */
  calls: string[];
  writes: string[];
}

/** `short`: one pod finds no room. */
type Readiness = 'ready' | 'updating' | 'deadline' | 'unavailable' | 'short';

export class Stage {
  now = START;
  readonly rows: Row[] = [];
  /** Everything that was decided, and asked for it, in order. */
  readonly journal: (Decision | Question)[] = [];
  /** Value of every metric, by name. */
  metrics: Record<string, number | Measurement> = {};
  /** Whether gateways accept the routes that are written to them. */
  gatewaysAccept = true;
  /** Whether the metrics servers answer. */
  probe: ProbeAnswer = { ok: true };
  /** Answer of every hook, by name; absent passes, and rollback hooks are quiet. */
  hooks: Record<string, GateAnswer> = {};
  /** Holds workloads in a state, by name. */
  readonly held = new Map<string, Readiness>();
  /** Stops a write: the nth write from now throws, before or after it took effect. */
  crash: { afterWrites: number; takesEffect: boolean } | undefined;
  /** What a write takes until it is done, milliseconds, by kind; absent: no time. */
  readonly slow = new Map<string, number>();
  settings: Settings = { ...DEFAULT_SETTINGS };
  /** The state that the last tick left, if it said that nothing follows from it. */
  private settled: string | undefined;
  readonly key: string;
  private readonly objects = new Map<string, KubeObject>();
  private version = 1;
  private ids = 0;
  private row: Row | undefined;
  private telling = new Telling();
  private asker = this.newAsker();

  constructor(canary: Canary, ...objects: KubeObject[]) {
    this.key = `${NAMESPACE}/${canary.metadata.name}`;
    for (const object of [canary, ...objects]) this.put(object);
  }

  get canary(): Canary {
    return this.get('Canary', this.key.split('/')[1]!) as Canary;
  }

  get status(): CanaryStatus {
    return this.canary.status ?? {};
  }

  get(kind: string, name: string): KubeObject | undefined {
    return this.objects.get(`${kind}/${name}`);
  }

  /** Writes an object as a user would: a new version, a new generation when the spec differs. */
  put(object: KubeObject): KubeObject {
    const key = `${object.kind}/${object.metadata.name}`;
    const before = this.objects.get(key);
    const moved = JSON.stringify(before?.['spec']) !== JSON.stringify(object['spec']);
    const metadata = {
      ...object.metadata,
      uid: object.metadata.uid ?? `uid-${key}`,
      creationTimestamp: before?.metadata.creationTimestamp ?? new Date(this.now).toISOString(),
      resourceVersion: String(++this.version),
      generation: (before?.metadata.generation ?? 0) + (moved ? 1 : 0),
    };
    const stored = { ...object, metadata };
    this.objects.set(key, stored);
    this.settle();
    return stored;
  }

  edit(kind: string, name: string, change: (object: KubeObject) => void): void {
    const copy = structuredClone(this.get(kind, name)!);
    change(copy);
    this.put(copy);
  }

  remove(kind: string, name: string): void {
    this.objects.delete(`${kind}/${name}`);
  }

  /** Removes all objects of a kind whose names begin so. */
  removeAll(kind: string, prefix: string): void {
    for (const key of [...this.objects.keys()]) if (key.startsWith(`${kind}/${prefix}`)) this.objects.delete(key);
  }

  setImage(image: string): void {
    this.edit('Deployment', 'podinfo', (object) => {
      // biome-ignore lint/suspicious/noExplicitAny: raw JSON
      (object as any).spec.template.spec.containers[0].image = image;
    });
  }

  /** Another process takes over: nothing that was only in memory is left. */
  restart(): void {
    this.asker = this.newAsker();
    this.telling = new Telling();
  }

  /** Ticks until nothing is due now; the rows of it. */
  async settleTicks(limit = 30): Promise<Row[]> {
    const from = this.rows.length;
    for (let i = 0; i < limit; i++) {
      const version = this.version;
      const requeueAfterMs = await this.tick();
      if (requeueAfterMs !== 0 && this.version === version) return this.rows.slice(from).filter(isNews);
    }
    throw new Error(`still moving after ${limit} ticks: ${this.rows.at(-1)?.reason}`);
  }

  /** Time passes, then ticks. */
  async after(seconds: number): Promise<Row[]> {
    this.now += seconds * 1000;
    return this.settleTicks();
  }

  /** Ticks as they become due until the phase is reached; the rows of it. */
  async until(phase: string, limitSeconds = 1200): Promise<Row[]> {
    const from = this.rows.length;
    const end = this.now + limitSeconds * 1000;
    while (this.status.phase !== phase || this.status.serin?.['outbox'] !== undefined) {
      if (this.now > end)
        throw new Error(`no ${phase} in ${limitSeconds} s, but ${this.status.phase}: ${this.texts().join(' · ')}`);
      const version = this.version;
      const requeueAfterMs = await this.tick();
      if (this.version === version) this.now += Math.max(requeueAfterMs ?? 1000, 1);
    }
    return this.rows.slice(from).filter(isNews);
  }

  /** One tick. */
  async tick(): Promise<number | undefined> {
    const row = this.newRow();
    this.row = row;
    try {
      const next = await tick(this.key, {
        observe: (key) =>
          observe(this.views, key, { now: this.now, settings: this.settings, freshId: `id-${++this.ids}` }),
        ask: (_key, questions, answers) => {
          this.journal.push(...questions);
          return this.asker.ask(questions, answers);
        },
        apply: async (seen, decision, answers) => {
          this.journal.push(decision);
          row.reason = decision.reason;
          this.checkSettled(decision);
          const doneAt = await apply(this.ports(row), seen, decision, answers);
          if (decision.settles) this.settled = `${this.version} ${this.now}`;
          return doneAt;
        },
        now: () => this.now,
      });
      return next?.afterMs;
    } finally {
      Object.assign(row, this.present());
      this.rows.push(row);
    }
  }

  /** The controller does not look again after a decision that settles: there must be nothing to do. */
  private checkSettled({ effects, status, says, afterwards }: Decision): void {
    const isNext = this.settled === `${this.version} ${this.now}`;
    this.settled = undefined;
    const news = says.filter((saying) => !saying.once);
    if (isNext)
      expect({ effects, status, news, afterwards }).toEqual({ effects: [], status: {}, news: [], afterwards: [] });
  }

  /** What the next tick would look at. */
  observation(): Observation {
    return observe(this.views, this.key, { now: this.now, settings: this.settings, freshId: 'fresh-id' })!;
  }

  /** All texts so far. */
  texts(): string[] {
    return this.rows.flatMap((row) => row.says);
  }

  private newRow(): Row {
    return { reason: '', says: [], alerts: [], calls: [], writes: [], ...this.present() };
  }

  private present(): Pick<Row, 'phase' | 'weight' | 'routes' | 'replicas'> {
    const seen = observe(this.views, this.key, { now: this.now, settings: this.settings, freshId: '' });
    const routes = seen?.routes;
    const target = this.get('Deployment', 'podinfo') as { spec?: { replicas?: number } } | undefined;
    return {
      phase: this.objects.has(`Canary/${this.key.split('/')[1]}`) ? (this.status.phase ?? '') : 'gone',
      weight: this.objects.has(`Canary/${this.key.split('/')[1]}`) ? (this.status.canaryWeight ?? 0) : 0,
      routes: routes ? `${routes.primary}/${routes.canary}${routes.mirrored ? 'm' : ''}` : '-',
      replicas: target?.spec?.replicas ?? 0,
    };
  }

  private readonly views: Views = {
    get: (type, _namespace, name) => this.get(type.kind, name),
    find: (type, namespace, key) =>
      [...this.objects.values()].filter(
        (object) =>
          object.kind === type.kind &&
          (object.metadata.namespace ?? 'default') === namespace &&
          INDEXES[type.kind]?.(object).includes(key),
      ),
  };

  private newAsker(): Asker {
    return new Asker({
      clock: { now: () => this.now, after: () => ({ cancel() {} }) },
      measure: async ({ metric }) => {
        const value = this.metrics[metric.name] ?? 100;
        return typeof value === 'number' ? { outcome: 'value', value, query: '' } : value;
      },
      probe: async () => this.probe,
      gate: async ({ webhook }) => {
        this.row?.calls.push(webhook.name);
        const quiet: GateAnswer = { passed: false, error: 'Forbidden' };
        return this.hooks[webhook.name] ?? (webhook.type === 'rollback' ? quiet : { passed: true, body: '' });
      },
      config: async ({ kind, name }) => {
        const object = this.get(kind, name);
        return object
          ? { outcome: 'tracked', checksum: configChecksum(object) }
          : { outcome: 'missing', message: `${kind} ${name} is missing` };
      },
    });
  }

  private ports(row: Row): WritePorts & TellPorts {
    const write = (verb: string, object: KubeObject): KubeObject => {
      const crashing = this.crash && this.crash.afterWrites-- === 0 ? this.crash : undefined;
      if (crashing && !crashing.takesEffect) throw new Error('crash before the write');
      row.writes.push(`${verb} ${object.kind}/${object.metadata.name}`);
      this.now += this.slow.get(object.kind) ?? 0;
      this.fence(object);
      const stored = this.put(object);
      if (object.kind === 'Canary' && this.isFinished(stored)) this.remove('Canary', stored.metadata.name);
      if (crashing) throw new Error('crash after the write');
      return stored;
    };
    return {
      get: async (type, _namespace, name) => this.get(type.kind, name),
      create: async (_type, object) => write('create', object),
      replace: async (_type, object) => write('replace', object),
      patch: async (type, _namespace, name, patch, subresource) =>
        write(subresource ?? 'patch', merged(this.get(type.kind, name), patch) as KubeObject),
      delete: async (type, _namespace, name) => this.remove(type.kind, name),
      observed: () => undefined,
      mayWrite: () => true,
      now: () => this.now,
      event: ({ saying, run }) => {
        if (!this.telling.isNews(this.key, run, saying, this.now, 10_000)) return;
        row.says.push(`${saying.type[0]} ${saying.message}`);
      },
      alert: (_canary, alert) => row.alerts.push(alert),
      facts: (_seen, _decision: Decision) => undefined,
    };
  }

  /** As the API server: a write that names an old resourceVersion is refused. */
  private fence(object: KubeObject): void {
    const live = this.get(object.kind, object.metadata.name);
    const named = object.metadata.resourceVersion;
    if (live && named !== undefined && named !== live.metadata.resourceVersion) {
      throw Object.assign(new Error('the object has been modified'), { code: 'Conflict' });
    }
  }

  private isFinished = ({ metadata }: KubeObject): boolean =>
    metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;

  /** Gives every workload the status that its controller would. */
  settle(): void {
    for (const [key, object] of this.objects) {
      if (object.kind === 'HTTPRoute' && this.gatewaysAccept) this.objects.set(key, accepted(object));
      if (object.kind === 'DaemonSet') this.objects.set(key, scheduled(object, this.held.has(object.metadata.name)));
      if (object.kind !== 'Deployment') continue;
      const status = statusOf(object, this.held.get(object.metadata.name) ?? 'ready', this.now);
      this.objects.set(key, { ...object, status });
    }
  }
}

/** The route as its parents report it. */
function accepted(route: KubeObject): KubeObject {
  const { parentRefs = [] } = route['spec'] as { parentRefs?: object[] };
  const conditions = [{ type: 'Accepted', status: 'True', observedGeneration: route.metadata.generation }];
  return { ...route, status: { parents: parentRefs.map((parentRef) => ({ parentRef, conditions })) } };
}

/** The DaemonSet on two nodes; `updating`: they still run the old pods. */
function scheduled(object: KubeObject, updating: boolean): KubeObject {
  const { template } = object['spec'] as { template: { spec: { nodeSelector?: Record<string, string> } } };
  const nodes = Object.keys(template.spec.nodeSelector ?? {}).length > 0 ? 0 : 2;
  const status = {
    observedGeneration: object.metadata.generation,
    desiredNumberScheduled: nodes,
    updatedNumberScheduled: updating ? 0 : nodes,
    numberAvailable: nodes,
  };
  return { ...object, status };
}

const isNews = (row: Row): boolean => row.says.length > 0 || row.writes.length > 0;

function statusOf(object: KubeObject, readiness: Readiness, now: number): Record<string, unknown> {
  const replicas = (object['spec'] as { replicas?: number }).replicas ?? 1;
  const observedGeneration = object.metadata.generation;
  const time = new Date(now).toISOString();
  if (readiness === 'ready') {
    return { observedGeneration, replicas, updatedReplicas: replicas, availableReplicas: replicas, conditions: [] };
  }
  if (readiness === 'short') {
    return { observedGeneration, replicas, updatedReplicas: replicas, availableReplicas: replicas - 1, conditions: [] };
  }
  const reason = readiness === 'deadline' ? 'ProgressDeadlineExceeded' : 'ReplicaSetUpdated';
  const conditions = [
    { type: 'Progressing', status: readiness === 'deadline' ? 'False' : 'True', reason, lastUpdateTime: time },
  ];
  const available = readiness === 'updating' ? replicas : 0;
  return { observedGeneration, replicas, updatedReplicas: 0, availableReplicas: available, conditions };
}

/** RFC 7386. */
function merged(live: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base: Record<string, unknown> =
    typeof live === 'object' && live !== null && !Array.isArray(live) ? { ...(live as Record<string, unknown>) } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete base[key];
    else base[key] = merged(base[key], value);
  }
  return base;
}

export type { ResourceType };
