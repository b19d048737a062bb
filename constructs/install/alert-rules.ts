/** Alerts about releases and about the controller itself, over the metrics that it exports. */

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: string;
  readonly summary: string;
  readonly description: string;
}

/** `job` is not among the labels: how the controller is scraped is not ours to say. */
const RULES: readonly AlertRule[] = [
  {
    alert: 'SerinReleaseFailed',
    expr: 'max by (namespace, name) (flagger_canary_status) > 1',
    for: '1m',
    severity: 'warning',
    summary: 'The last release of {{ $labels.name }}.{{ $labels.namespace }} was rolled back',
    description:
      'kubectl -n {{ $labels.namespace }} describe canary says why. A new revision of the target ends the alert.',
  },
  {
    alert: 'SerinDown',
    expr: 'absent(flagger_info)',
    for: '5m',
    severity: 'critical',
    summary: 'No replica of Serin answers',
    description: 'Traffic stays as it is and releases stand still until one is back.',
  },
  {
    alert: 'SerinTicksLate',
    expr: 'histogram_quantile(0.99, sum by (le) (rate(serin_tick_lateness_seconds_bucket[10m]))) > 5',
    for: '15m',
    severity: 'warning',
    summary: 'Serin is more than 5 s behind',
    description:
      'Give it more CPU, or find what it waits for: serin_api_requests_total has the answers of the API server.',
  },
  {
    alert: 'SerinHooksLost',
    expr: 'increase(serin_hook_deliveries_lost_total[15m]) > 0',
    for: '0m',
    severity: 'warning',
    summary: 'Events of releases reached no event hook',
    description: 'The receiver did not answer for as long as Serin tries.',
  },
  {
    alert: 'SerinForbidden',
    expr: 'sum by (method) (increase(serin_api_requests_total{code="403"}[15m])) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'The API server forbids {{ $labels.method }} requests of Serin',
    description: 'Its Role lacks something: add the traffic provider or the option that the Canaries use, see the log.',
  },
];

/** @internal */
export const alertRules = (): object[] =>
  RULES.map(({ alert, expr, for: duration, severity, summary, description }) => ({
    alert,
    expr,
    for: duration,
    labels: { severity },
    annotations: { summary, description },
  }));
