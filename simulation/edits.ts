/** Acto's question: does a path of edits end in the cluster that a fresh deployment of its last spec makes? */
import type { Canary } from '../model/canary';
import type { KubeObject } from '../model/kube';
import { canaryOf, configOf, NAME, targetOf } from './objects';
import { PLAIN, type Scenario } from './scenario';
import { imageOf } from './services';
import { clusterOf } from './sieve';
import { World } from './world';

/** Everything that a user wrote. */
export interface Wish {
  image: string;
  config: string;
  env: string;
  port: number;
  strategy: Scenario['strategy'];
  interval: string;
  timeout: string;
  retries: number;
  labels: string;
}

export const FIRST_WISH: Wish = {
  image: 'app:good-0',
  config: 'one',
  env: 'a',
  port: 8080,
  strategy: 'progressive',
  interval: '10s',
  timeout: '5s',
  retries: 0,
  labels: 'x',
};

export interface Edit {
  change: Partial<Wish>;
  /** How long nobody touches anything after it, milliseconds. */
  restMs: number;
}

function objectsOf(wish: Wish): { target: KubeObject; config: KubeObject; canary: Canary } {
  const target = targetOf(PLAIN, wish.image);
  const container = (target['spec'] as { template: { spec: { containers: object[] } } }).template.spec.containers[0]!;
  Object.assign(container, { env: [{ name: 'WISH', value: wish.env }] });
  const canary = canaryOf({ ...PLAIN, strategy: wish.strategy });
  canary.spec.analysis.interval = wish.interval;
  Object.assign(canary.spec.service!, {
    port: wish.port,
    targetPort: 8080,
    timeout: wish.timeout,
    ...(wish.retries > 0 && { retries: { attempts: wish.retries } }),
    apex: { labels: { wish: wish.labels } },
  });
  return { target, config: configOf(wish.config), canary };
}

/** Writes what differs, as `kubectl apply` of the whole manifest does. */
function apply(world: World, wish: Wish): void {
  const { target, config, canary } = objectsOf(wish);
  world.edit('configMap', 'settings', (draft: KubeObject) => Object.assign(draft, { data: config['data'] }));
  world.edit('deployment', NAME, (draft: { spec: { template: unknown } }) => {
    draft.spec.template = (target['spec'] as { template: unknown }).template;
  });
  world.edit('canary', NAME, (draft: { spec: unknown }) => {
    draft.spec = canary.spec;
  });
}

async function rested(world: World, wish: Wish): Promise<void> {
  const done = () => {
    const canary = world.canary;
    const idle = ['Initialized', 'Succeeded'].includes(world.phase) && !canary?.status?.serin?.['drainUntil'];
    return idle && imageOf(world.get('deployment', `${NAME}-primary`)) === wish.image;
  };
  await world.clock.runUntil(done, { limitMs: 900_000 });
  await world.clock.advance(30_000);
  await world.clock.runUntil(done, { limitMs: 900_000 });
  await world.clock.advance(5_000);
}

/** The cluster after the edits, without what tells of the way there: the Canary's status, and kept revisions. */
export async function deployed(first: Wish, edits: readonly Edit[], crds: KubeObject[]): Promise<unknown> {
  const world = new World({ seed: 1, scenario: PLAIN, crds, trouble: () => undefined, answered: () => undefined });
  try {
    world.begin();
    await world.clock.advance(1_000);
    const { target, config, canary } = objectsOf(first);
    for (const object of [config, target, canary]) world.create(object);
    let wish = first;
    for (const { change, restMs } of edits) {
      await world.clock.advance(restMs);
      wish = { ...wish, ...change };
      apply(world, wish);
    }
    await rested(world, wish);
    return (clusterOf(world) as KubeObject[])
      .filter(({ kind }) => kind !== 'ControllerRevision')
      .map((object) => ({ ...object, status: undefined, annotations: withoutCount(object) }));
  } finally {
    world.stop();
  }
}

/** How often a Deployment rolled is the one thing of the way that the cluster itself keeps. */
function withoutCount(object: KubeObject): unknown {
  const { 'deployment.kubernetes.io/revision': _, ...kept } = (object['annotations'] ?? {}) as Record<string, string>;
  return kept;
}
