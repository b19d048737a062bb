/** The Grafana dashboard of the controller's metrics. */

interface Panel {
  readonly title: string;
  readonly type: 'timeseries' | 'stat' | 'table';
  /** PromQL. */
  readonly query: string;
  /** Legend, in Grafana's template language. */
  readonly legend: string;
  readonly unit: string;
}

const CHOSEN = 'namespace=~"$namespace"';
const OWN = `${CHOSEN},name=~"$canary"`;

/** Two a row. */
const PANELS: readonly Panel[] = [
  {
    title: 'Releases: 0 progressing, 1 fine, 2 failed',
    type: 'stat',
    query: `max by (namespace, name) (flagger_canary_status{${OWN}})`,
    legend: '{{name}}.{{namespace}}',
    unit: 'none',
  },
  {
    title: 'Traffic weight',
    type: 'timeseries',
    query: `max by (namespace, workload) (flagger_canary_weight{${CHOSEN},workload=~"($canary)(-primary)?"})`,
    legend: '{{workload}}.{{namespace}}',
    unit: 'percent',
  },
  {
    title: 'Checks: last value',
    type: 'timeseries',
    query: `max by (namespace, name, metric) (flagger_canary_metric_analysis{${OWN}})`,
    legend: '{{name}} {{metric}}',
    unit: 'none',
  },
  {
    title: 'Promoted and rolled back in a day',
    type: 'timeseries',
    query:
      `label_replace(sum by (namespace, name) (increase(flagger_canary_successes_total{${OWN}}[1d])), "outcome", "promoted", "", "") ` +
      `or label_replace(sum by (namespace, name) (increase(flagger_canary_failures_total{${OWN}}[1d])), "outcome", "rolled back", "", "")`,
    legend: '{{name}} {{outcome}}',
    unit: 'none',
  },
  {
    title: 'Lateness of ticks, 99th percentile',
    type: 'timeseries',
    query: 'histogram_quantile(0.99, sum by (le) (rate(serin_tick_lateness_seconds_bucket[5m])))',
    legend: 'lateness',
    unit: 's',
  },
  {
    title: 'Duration of analysing ticks, 99th percentile',
    type: 'timeseries',
    query: `histogram_quantile(0.99, sum by (le, name) (rate(flagger_canary_duration_seconds_bucket{${OWN}}[5m])))`,
    legend: '{{name}}',
    unit: 's',
  },
  {
    title: 'Requests to the API server',
    type: 'timeseries',
    query: 'sum by (method, code) (rate(serin_api_requests_total[5m]))',
    legend: '{{method}} {{code}}',
    unit: 'reqps',
  },
  {
    title: 'Canaries that wait for a tick',
    type: 'timeseries',
    query: 'max(serin_queue_depth)',
    legend: 'waiting',
    unit: 'none',
  },
  {
    title: 'Alerts sent',
    type: 'timeseries',
    query: 'sum by (type, outcome) (increase(serin_alerts_total[5m]))',
    legend: '{{type}} {{outcome}}',
    unit: 'none',
  },
  {
    title: 'Replicas and versions',
    type: 'stat',
    query: 'count by (version) (flagger_info)',
    legend: '{{version}}',
    unit: 'none',
  },
];

const DATA_SOURCE = { type: 'prometheus', uid: '$datasource' };

const WIDTH = 12;
const HEIGHT = 8;

const panel = ({ title, type, query, legend, unit }: Panel, index: number): object => ({
  id: index + 1,
  title,
  type,
  datasource: DATA_SOURCE,
  gridPos: { x: (index % 2) * WIDTH, y: Math.floor(index / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
  fieldConfig: { defaults: { unit }, overrides: [] },
  targets: [{ refId: 'A', datasource: DATA_SOURCE, expr: query, legendFormat: legend }],
});

const choice = (name: string, label: string, query: string): object => ({
  name,
  label,
  type: 'query',
  datasource: DATA_SOURCE,
  query,
  refresh: 2,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
});

/**
 * As Grafana imports it.
 * @internal
 */
export const dashboard = (): object => ({
  uid: 'serin',
  title: 'Serin: progressive delivery',
  tags: ['serin', 'flagger'],
  schemaVersion: 39,
  editable: true,
  refresh: '10s',
  time: { from: 'now-1h', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
      choice('namespace', 'Namespace', 'label_values(flagger_canary_status, namespace)'),
      choice('canary', 'Canary', `label_values(flagger_canary_status{${CHOSEN}}, name)`),
    ],
  },
  panels: PANELS.map(panel),
});
