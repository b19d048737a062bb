/** The right writes in the wrong order. */
import type { KnownBug } from './bug.ts';

const ORDER = 'test/controller/rollout/order.test.ts';

export const bugs: KnownBug[] = [
  {
    name: 'weights-written-after-scale-down',
    why: 'users are sent to pods that are gone (A#4195, A#2507)',
    edits: [
      {
        file: 'controller/rollout/phases/promotion.ts',
        was: 'return { ...allBack(seen, live.canary > 0), effects };',
        becomes: 'return { ...allBack(seen, live.canary > 0), effects: [...effects, ...scaleTargetToZero(seen)] };',
      },
      {
        file: 'controller/rollout/ground.ts',
        was: 'effects: [...ground.effects, ...capacityAtOnce(seen, plan.routes?.primary), ...release.effects, ...plan.effects],',
        becomes:
          'effects: [...plan.effects, ...ground.effects, ...capacityAtOnce(seen, plan.routes?.primary), ...release.effects],',
      },
    ],
    caughtBy: [ORDER],
  },
  {
    name: 'status-before-routes',
    why: 'a crash between the two skips a step, and the status lies about the weight (T1)',
    edits: [
      {
        file: 'controller/apply.ts',
        was: 'const unrepaired: unknown[] = [];',
        becomes: 'const unrepaired: unknown[] = [];\n  const early = await writeStatus(ports, seen, decision, 0);',
      },
      {
        file: 'controller/apply.ts',
        was: 'const canary = await writeStatus(ports, seen, decision, doneAt - seen.now);',
        becomes: 'const canary = early;',
      },
    ],
    caughtBy: [ORDER],
  },
  {
    name: 'target-scaled-before-run-is-recorded',
    why: 'a stale view of the Canary moves pods before the API server can refuse it',
    edits: [
      {
        file: 'controller/rollout/phases/idle.ts',
        was: '    afterwards: scaleTargetUp(seen),',
        becomes: '    effects: scaleTargetUp(seen),',
      },
    ],
    caughtBy: [ORDER],
  },
  {
    name: 'autoscaler-sleeps-after-its-pods-went',
    why: 'KEDA brings the pods back that were just taken away',
    edits: [
      {
        file: 'controller/rollout/scaling.ts',
        was: `  return [
    ...paused,
    { ...patchTarget(seen, patch, context), ...(resourceVersion !== undefined && { resourceVersion }) },
  ];`,
        becomes: `  return [
    { ...patchTarget(seen, patch, context), ...(resourceVersion !== undefined && { resourceVersion }) },
    ...paused,
  ];`,
      },
    ],
    caughtBy: [ORDER],
  },
  {
    name: 'replicas-before-the-minimum-that-keeps-them',
    why: 'the autoscaler undoes the pods that a promotion needs (F#1600)',
    edits: [
      {
        file: 'controller/rollout/capacity.ts',
        was: 'return [hold, ...scalePrimary(seen, Math.max(held.replicas, replicasNow(seen.primary!)))];',
        becomes: 'return [...scalePrimary(seen, Math.max(held.replicas, replicasNow(seen.primary!))), hold];',
      },
    ],
    caughtBy: ['test/controller/rollout/capacity-phase.test.ts'],
  },
  {
    name: 'finalizer-removed-before-traffic-is-back',
    why: 'the primary is collected while users are on it (C32)',
    edits: [
      {
        file: 'controller/rollout/phases/terminating.ts',
        was: "  if (drainUntil !== undefined && seen.now < drainUntil) {\n    return act('Draining', { requeueAfterMs: drainUntil - seen.now });\n  }\n",
        becomes: '',
      },
    ],
    caughtBy: [ORDER],
  },
  {
    name: 'no-drain',
    why: 'proxies still send to pods that are taken away (C25, F#773)',
    edits: [
      {
        file: 'controller/rollout/workloads.ts',
        was: 'Math.min(seen.settings.drainMs, stepIntervalMs(seen) / 5)',
        becomes: '0',
      },
    ],
    caughtBy: [ORDER],
  },
];
