/** What the alerts and the dashboard ask for, and what a controller exports. */
import { parser } from '@prometheus-io/lezer-promql';
import type { AnyObject } from '../tutorial-fixture';

export interface Wanted {
  query: string;
  metrics: string[];
  labels: string[];
}

/** The queries of the installation's PrometheusRule and dashboard. */
export function queriesIn(objects: readonly AnyObject[]): string[] {
  const rules = objects.find(({ kind }) => kind === 'PrometheusRule').spec.groups;
  const board = JSON.parse(objects.find(({ kind }) => kind === 'ConfigMap').data['serin.json']);
  return [
    ...rules.flatMap((group: AnyObject) => group.rules.map(({ expr }: AnyObject) => expr)),
    ...board.panels.flatMap(({ targets }: AnyObject) => targets.map(({ expr }: AnyObject) => expr)),
  ];
}

/** Metrics and labels of a query. */
export function wantedBy(query: string): Wanted {
  const metrics: string[] = [];
  const labels: string[] = [];
  parser.parse(query).iterate({
    enter: ({ name, from, to }) => {
      if (name === 'Identifier') metrics.push(query.slice(from, to));
      if (name === 'LabelName') labels.push(query.slice(from, to));
    },
  });
  return { query, metrics, labels };
}

/** Labels by metric, of the text that /metrics answers; of a metric without series undefined. */
export function exported(exposition: string): Map<string, Set<string> | undefined> {
  const found = new Map<string, Set<string> | undefined>();
  for (const [, name = '', type] of exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const own = type === 'histogram' ? `${name}_bucket` : name;
    const series = [...exposition.matchAll(new RegExp(`^${own}\\{([^}]*)\\}`, 'gm'))];
    const labels = series.flatMap(([, text = '']) => [...text.matchAll(/(\w+)="/g)].map(([, label = '']) => label));
    found.set(own, series.length > 0 ? new Set(labels) : undefined);
  }
  return found;
}
