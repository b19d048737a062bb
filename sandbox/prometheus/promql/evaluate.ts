import { METRIC_NAME } from '../labels';
import { firstAfter, type Sample, type Series, type SeriesStore } from '../series';
import { aggregate } from './aggregation';
import { combine } from './binary';
import type { Expression, MatrixSelector, Moment, Subquery, VectorSelector } from './expression';
import { FUNCTIONS } from './functions';
import {
  type Element,
  type MatrixValue,
  type RangeSeries,
  unnamed,
  type Value,
  type VectorValue,
  vector,
} from './value';

/** Where and when an expression is evaluated. */
export interface Evaluation {
  store: SeriesStore;
  /** Unix milliseconds. */
  timeMs: number;
  /** First and last step of the query, for `@ start()` and `@ end()`. */
  startMs: number;
  endMs: number;
  /** How long a sample stands for its series. */
  lookbackMs: number;
  /** Step of a subquery that names none. */
  defaultStepMs: number;
}

/** Five minutes, and one: Prometheus' own defaults. */
export const DEFAULT_LOOKBACK_MS = 5 * 60 * 1000;
export const DEFAULT_STEP_MS = 60 * 1000;

/** The value of an expression at one moment. Pure but for reading the store. */
export function evaluate(expression: Expression, at: Evaluation): Value {
  switch (expression.kind) {
    case 'number':
      return { type: 'scalar', value: expression.value };
    case 'string':
      return { type: 'string', value: expression.value };
    case 'paren':
      return evaluate(expression.of, at);
    case 'negation':
      return negated(evaluate(expression.of, at));
    case 'selector':
      return instant(expression, at);
    case 'matrix':
      return range(expression, at);
    case 'subquery':
      return subquery(expression, at);
    case 'call': {
      const args = expression.args.map((arg) => evaluate(arg, at));
      return FUNCTIONS[expression.name]!.run(args, { timeMs: at.timeMs, args: expression.args });
    }
    case 'aggregation': {
      const param = expression.param && evaluate(expression.param, at);
      return aggregate(expression, evaluate(expression.of, at) as VectorValue, param);
    }
    case 'binary':
      return combine(expression, evaluate(expression.left, at), evaluate(expression.right, at));
  }
}

function negated(value: Value): Value {
  if (value.type === 'scalar') return { type: 'scalar', value: -value.value };
  return unnamed((value as VectorValue).elements.map((one) => ({ labels: one.labels, value: -one.value })));
}

function momentOf(moment: Moment, at: Evaluation): number {
  const { offsetMs } = moment;
  if (moment.at === 'start') return at.startMs - offsetMs;
  if (moment.at === 'end') return at.endMs - offsetMs;
  return (moment.at ?? at.timeMs) - offsetMs;
}

function instant(selector: VectorSelector, at: Evaluation): VectorValue {
  const timeMs = momentOf(selector, at);
  const elements: Element[] = [];
  for (const series of at.store.select(selector.matchers)) {
    const last = series.samples[firstAfter(series.samples, timeMs) - 1];
    if (!last || last.stale || last.timeMs <= timeMs - at.lookbackMs) continue;
    elements.push({ labels: series.labels, value: last.value });
  }
  return vector(elements);
}

/** The window is open on its left: a sample exactly `range` old is outside (Prometheus 3; version 2 counted it in). */
function range(matrix: MatrixSelector, at: Evaluation): MatrixValue {
  const endMs = momentOf(matrix.selector, at);
  const startMs = endMs - matrix.rangeMs;
  const series = at.store.select(matrix.selector.matchers).map((one) => windowed(one, startMs, endMs));
  return { type: 'matrix', series: series.filter((one) => one.samples.length > 0), startMs, endMs };
}

function windowed(series: Series, startMs: number, endMs: number): RangeSeries {
  const samples = series.samples.slice(firstAfter(series.samples, startMs), firstAfter(series.samples, endMs));
  return { labels: series.labels, samples: samples.filter((one) => !one.stale) };
}

/** Evaluates at multiples of the step inside the window, whatever the time of the query. */
function subquery(query: Subquery, at: Evaluation): MatrixValue {
  const endMs = momentOf(query, at);
  const startMs = endMs - query.rangeMs;
  const stepMs = query.stepMs || at.defaultStepMs;
  const firstMs = (Math.floor(startMs / stepMs) + 1) * stepMs;
  const series = steps(query.of, { ...at, timeMs: firstMs }, endMs, stepMs);
  return { type: 'matrix', series, startMs, endMs };
}

/** An expression at every step from `at.timeMs` to `endMs`, gathered by series. Scalars become a series without labels. */
export function steps(expression: Expression, at: Evaluation, endMs: number, stepMs: number): RangeSeries[] {
  const gathered = new Map<string, { labels: Element['labels']; samples: Sample[] }>();
  for (let timeMs = at.timeMs; timeMs <= endMs; timeMs += stepMs) {
    const value = evaluate(expression, { ...at, timeMs });
    const elements = value.type === 'scalar' ? [{ labels: {}, value: value.value }] : (value as VectorValue).elements;
    for (const { labels, value: number } of elements) {
      const key = JSON.stringify(Object.entries(labels).sort());
      const one = gathered.get(key) ?? { labels, samples: [] };
      one.samples.push({ timeMs, value: number });
      gathered.set(key, one);
    }
  }
  return [...gathered.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf(series: RangeSeries): string {
  const { [METRIC_NAME]: name = '', ...rest } = series.labels;
  return name + JSON.stringify(Object.entries(rest).sort());
}
