/** Runs in which the Canary is deleted: mishaps meet the deletion, and the run comes to its end afterwards. */
import { type Plan, planOf } from '../../simulation/plan';
import { run } from '../../simulation/run';
import { CRDS } from './crds';

/** Seed 1140, cut down: the target never gets ready, so the deletion is held until its deadline, after trouble has ended. */
const HELD: Plan = {
  seed: 1140,
  scenario: {
    provider: 'istio',
    strategy: 'progressive',
    hooks: false,
    sessionAffinity: false,
    autoscaler: false,
    config: false,
    replicas: 1,
    users: false,
    revertOnDeletion: true,
  },
  first: 'good',
  deleted: true,
  mishaps: [{ kind: 'push-stuck', afterMs: -13_981, seed: 697392123 }],
  last: 'good',
};

test('a Canary whose deletion was held is made again, and the last push is released', async () => {
  const outcome = await run(HELD, { crds: CRDS });
  expect(outcome.broken).toBeUndefined();
  const told = outcome.story.join('\n');
  expect(told).toContain('is reverted although its target is not ready');
  expect(told.indexOf('phase none')).toBeGreaterThan(told.indexOf('trouble is over'));
  expect(told).toContain('Promotion completed!');
}, 60_000);

test.each([
  [10, 'request-refused'],
  [153, 'dies-before-write'],
  [186, 'restarts-in-the-past'],
  [208, 'lease-deleted'],
  [527, 'pods-deleted'],
  // A process had stopped before, slowly: another takes its place.
  [2716, 'request-rejected'],
])(
  'seed %i meets %s while the Canary is deleted',
  async (seed, kind) => {
    const plan = planOf(seed);
    expect(plan.mishaps[0]).toMatchObject({ kind, phase: 'Terminating' });
    const { broken, met } = await run(plan, { crds: CRDS });
    expect(broken).toBeUndefined();
    expect([...met]).toContain(`${kind}/Terminating`);
  },
  60_000,
);
