/** Wrong answers to "is it good?", and wrong counts of them. */
import type { KnownBug } from './bug.ts';

const GOLDEN = 'test/controller/rollout/golden.test.ts';
const SAFETY = 'test/controller/rollout/safety.test.ts';
const VERDICT = 'controller/rollout/verdict.ts';
const STEP = 'controller/rollout/phases/step.ts';

export const bugs: KnownBug[] = [
  {
    name: 'no-data-as-pass',
    why: 'a release without traffic is promoted unseen (F#1581)',
    edits: [{ file: VERDICT, was: "fail: 'noData',", becomes: "fail: 'pass'," }],
    caughtBy: [SAFETY],
  },
  {
    name: 'nan-as-pass',
    why: 'NaN is neither below the minimum nor above the maximum (A#180)',
    edits: [
      { file: VERDICT, was: '  if (!Number.isFinite(value)) {', becomes: '  if (false) {' },
      {
        file: VERDICT,
        was: 'const fault = Number.isFinite(value) ? outOfRange(value, rangeOf(metric, question.source)) : undefined;',
        becomes: 'const fault = outOfRange(value, rangeOf(metric, question.source));',
      },
    ],
    caughtBy: ['test/controller/rollout/verdict.test.ts'],
  },
  {
    name: 'outage-as-pass',
    why: 'a metrics server that is down promotes (invariant 6)',
    edits: [
      {
        file: VERDICT,
        was: "verdict: 'error', message: measured.message };",
        becomes: "verdict: 'pass', message: measured.message };",
      },
    ],
    caughtBy: [SAFETY],
  },
  {
    name: 'outage-as-failed-check',
    why: 'a good release is rolled back because the metrics server was away',
    edits: [
      {
        file: VERDICT,
        was: "verdict: 'error', message: measured.message };",
        becomes: "verdict: 'fail', message: measured.message };",
      },
    ],
    caughtBy: [SAFETY],
  },
  {
    name: 'tick-counted-twice',
    why: 'one bad minute counts as two',
    edits: [
      {
        file: STEP,
        was: 'const failedChecks = run.failedChecks + 1;',
        becomes: 'const failedChecks = run.failedChecks + 2;',
      },
    ],
    caughtBy: [GOLDEN],
  },
  {
    name: 'iteration-counted-twice',
    why: 'an A/B test ends after half its time',
    edits: [
      {
        file: STEP,
        was: 'return iteration(seen, done + 1, iterations, { primary: 0, canary: 100, mirrored: false });',
        becomes: 'return iteration(seen, done + 2, iterations, { primary: 0, canary: 100, mirrored: false });',
      },
    ],
    caughtBy: [GOLDEN],
  },
  {
    name: 'wake-up-counted-as-step',
    why: 'every change of any object moves the weight, whatever the interval',
    edits: [{ file: 'controller/rollout/phases/progressing.ts', was: '  notDueYet,\n];', becomes: '];' }],
    caughtBy: [GOLDEN, SAFETY],
  },
  {
    name: 'failures-carried-into-the-next-revision',
    why: 'a fix is rolled back for what its predecessor did',
    edits: [
      {
        file: 'controller/rollout/phases/progressing.ts',
        was: '      ...COUNTERS_AT_ZERO,\n      lastAppliedSpec: revision.hash,',
        becomes: '      lastAppliedSpec: revision.hash,',
      },
    ],
    caughtBy: [GOLDEN],
  },
  {
    name: 'max-weight-not-a-multiple-overshoots',
    why: 'the last step passes 100 (F#189)',
    edits: [
      {
        file: 'controller/rollout/steps.ts',
        was: 'return Math.min(live + analysis.stepWeight, 100);',
        becomes: 'return live + analysis.stepWeight;',
      },
    ],
    caughtBy: ['test/controller/rollout/steps.test.ts'],
  },
  {
    name: 'percentage-of-one-pod-is-none',
    why: 'a workload without any pod counts as ready (W24)',
    edits: [
      {
        file: 'controller/rollout/readiness.ts',
        was: 'Math.max(1, Math.ceil((pods',
        becomes: 'Math.max(0, Math.floor((pods',
      },
    ],
    caughtBy: ['test/controller/rollout/readiness.test.ts'],
  },
  {
    name: 'deadline-ignored',
    why: 'a canary that never becomes ready holds its run for ever (F#1247, F#523, F#1578)',
    edits: [
      {
        file: 'controller/rollout/phases/progressing.ts',
        was: '  if (!readiness.retriable) return deadlineExceeded(seen, readiness.message);\n  const exposed',
        becomes: '  const exposed',
      },
    ],
    caughtBy: [GOLDEN],
  },
  {
    name: 'clock-jump-waits',
    why: 'a clock that is set back stops every run for as long',
    edits: [
      {
        file: 'controller/rollout/phases/due.ts',
        was: 'stepAt === undefined || stepAt > seen.now',
        becomes: 'stepAt === undefined',
      },
    ],
    caughtBy: ['test/controller/audit/progress-findings.test.ts'],
  },
];
