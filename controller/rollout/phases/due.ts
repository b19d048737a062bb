/** When a step is due: an interval after the one before. */
import type { Observation } from '../observation';
import { recordOf, unixMs } from '../record';
import { earlyMs, stepIntervalMs } from '../workloads';
import type { Plan } from './phase';
import { plan } from './phase';

/** What to do until then; undefined when it is due. */
export function notDueYet(seen: Observation): Plan | undefined {
  const stepAt = unixMs(recordOf(seen.canary).stepAt);
  // A step in the future is a clock that was set back: nobody should wait for it.
  if (stepAt === undefined || stepAt > seen.now) return undefined;
  const requeueAfterMs = stepAt + stepIntervalMs(seen) - seen.now;
  const requeueEarlyMs = earlyMs(seen);
  return requeueAfterMs > requeueEarlyMs ? plan('NotDueYet', { requeueAfterMs, requeueEarlyMs }) : undefined;
}
