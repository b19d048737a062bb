import { type Labels, labelsKey, METRIC_NAME, omit, pick } from '../labels';
import { byValue, mean, quantile, sum, variance } from './counter';
import { PromqlError } from './error';
import type { Aggregation } from './expression';
import { formatNumber } from './number';
import { type Element, type ScalarValue, type StringValue, type Value, type VectorValue, vector } from './value';

interface Group {
  labels: Labels;
  elements: Element[];
}

const REDUCERS: Record<string, (values: number[]) => number> = {
  sum,
  avg: mean,
  min: (values) => values.reduce((least, value) => (least > value || Number.isNaN(least) ? value : least)),
  max: (values) => values.reduce((most, value) => (most < value || Number.isNaN(most) ? value : most)),
  count: (values) => values.length,
  group: () => 1,
  stddev: (values) => Math.sqrt(variance(values)),
  stdvar: variance,
};

/** One vector out of another by groups of labels. `param` is the value of the operator's parameter. */
export function aggregate(aggregation: Aggregation, of: VectorValue, param: Value | undefined): VectorValue {
  const { op } = aggregation;
  const reduce = REDUCERS[op];
  const groups = grouped(aggregation, of.elements);
  if (reduce) return vector(groups.map(({ labels, elements }) => ({ labels, value: reduce(valuesOf(elements)) })));
  if (op === 'quantile') {
    const phi = (param as ScalarValue).value;
    return vector(groups.map(({ labels, elements }) => ({ labels, value: quantile(phi, valuesOf(elements)) })));
  }
  if (op === 'count_values') return countValues(groups, (param as StringValue).value);
  return vector(groups.flatMap(({ elements }) => ranked(elements, op === 'topk', (param as ScalarValue).value)));
}

const valuesOf = (elements: Element[]) => elements.map((one) => one.value);

function grouped(aggregation: Aggregation, elements: Element[]): Group[] {
  const groups = new Map<string, Group>();
  for (const element of elements) {
    const labels = aggregation.without
      ? omit(element.labels, [...aggregation.labels, METRIC_NAME])
      : pick(element.labels, aggregation.labels);
    const key = labelsKey(labels);
    const group = groups.get(key);
    if (group) group.elements.push(element);
    else groups.set(key, { labels, elements: [element] });
  }
  return [...groups.values()];
}

/** The `k` largest or smallest, best first; NaN is the worst of both. */
function ranked(elements: Element[], largest: boolean, k: number): Element[] {
  if (Number.isNaN(k)) throw new PromqlError('execution', 'Parameter value is NaN');
  const worst = (value: number) => Number(Number.isNaN(value));
  const sorted = [...elements].sort((a, b) => {
    const nan = worst(a.value) - worst(b.value);
    return nan !== 0 ? nan : largest ? byValue(b.value, a.value) : byValue(a.value, b.value);
  });
  return sorted.slice(0, Math.max(0, Math.trunc(k)));
}

function countValues(groups: Group[], label: string): VectorValue {
  if (!/^[a-zA-Z_]\w*$/.test(label)) throw new PromqlError('execution', `invalid label name "${label}"`);
  const out: Element[] = [];
  for (const { labels, elements } of groups) {
    const counts = new Map<string, number>();
    for (const { value } of elements) counts.set(formatNumber(value), (counts.get(formatNumber(value)) ?? 0) + 1);
    for (const [text, value] of counts) out.push({ labels: { ...labels, [label]: text }, value });
  }
  return vector(out);
}
