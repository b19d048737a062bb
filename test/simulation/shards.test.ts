/** Two processes share the Canaries by shards, while one after the other freezes, dies and loses its network: invariant 8. */
import { Chance } from '../../simulation/chance';
import { leaderOf } from '../../simulation/faults';
import { type Plan, planOf } from '../../simulation/plan';
import { Play } from '../../simulation/run';
import { Violation } from '../../simulation/violation';
import { CRDS } from './crds';

const SEEDS = Array.from({ length: 12 }, (_, index) => 9_000 + index * 37);

/** The plan of the seed, on shards. What is done to the Lease of a leader has nothing to be done to. */
function onShards(seed: number): Plan {
  const plan = planOf(seed);
  return {
    ...plan,
    scenario: { ...plan.scenario, replicas: 2, shards: 4 },
    // Every other one without any other trouble.
    mishaps: seed % 2 === 0 ? [] : plan.mishaps.filter(({ kind }) => !kind.startsWith('lease-')),
  };
}

/**
 * Whoever holds the Canary's shard is frozen, and thawed about when its lease is over: when another may have claimed the shard
 * and not yet written anything, so that only the fence is between an old decision and the cluster.
 */
async function played(seed: number) {
  const play = new Play(onShards(seed), { crds: CRDS });
  const chance = new Chance(seed);
  const { world } = play;
  let frozen = 0;
  for (const atMs of [22_000, 45_000, 68_000]) {
    world.clock.after(atMs + chance.between(0, 9_000), () => {
      const holder = world.processes.find(({ identity }) => identity === leaderOf(world));
      if (holder === undefined) return;
      const ms = chance.between(10_000, 16_000);
      world.tell(`${holder.identity} is frozen for ${ms} ms`);
      holder.freeze(ms);
      frozen++;
      play.watchdog.disturbed();
    });
  }
  try {
    await play.whole();
    return { story: world.story, frozen };
  } catch (error) {
    const said = error instanceof Violation ? `invariant ${error.invariant}: ${error.message}` : String(error);
    throw new Error(`seed ${seed}: ${said}\n${world.story.slice(-80).join('\n')}`, { cause: error });
  } finally {
    world.stop();
  }
}

test('no write of a process that does not hold the shard takes effect, and every run ends as it should', async () => {
  const workers = new Set<string>();
  let frozen = 0;
  for (const seed of SEEDS) {
    const one = await played(seed);
    frozen += one.frozen;
    for (const line of one.story) {
      const by = / (p\d+) PATCH Canary\/app/.exec(line)?.[1];
      if (by) workers.add(by);
    }
  }
  // Each of them worked, and processes that took over from dead ones.
  expect(workers.size).toBeGreaterThan(2);
  expect(frozen).toBeGreaterThanOrEqual(2 * SEEDS.length);
}, 600_000);
