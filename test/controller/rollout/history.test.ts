/** The decision record: which run a change goes to, and what is kept of a check. */
import { ended, supersededBy, withChecks, withRun } from '../../../controller/rollout/history';
import type { Observation } from '../../../controller/rollout/observation';
import type { Check } from '../../../controller/rollout/verdict';
import type { CanaryRun } from '../../../model/canary';
import { aCanary, aDeployment } from '../../fixtures';
import { Stage } from './stage';

const NOW = '2026-11-24T12:00:00.000Z';
const old: CanaryRun = { revision: 's1-1', startedAt: 'monday' };
const present: CanaryRun = { revision: 's1-2', startedAt: 'tuesday' };

const withRuns = (runs: CanaryRun[] | undefined, runStartedAt?: string): Observation => {
  const seen = new Stage(aCanary(), aDeployment()).observation();
  return { ...seen, canary: { ...seen.canary, status: { runs, serin: { runStartedAt } } } as never };
};

test.each<[string, CanaryRun[] | undefined, string | undefined, CanaryRun[] | undefined]>([
  ['no record', undefined, 'tuesday', undefined],
  ['a record without runs', [], undefined, undefined],
  ['the run of another start', [old], 'tuesday', undefined],
  ['the present run', [old, present], 'tuesday', [old, { ...present, checks: [] }]],
])('checks go into %s', (_, runs, startedAt, expected) => {
  expect(withChecks(withRuns(runs, startedAt), [])).toEqual(expected);
});

const pass: Check = { name: 'errors', verdict: 'pass' };

test.each<[string, Partial<Check>, object]>([
  ['nothing but its verdict', {}, {}],
  ['a value in eight digits', { value: 1 / 3 }, { value: 0.33333333 }],
  ['a value of nothing', { value: 0 }, { value: 0 }],
  ['a range', { range: { max: 0 } }, { range: { max: 0 } }],
  ['no range without bounds', { range: {} }, {}],
  ['a window', { window: '1m' }, { window: '1m' }],
  ['a query', { query: 'up' }, { query: 'up' }],
  ['no query without words', { query: '' }, {}],
  ['a query that just fits', { query: 'q'.repeat(400) }, { query: 'q'.repeat(400) }],
  ['the beginning of a long query', { query: 'q'.repeat(401) }, { query: `${'q'.repeat(400)}…` }],
  ['a message', { message: 'why' }, { message: 'why' }],
])('of a check is kept: %s', (_, more, kept) => {
  const runs = withChecks(withRuns([present], 'tuesday'), [{ ...pass, ...more }]);
  expect(runs?.[0]?.checks).toStrictEqual([{ name: 'errors', verdict: 'pass', ...kept }]);
});

test('ten runs are kept, the last ones', () => {
  const runs = Array.from({ length: 10 }, (_, day) => ({ revision: `s1-${day}`, startedAt: `day ${day}` }));
  const begun = withRun(withRuns(runs), 's1-new');
  expect(begun).toEqual([...runs.slice(1), { revision: 's1-new', startedAt: NOW }]);
  const superseded = supersededBy(withRuns(runs, 'day 9'), 's1-new');
  const last = { ...runs[9], endedAt: NOW, outcome: 'superseded', reason: 'RevisionChanged' };
  expect(superseded).toEqual([...runs.slice(1, 9), last, { revision: 's1-new', startedAt: NOW }]);
});

test('queries are kept of the last run only', () => {
  const checks = [{ ...pass, query: 'up', value: 1 }];
  const runs = [old, { ...present, checks }];
  const older = [old, { ...present, checks: [{ ...pass, value: 1 }] }];
  expect(withRun(withRuns(runs), 's1-3').slice(0, 2)).toEqual(older);
  expect(supersededBy(withRuns(runs), 's1-3').slice(0, 2)).toEqual(older);
  expect(withChecks(withRuns(runs, 'tuesday'), checks)?.at(-1)?.checks).toEqual(checks);
});

test('a run that was never recorded begins the record all the same', () => {
  expect(withRun(withRuns(undefined), 's1-2')).toEqual([{ revision: 's1-2', startedAt: NOW }]);
  expect(supersededBy(withRuns(undefined), 's1-2')).toEqual([{ revision: 's1-2', startedAt: NOW }]);
  expect(supersededBy(withRuns([old], 'tuesday'), 's1-2')).toEqual([old, { revision: 's1-2', startedAt: NOW }]);
});

test('an end is written where the run is known', () => {
  expect(ended(withRuns([present], 'tuesday'), 'failed', 'Why')).toEqual({
    runs: [{ ...present, endedAt: NOW, outcome: 'failed', reason: 'Why' }],
  });
  expect(ended(withRuns([present], 'monday'), 'failed', 'Why')).toEqual({});
});
