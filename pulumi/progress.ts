/** What a run is about to do, in words for the person who waits. */
import type { CanaryRun, CanaryStatus, RunCheck } from '../model/canary';

/** Phase, weight and the checks of the last step. */
export function progress(status: CanaryStatus, run: CanaryRun | undefined): string {
  const failures = status.failedChecks ? `, ${status.failedChecks} failed checks` : '';
  const steps = status.iterations ? `, step ${status.iterations}` : '';
  switch (status.phase) {
    case 'Progressing':
      return `analysing: ${status.canaryWeight ?? 0} % of the traffic to the canary${steps}${failures}${checksOf(run)}`;
    case 'WaitingPromotion':
      return 'the analysis is done: the promotion waits for approval';
    case 'Promoting':
      return 'the analysis is done: promoting';
    case 'Finalising':
      return 'promoted: the traffic is back on the primary';
    default:
      return status.phase ?? 'pending';
  }
}

function checksOf(run: CanaryRun | undefined): string {
  const checks = run?.checks ?? [];
  return checks.length === 0 ? '' : ` (${checks.map(checkText).join(', ')})`;
}

/** Such as `request-success-rate 99.8`, and the verdict when it is not a pass. */
function checkText({ name, value, verdict }: RunCheck): string {
  const parts = [
    name,
    value === undefined ? '' : String(Math.round(value * 100) / 100),
    verdict === 'pass' ? '' : verdict,
  ];
  return parts.filter((part) => part !== '').join(' ');
}
