/**
 * Sieve's three perturbations of a golden run (OSDI'22): a crash right after a write, a view from before it, and a change
 * that is never seen because the next one came first. What they end in is compared with the run that nobody disturbed.
 */
import { type KubeObject, RESOURCES, type ResourceType } from '../model/kube';
import { NAME, NAMESPACE } from './objects';
import { People } from './people';
import type { Process } from './process';
import { PLAIN, type Scenario } from './scenario';
import { imageOf } from './services';
import type { Sent, Trouble } from './wire';
import { World } from './world';

export interface Golden {
  name: string;
  scenario: Partial<Scenario>;
  /** What people do once the Canary is idle; absent: the bootstrap itself is the run. */
  act?: (people: People, world: World) => void;
  /** Whether the run is over. */
  over: (world: World) => boolean;
}

export type Perturbation = 'crash' | 'stale' | 'skipped';

export interface End {
  /** Writes of the run that a perturbation can be laid at. */
  writes: number;
  /** What is left: every object that a Canary is about, without what differs from run to run. */
  cluster: unknown;
  /** Writes that changed something, by object. */
  updates: Record<string, number>;
}

const promoted = (world: World): boolean =>
  world.phase === 'Succeeded' && imageOf(world.get('deployment', `${NAME}-primary`)) === 'app:good-1' && atRest(world);
const failed = (world: World): boolean => world.phase === 'Failed' && atRest(world);
const atRest = (world: World): boolean => {
  const record = world.canary?.status?.serin;
  const { replicas } = (world.get('deployment', NAME)?.['spec'] ?? {}) as { replicas?: number };
  return replicas === 0 && record?.['outbox'] === undefined && record?.['drainUntil'] === undefined;
};
const push = (quality: 'good' | 'bad') => (people: People) => void people.push(quality);

export const GOLDEN: readonly Golden[] = [
  { name: 'bootstrap', scenario: {}, over: (world) => world.phase === 'Initialized' && atRest(world) },
  { name: 'promotion', scenario: {}, act: push('good'), over: promoted },
  { name: 'rollback', scenario: {}, act: push('bad'), over: failed },
  { name: 'promotion in steps', scenario: { strategy: 'promotedInSteps' }, act: push('good'), over: promoted },
  { name: 'mirrored', scenario: { strategy: 'mirrored' }, act: push('good'), over: promoted },
  { name: 'A/B test', scenario: { strategy: 'abTest' }, act: push('good'), over: promoted },
  { name: 'blue/green', scenario: { strategy: 'blueGreen' }, act: push('good'), over: promoted },
  { name: 'blue/green, rollback', scenario: { strategy: 'blueGreen' }, act: push('bad'), over: failed },
  {
    name: 'blue/green on plain Kubernetes',
    scenario: { strategy: 'blueGreen', provider: 'kubernetes' },
    act: push('good'),
    over: promoted,
  },
  {
    name: 'Gateway API with session affinity and hooks',
    scenario: { provider: 'gatewayapi:v1', sessionAffinity: true, hooks: true },
    act: push('good'),
    over: promoted,
  },
  { name: 'with an autoscaler', scenario: { autoscaler: true }, act: push('good'), over: promoted },
  {
    name: 'deletion with revert',
    scenario: { revertOnDeletion: true },
    act: (_, world) => void world.remove('canary', NAME),
    over: (world) => world.canary === undefined,
  },
];

/** Plays a golden run; at its nth write (from 1) the perturbation strikes. */
export async function play(
  golden: Golden,
  crds: KubeObject[],
  at?: { write: number; perturbation: Perturbation },
): Promise<End> {
  const run = new Run(golden, crds, at);
  try {
    return await run.whole();
  } finally {
    run.world.stop();
  }
}

class Run {
  readonly world: World;
  private writes = 0;
  private counting = false;
  private readonly updates: Record<string, number> = {};
  private past: Map<string, string> | undefined;

