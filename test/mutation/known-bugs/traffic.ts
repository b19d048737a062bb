/** Users in the wrong place. */
import type { KnownBug } from './bug.ts';

const SAFETY = 'test/controller/rollout/safety.test.ts';
const AUDIT = 'test/controller/audit/safety-findings.test.ts';
const PROMOTION = 'controller/rollout/phases/promotion.ts';

export const bugs: KnownBug[] = [
  {
    name: 'resetting-weights-on-drift',
    why: 'any repair in the middle of a run sends everybody back to the primary (T1, A#849)',
    edits: [
      {
        file: 'controller/rollout/exposure.ts',
        was: 'return canaryHasTraffic(seen) && onlyPrimaryServes(seen) ? ALL_TO_PRIMARY : seen.routes;',
        becomes: 'return ALL_TO_PRIMARY;',
      },
    ],
    caughtBy: [SAFETY],
  },
  {
    name: 'failed-promotion-sends-all-to-the-broken-primary',
    why: 'an outage after a passed analysis (F#1932)',
    edits: [
      {
        file: 'controller/rollout/phases/rollback.ts',
        was: "  if (readinessOf(seen, 'canary').ready || onlyCanaryServes(seen)) return ALL_TO_CANARY;\n",
        becomes: '',
      },
      {
        file: 'controller/rollout/phases/rollback.ts',
        was: 'return canServe(seen.target) ? undefined : ALL_TO_PRIMARY;',
        becomes: 'return ALL_TO_PRIMARY;',
      },
    ],
    caughtBy: ['test/controller/rollout/golden.test.ts'],
  },
  {
    name: 'promotion-waits-for-ever',
    why: 'a primary that does not come up leaves the Canary in Promoting (F#1588, F#1591)',
    edits: [
      {
        file: PROMOTION,
        was: '  if (!readiness.retriable) return failPromotion(seen, readiness.message);\n',
        becomes: '',
      },
    ],
    caughtBy: ['test/controller/rollout/golden.test.ts'],
  },
  {
    name: 'thundering-herd',
    why: 'the primary gets all traffic back with the pods of a quiet night (F#1600)',
    edits: [
      {
        file: 'controller/rollout/capacity.ts',
        was: 'return Math.min(together, asCanary, asPrimary);',
        becomes: 'return 0;',
      },
    ],
    caughtBy: ['test/controller/rollout/capacity.test.ts'],
  },
  {
    name: 'canary-without-pods-keeps-its-traffic',
    why: 'a share of the users gets errors until the deadline (invariant 1)',
    edits: [
      {
        file: 'controller/rollout/phases/progressing.ts',
        was: '    ...(exposed && { routes: ALL_TO_PRIMARY,',
        becomes: '    ...(exposed && seen.now < 0 && { routes: ALL_TO_PRIMARY,',
      },
      {
        file: 'controller/rollout/exposure.ts',
        was: 'return canaryHasTraffic(seen) && onlyPrimaryServes(seen) ? ALL_TO_PRIMARY : seen.routes;',
        becomes: 'return seen.routes;',
      },
    ],
    caughtBy: [SAFETY],
  },
  {
    name: 'abort-takes-the-pods-from-the-traffic',
    why: 'a rollback scales down while the primary cannot answer (A#1292)',
    edits: [
      {
        file: 'controller/rollout/phases/idle.ts',
        was: 'if (canaryHasTraffic(seen)) return trafficFirst(seen, says);',
        becomes: '',
      },
    ],
    caughtBy: [AUDIT],
  },
  {
    name: 'stalled-run-goes-on-mirroring',
    why: 'nobody watches it, and users’ requests are still doubled',
    edits: [
      {
        file: 'controller/rollout/decide.ts',
        was: 'canaryHasTraffic(seen) || seen.routes?.mirrored === true;',
        becomes: 'canaryHasTraffic(seen);',
      },
    ],
    caughtBy: ['test/controller/audit/second-round.test.ts'],
  },
  {
    name: 'config-change-keeps-the-old-pods',
    why: 'a new config is analysed on pods that still hold the old one (W27)',
    edits: [
      {
        file: 'controller/rollout/phases/progressing.ts',
        was: "return beginAnew(seen, revision, says, change === 'configs');",
        becomes: 'return beginAnew(seen, revision, says, false);',
      },
    ],
    caughtBy: [SAFETY],
  },
];
