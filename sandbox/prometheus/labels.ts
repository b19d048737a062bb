/** Label sets and matchers, as Prometheus compares them. */

/** A series' identity; the metric name is the label `__name__`. An empty value equals an absent label. */
export type Labels = Readonly<Record<string, string>>;

export const METRIC_NAME = '__name__';

export type MatchOp = '=' | '!=' | '=~' | '!~';

export interface Matcher {
  label: string;
  op: MatchOp;
  value: string;
  /** Whether a label value (`''` when absent) fits. */
  test(value: string): boolean;
}

/**
 * One label matcher. Regular expressions are anchored on both sides and `.` matches newlines, as in Prometheus.
 * @throws Error when the regular expression is malformed.
 */
export function matcher(label: string, op: MatchOp, value: string): Matcher {
  const fits = op === '=' || op === '!=' ? (seen: string) => seen === value : anchored(value);
  const wanted = op === '=' || op === '=~';
  return { label, op, value, test: (seen) => fits(seen) === wanted };
}

function anchored(pattern: string): (seen: string) => boolean {
  const regex = re2(`^(?:${pattern})$`);
  return (seen) => regex.test(seen);
}

/** RE2 spells two things that JavaScript spells otherwise: named groups and a leading flag group. */
export function re2(pattern: string): RegExp {
  let flags = 's';
  const source = pattern.replaceAll('(?P<', '(?<').replace(/\(\?([is]+)\)/g, (_, set: string) => {
    if (set.includes('i')) flags = 'si';
    return '';
  });
  return new RegExp(source, flags);
}

export function matches(labels: Labels, matchers: readonly Matcher[]): boolean {
  return matchers.every((one) => one.test(labels[one.label] ?? ''));
}

/** A key that is equal for equal label sets. */
export function labelsKey(labels: Labels): string {
  const names = Object.keys(labels).sort();
  let key = '';
  for (const name of names) if (labels[name] !== '') key += `${name}\u0001${labels[name]}\u0002`;
  return key;
}

export function pick(labels: Labels, names: readonly string[]): Labels {
  const out: Record<string, string> = {};
  for (const name of names) if (labels[name]) out[name] = labels[name];
  return out;
}

export function omit(labels: Labels, names: readonly string[]): Labels {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) if (!names.includes(name)) out[name] = value;
  return out;
}

export function dropName(labels: Labels): Labels {
  return METRIC_NAME in labels ? omit(labels, [METRIC_NAME]) : labels;
}

/** `{a="1", b="2"}`, or `name{…}`, as error messages print it. */
export function printLabels(labels: Labels): string {
  const pairs = Object.entries(dropName(labels))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const name = labels[METRIC_NAME] ?? '';
  return name && pairs.length === 0 ? name : `${name}{${pairs.join(', ')}}`;
}
