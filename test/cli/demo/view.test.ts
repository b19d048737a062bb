import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { line, spread } from '../../../cli/demo/line';
import { render } from '../../../cli/demo/view';
import { aState } from './state';

const plain = picocolors.createColors(false);
const colours = picocolors.createColors(true);
const picture = (columns: number, rows: number, change = {}) => render(aState(change), { columns, rows }, plain);

test('80 by 24', () => {
  expect(picture(80, 24)).toMatchInlineSnapshot(`
" Serin the tutorial, live                                 1:46  4 times as fast
 ✔ bootstrap   ✔ promote 1:01   ⠸ rollback   ○ mirror
   a release that breaks under load is rolled back

 podinfo.test  Progressing                                   ●●○○○  step 2 of 5
 primary 3.1.1                                                     canary 3.1.2
 ██████████████████████████████████████████████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
 80 %  2 of 2 pods ready                                20 %  2 of 2 pods ready

             success rate ≥ 99 %     p99 ≤ 500 ms
 primary   ✔ 100.00 %              ✔ 50 ms
 canary    ✘ 77.02 %               ✘ 512 ms
 failed checks ■□□  1 of 3              users: 1,240 answers, 36 errors (2.9 %)

  1:22 • New revision detected! Scaling up podinfo.test
  1:22 ▲ canary deployment podinfo.test not ready: waiting for rollout to fini…
  1:26 • Advance podinfo.test canary weight 10
  1:36 • Advance podinfo.test canary weight 20
  1:46 ▲ Halt podinfo.test advancement success rate 77.02% < 99% (2 times)

 export KUBECONFIG=/tmp/serin-aBcDeF/kubeconfig                     Ctrl-C ends
 kubectl get canaries -w  # from another terminal"
`);
});

test('120 by 40, copies only', () => {
  const routes = { primary: 100, canary: 0, mirrored: true };
  expect(picture(120, 40, { routes, step: { done: 1, of: 5 } })).toMatchInlineSnapshot(`
" Serin the tutorial, live                                                                         1:46  4 times as fast

 ✔ bootstrap   ✔ promote 1:01   ⠸ rollback   ○ mirror
   a release that breaks under load is rolled back

 podinfo.test  Progressing                                                                           ●○○○○  step 1 of 5

 primary 3.1.1                                                                                             canary 3.1.2
 ██████████████████████████████████████████████████████████████████████████████████████████████████████████████████████
 ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
 100 %  2 of 2 pods ready                                                                copies only  2 of 2 pods ready

             success rate ≥ 99 %     p99 ≤ 500 ms
 primary   ✔ 100.00 %              ✔ 50 ms
 canary    ✘ 77.02 %               ✘ 512 ms

 failed checks ■□□  1 of 3                                                      users: 1,240 answers, 36 errors (2.9 %)

  1:22 Normal    0 % New revision detected! Scaling up podinfo.test
  1:22 Warning   0 % canary deployment podinfo.test not ready: waiting for rollout to finish: 0 of 2 (readyThreshold 1…
  1:26 Normal   10 % Advance podinfo.test canary weight 10
  1:36 Normal   20 % Advance podinfo.test canary weight 20
  1:46 Warning  20 % Halt podinfo.test advancement success rate 77.02% < 99% (2 times)

 export KUBECONFIG=/tmp/serin-aBcDeF/kubeconfig                                                             Ctrl-C ends
 kubectl get canaries -w  # from another terminal"
`);
});

test('the time after the scenarios belongs to the user', () => {
  const chapters = aState().chapters.map((one) => ({ ...one, state: 'right' as const }));
  const text = picture(80, 24, { chapters, speed: 1, free: true });
  expect(text).toContain('the cluster is yours now');
  expect(text).toContain('real time');
  expect(text).toContain(' kubectl set image deployment/podinfo podinfod=stefanprodan/podinfo:3.1.4');
});

test('nothing wraps and nothing scrolls, whatever the size and the state', () => {
  const percent = fc.integer({ min: 0, max: 100 });
  const state = fc.record({
    canary: percent,
    mirrored: fc.boolean(),
    events: fc.integer({ min: 0, max: 60 }),
    failed: fc.integer({ min: 0, max: 9 }),
    done: fc.integer({ min: 0, max: 5 }),
    requests: fc.nat(),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 2, max: 60 }), state, (columns, rows, seen) => {
      const { told, primary } = aState();
      const text = render(
        aState({
          routes: { primary: 100 - seen.canary, canary: seen.canary, mirrored: seen.mirrored },
          told: Array.from({ length: seen.events }, (_, index) => told[index % told.length]!),
          failedChecks: { count: seen.failed, threshold: 3 },
          step: { done: seen.done, of: 5 },
          users: { requests: seen.requests, errors: 1 },
          primary: { ...primary, successPercent: undefined },
        }),
        { columns, rows },
        colours,
      );
      const lines = stripVTControlCharacters(text).split('\n');
      expect(lines.length).toBeLessThan(rows);
      for (const one of lines) expect([...one].length).toBeLessThan(columns);
    }),
    { numRuns: 200 },
  );
});

test('the bar shows a small share, and is whole only when all traffic is on one side', () => {
  const barOf = (canary: number) => {
    const text = picture(42, 24, { routes: { primary: 100 - canary, canary, mirrored: false } });
    const bar = text.split('\n').find((one) => one.includes('█') || one.includes('▓')) ?? '';
    return { primary: bar.split('█').length - 1, canary: bar.split('▓').length - 1 };
  };
  expect(barOf(0)).toEqual({ primary: 40, canary: 0 });
  expect(barOf(1)).toEqual({ primary: 39, canary: 1 });
  expect(barOf(50)).toEqual({ primary: 20, canary: 20 });
  expect(barOf(99)).toEqual({ primary: 1, canary: 39 });
  expect(barOf(100)).toEqual({ primary: 0, canary: 40 });
});

test('lines are cut before they are coloured', () => {
  expect(line(['abc', ['def', colours.red]], 5)).toBe(`abc${colours.red('d')}…`);
  expect(line(['abc', ['def', colours.red]], 6)).toBe(`abc${colours.red('def')}`);
  expect(line(['abc'], 0)).toBe('');
  expect(spread(['ab'], ['c'], 6)).toBe('ab   c');
  expect(spread(['ab'], ['cdef'], 6)).toBe('ab');
});