  constructor(
    private readonly golden: Golden,
    crds: KubeObject[],
    private readonly at?: { write: number; perturbation: Perturbation },
  ) {
    this.world = new World({
      seed: 1,
      scenario: { ...PLAIN, ...golden.scenario },
      crds,
      trouble: (process, sent) => this.trouble(process, sent),
      answered: () => undefined,
    });
    this.world.sandbox.store.observe(({ object, previous }) => {
      if (!this.counting || !COUNTED.has(object.kind)) return;
      // What the cluster's own controllers say in a status is no write of ours.
      if (object.kind !== 'Canary' && previous && object.metadata.generation === previous.metadata.generation) {
        if (object.kind === 'Deployment') return;
      }
      const key = `${object.kind}/${object.metadata.name}`;
      this.updates[key] = (this.updates[key] ?? 0) + 1;
    });
  }

  async whole(): Promise<End> {
    const { world, golden } = this;
    world.begin();
    await world.clock.advance(1_000);
    this.counting = golden.act === undefined;
    world.populate();
    if (golden.act) {
      await this.until(() => world.phase === 'Initialized' && atRest(world));
      await world.clock.advance(10_000);
      this.counting = true;
      golden.act(new People(world, () => undefined), world);
    }
    await this.until(() => golden.over(world));
    await world.clock.advance(30_000);
    return { writes: this.writes, cluster: clusterOf(world), updates: this.updates };
  }

  private async until(holds: () => boolean): Promise<void> {
    try {
      await this.world.clock.runUntil(holds, { limitMs: 600_000 });
    } catch (cause) {
      throw new Error(`${this.golden.name} does not end:\n${this.world.story.slice(-60).join('\n')}`, { cause });
    }
  }

  private trouble(process: Process, { write, request }: Sent): Trouble | undefined {
    if (!write || !this.counting || request.url.includes('/events')) return undefined;
    this.writes++;
    if (this.writes !== this.at?.write) return undefined;
    return this[this.at.perturbation](process);
  }

  /** The process ends before it hears of its write. */
  private crash(): Trouble {
    this.world.clock.after(500, () => void this.world.begin());
    return { dies: 'after' };
  }

  /** The next process begins with a view from before the write. */
  private stale(process: Process): Trouble {
    void process.wire.snapshot().then((past) => {
      this.past = past;
    });
    this.world.clock.after(500, () => void this.world.begin(this.past));
    return { dies: 'after' };
  }

  /** Changes come so late that only the last of several is seen: watches break now, and lists come later. */
  private skipped(process: Process): undefined {
    const taps = [...process.wire.taps];
    for (const tap of taps) tap.hush();
    this.world.clock.after(12_000, () => {
      for (const tap of taps) tap.drop();
      this.world.sandbox.store.compact();
    });
    return undefined;
  }
}

const COUNTED = new Set([
  'Canary',
  'Deployment',
  'Service',
  'VirtualService',
  'HTTPRoute',
  'DestinationRule',
  'ConfigMap',
]);

const LEFT: readonly (keyof typeof RESOURCES)[] = [
  'canary',
  'deployment',
  'service',
  'configMap',
  'virtualService',
  'destinationRule',
  'horizontalPodAutoscaler',
  'controllerRevision',
];

/** The cluster without ids, versions and times. */
export function clusterOf(world: World): unknown {
  return LEFT.flatMap((kind) => world.sandbox.store.list(RESOURCES[kind] as ResourceType, NAMESPACE)).map(plain);
}

function plain(object: KubeObject): unknown {
  const { kind, metadata, spec, data } = object as KubeObject & { spec?: unknown; data?: unknown };
  const { name, labels, annotations, finalizers } = metadata;
  const status = kind === 'Canary' ? verdict(object) : undefined;
  return JSON.parse(withoutIds(JSON.stringify({ kind, name, labels, annotations, finalizers, spec, data, status })));
}

function verdict(canary: KubeObject): unknown {
  const {
    phase,
    canaryWeight,
    iterations,
    failedChecks,
    lastAppliedSpec,
    lastPromotedSpec,
    trackedConfigs,
    conditions,
  } = canary['status'] as Record<string, unknown>;
  const states = (conditions as { type: string; status: string; reason: string }[]).map(({ type, status, reason }) =>
    [type, status, reason].join(' '),
  );
  return { phase, canaryWeight, iterations, failedChecks, lastAppliedSpec, lastPromotedSpec, trackedConfigs, states };
}

/** Random ids, cookies and times of restarts. */
const withoutIds = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'uuid')
    .replace(/side=\w+/g, 'side=x')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time');
