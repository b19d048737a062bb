/** Faults stop: the outcome is reached, everything that was promised was delivered, and then it is quiet. */
import type { Canary } from '../model/canary';
import { NAME } from './objects';
import type { Play } from './run';
import { availableOf, imageOf } from './services';
import { type Invariant, Violation } from './violation';

/** Two leases, a hushed watch, two runs and their deadlines: more than any honest end needs. */
const LIMIT_MS = 900_000;
const QUIET_MS = 40_000;

export async function ending(play: Play): Promise<void> {
  await settled(play);
  const before = imageOf(play.world.get('deployment', `${NAME}-primary`));
  const calls = play.world.hooks.calls.get('post-rollout') ?? 0;
  const decided = runOf(play);
  play.people.push(play.plan.last);
  const image = imageOf(play.world.get('deployment', NAME));
  await reached(play, play.plan.last === 'good' ? image : before, decided);
  await play.pass(15_000);
  check(play, play.plan.last === 'good' ? image : before);
  delivered(play, calls);
  await quiet(play);
}

/** What trouble left behind is worked off first: a new push in the middle of it would be one more trouble. */
async function settled(play: Play): Promise<void> {
  const { world, people } = play;
  // A deletion that is held runs into its deadline; only then can somebody make the Canary again.
  const held = () => world.canary?.metadata.deletionTimestamp !== undefined;
  await awaited(play, () => !held(), 'the deletion of the Canary ends');
  people.restore();
  const idle = () => ['Initialized', 'Succeeded', 'Failed'].includes(world.phase);
  await awaited(play, idle, 'the Canary comes to rest after trouble');
  await play.pass(5_000);
}

async function awaited(play: Play, holds: () => boolean, what: string): Promise<void> {
  if (await play.until(holds, LIMIT_MS)) return;
  const { canary } = play.world;
  throw new Violation(0, `it never comes that ${what}: ${JSON.stringify(canary?.status ?? 'no canary')}`);
}

const runOf = ({ world }: Play): unknown => world.canary?.status?.lastAppliedSpec;

async function reached(play: Play, image: string, decided: unknown): Promise<void> {
  const { world, plan } = play;
  const phase = plan.last === 'good' ? 'Succeeded' : 'Failed';
  const primary = () => world.get('deployment', `${NAME}-primary`);
  const target = () => (world.get('deployment', NAME)?.['spec'] as { replicas?: number } | undefined)?.replicas;
  const ended = () => world.phase === phase && runOf(play) !== decided;
  const done = () => ended() && imageOf(primary()) === image && target() === 0;
  await awaited(play, done, `the last push (${plan.last}) ends as ${phase} with ${image} on the primary`);
}

function check({ world, plan }: Play, image: string): void {
  const routes = world.routes();
  const fail = (invariant: Invariant, message: string): never => {
    throw new Violation(invariant, `at the end: ${message}`);
  };
  const status = (world.canary as Canary).status;
  if (routes && (routes.primary !== 100 || routes.mirrored)) fail(5, `the split is ${JSON.stringify(routes)}`);
  if (availableOf(world.get('deployment', `${NAME}-primary`)) === 0) fail(5, 'the primary has no pods');
  if (imageOf(world.get('deployment', `${NAME}-primary`)) !== image) fail(2, `the primary does not run ${image}`);
  if (status?.serin?.['outbox'] !== undefined) fail(7, 'last words were never said');
  const data = (name: string) => JSON.stringify((world.get('configMap', name) as { data?: object } | undefined)?.data);
  if (plan.last === 'good' && plan.scenario.config && data('settings') !== data('settings-primary'))
    fail(2, 'the config of the primary is not what was promoted');
}

/** 7: closing texts and post-rollout hooks of the last run arrive at least once. */
function delivered({ world, plan }: Play, calls: number): void {
  const text = plan.last === 'good' ? 'Promotion completed!' : 'Canary failed!';
  const run = (world.canary as Canary).status?.serin?.['runStartedAt'];
  const events = world.sandbox.store.list({ apiVersion: 'v1', kind: 'Event' });
  const recent = world.clock.now() - LIMIT_MS;
  const said = events.some((event) => {
    const { message, lastTimestamp } = event as { message?: string; lastTimestamp?: string };
    return message?.startsWith(text) && Date.parse(lastTimestamp ?? '') > recent;
  });
  if (!said) throw new Violation(7, `no Event says "${text}" of run ${run}`);
  if (plan.scenario.hooks && (world.hooks.calls.get('post-rollout') ?? 0) === calls)
    throw new Violation(7, 'the post-rollout hook of the last run was not called');
}

/** 10: nothing to do is nothing done. */
async function quiet(play: Play): Promise<void> {
  const { watchdog } = play;
  const before = watchdog.writes;
  const told = play.world.story.length;
  await play.pass(QUIET_MS);
  if (watchdog.writes === before) return;
  const writes = play.world.story.slice(told).join('\n');
  throw new Violation(10, `${watchdog.writes - before} writes with nothing to do:\n${writes}`);
}
