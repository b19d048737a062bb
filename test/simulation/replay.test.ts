/** The simulator itself: a seed plays the same again, and a mistake that is put in is found, cut down and found again. */
import { playShare, readCommand, reportOf } from '../../simulation/command';
import { Coverage } from '../../simulation/coverage';
import { KINDS, PHASES } from '../../simulation/mishap';
import { planOf } from '../../simulation/plan';
import { run } from '../../simulation/run';
import { shrink } from '../../simulation/shrink';
import { CRDS } from './crds';

/** Mistakes that a test can put into the real controller. */
const mistakes = { keepsTraffic: false, copiesUnmeasured: false, repeatsWrites: false };

jest.mock('../../controller/rollout/workloads', () => {
  const real = jest.requireActual(
    '../../controller/rollout/workloads',
  ) as typeof import('../../controller/rollout/workloads');
  return { ...real, drainMs: (seen: never) => (mistakes.keepsTraffic ? 0 : real.drainMs(seen)) };
});

jest.mock('../../controller/rollout/verdict', () => {
  const real = jest.requireActual(
    '../../controller/rollout/verdict',
  ) as typeof import('../../controller/rollout/verdict');
  const judge: typeof real.judge = (question, measured, key) => {
    const check = real.judge(question, measured, key);
    return mistakes.copiesUnmeasured && check.verdict !== 'pass' ? { name: check.name, verdict: 'pass' } : check;
  };
  return { ...real, judge };
});

afterEach(() => Object.assign(mistakes, { keepsTraffic: false, copiesUnmeasured: false }));

async function firstFailure(from: number, limit: number) {
  for (let seed = from; seed < from + limit; seed++) {
    const outcome = await run(planOf(seed), { crds: CRDS });
    if (outcome.broken) return outcome;
  }
  throw new Error(`no seed from ${from} on finds the mistake`);
}

test('a seed plays the same story twice', async () => {
  const [one, two] = [await run(planOf(77), { crds: CRDS }), await run(planOf(77), { crds: CRDS })];
  expect(one.story.length).toBeGreaterThan(100);
  expect(two.story).toEqual(one.story);
}, 120_000);

test.each([
  ['keepsTraffic', 3],
  ['copiesUnmeasured', 2],
] as const)(
  '%s is found, cut down and replayed',
  async (mistake, invariant) => {
    mistakes[mistake] = true;
    const found = await firstFailure(1, 25);
    const small = await shrink(found, { crds: CRDS });
    expect(small.broken?.invariant).toBe(invariant);
    expect(small.plan.mishaps.length).toBeLessThanOrEqual(found.plan.mishaps.length);
    const again = await run(JSON.parse(JSON.stringify(small.plan)), { crds: CRDS });
    expect(again.story).toEqual(small.story);
    mistakes[mistake] = false;
    expect((await run(small.plan, { crds: CRDS })).broken).toBeUndefined();
  },
  300_000,
);

test('options are read, and wrong ones are refused', () => {
  expect(readCommand(['--seeds', '5', '--from', '7'])).toMatchObject({ first: 7, seeds: 5, single: false });
  expect(readCommand(['--seed', '9'])).toMatchObject({ first: 9, seeds: 1, single: true });
  expect(() => readCommand(['--seeds', 'many'])).toThrow('give a whole number above 0');
  expect(readCommand(['--hours', '8.5'])).toMatchObject({ hours: 8.5, seeds: 100 });
  expect(() => readCommand(['--hours', '0'])).toThrow('give a number above 0');
  expect(() => readCommand(['--what'])).toThrow('--what');
});

test('a night that ends early says where the next goes on, and leaves no seed out', async () => {
  let left = 3;
  const goesOn = () => left-- > 0;
  const odd = await playShare(CRDS, { first: 1, count: 10, stride: 2 }, goesOn);
  const even = await playShare(CRDS, { first: 2, count: 4, stride: 2 });
  expect(odd).toMatchObject({ seeds: 3, next: 7 });
  expect(even).toMatchObject({ seeds: 2 });
  expect(reportOf(1, [odd, even])).toMatchObject({ seeds: 5, next: 7, failed: [] });
  expect(reportOf(1, [even]).next).toBeUndefined();
  const [pair = ''] = Object.keys(odd.met);
  expect(odd.met[pair]).toBeGreaterThan(0);
}, 120_000);

test('what breaks is told at once, and coverage counts seeds', async () => {
  mistakes.keepsTraffic = true;
  const failures: number[] = [];
  const first = (await firstFailure(1, 25)).plan.seed;
  const share = await playShare(CRDS, { first, count: 1, stride: 1 }, undefined, ({ seed }) => failures.push(seed));
  expect(failures).toEqual([first]);
  expect(share.failed).toMatchObject([{ seed: first, invariant: 3 }]);
}, 120_000);

test('the table shows each pair, what cannot be and what was not met', () => {
  const coverage = new Coverage();
  coverage.add({ 'request-refused/Progressing': 3 });
  coverage.add({ 'request-refused/Progressing': 4, 'pods-deleted/Failed': 1 });
  expect(coverage.count('request-refused', 'Progressing')).toBe(7);
  const missing = coverage.missing();
  expect(missing).toContain('request-refused/Failed');
  expect(missing).not.toContain('request-refused/Progressing');
  expect(missing).not.toContain('route-deleted/Initializing');
  const lines = coverage.table().split('\n');
  expect(lines).toHaveLength(KINDS.length + 1);
  const row = lines
    .find((line) => line.startsWith('request-refused'))!
    .trim()
    .split(/\s+/);
  expect(row).toHaveLength(PHASES.length + 1);
  expect(row[1 + PHASES.indexOf('Progressing')]).toBe('7');
});
