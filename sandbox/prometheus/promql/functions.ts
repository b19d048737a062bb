import { dropName, type Labels, omit, re2 } from '../labels';
import type { Sample } from '../series';
import {
  byValue,
  extrapolatedGrowth,
  lastStep,
  mean,
  quantile,
  regression,
  sum,
  variance,
  type Window,
} from './counter';
import { PromqlError } from './error';
import type { Expression, ValueType } from './expression';
import { histogramQuantile } from './histogram';
import type { Element, MatrixValue, RangeSeries, ScalarValue, StringValue, Value, VectorValue } from './value';
import { unique, unnamed, vector } from './value';

export interface CallContext {
  /** Unix milliseconds of the evaluation. */
  timeMs: number;
  /** The arguments as written. */
  args: readonly Expression[];
}

/** What a function takes and gives, and how it works. */
export interface PromqlFunction {
  args: ValueType[];
  /** How many of the last arguments may be left out. */
  optional?: number;
  returns: ValueType;
  run(args: Value[], context: CallContext): Value;
}

const asNumber = (value: Value | undefined): number => (value as ScalarValue).value;
const asText = (value: Value | undefined): string => (value as StringValue).value;
const asElements = (value: Value | undefined): Element[] => (value as VectorValue).elements;

/** A function of each value of a vector; further arguments are scalars. */
function mapped(change: (value: number, ...rest: number[]) => number, scalars = 0, optional = 0): PromqlFunction {
  return {
    args: ['vector', ...Array<ValueType>(scalars).fill('scalar')],
    optional,
    returns: 'vector',
    run: ([of, ...rest]) => {
      const numbers = rest.map(asNumber);
      return unnamed(asElements(of).map(({ labels, value }) => ({ labels, value: change(value, ...numbers) })));
    },
  };
}

type OverRange = (samples: readonly Sample[], window: Window) => number | undefined;

function perSeries(matrix: MatrixValue, reduce: OverRange): Element[] {
  return matrix.series.flatMap(({ labels, samples }) => {
    const value = samples.length === 0 ? undefined : reduce(samples, matrix);
    return value === undefined ? [] : [{ labels, value }];
  });
}

/** A function of all samples of each series in a range. */
function ranged(reduce: OverRange): PromqlFunction {
  return { args: ['matrix'], returns: 'vector', run: ([of]) => unnamed(perSeries(of as MatrixValue, reduce)) };
}

/** Like `ranged`, over the bare values. */
function overTime(reduce: (values: number[]) => number): PromqlFunction {
  return ranged((samples) => reduce(samples.map((one) => one.value)));
}

const seconds = (window: Window) => (window.endMs - window.startMs) / 1000;
const largest = (values: number[]) => [...values].sort(byValue).at(-1)!;
const smallest = (values: number[]) => [...values].sort((a, b) => byValue(b, a)).at(-1)!;

function rate(samples: readonly Sample[], window: Window): number | undefined {
  const growth = extrapolatedGrowth(samples, window, true);
  return growth === undefined ? undefined : growth / seconds(window);
}

function changesOf(samples: readonly Sample[], counts: (before: number, now: number) => boolean): number {
  return samples.filter((one, index) => index > 0 && counts(samples[index - 1]!.value, one.value)).length;
}

/** Half away from minus infinity, to a multiple of `nearest`. */
function round(value: number, nearest = 1): number {
  const inverse = 1 / nearest;
  return Math.floor(value * inverse + 0.5) / inverse;
}

function clamp(value: number, low: number, high: number): number {
  if (Number.isNaN(low) || Number.isNaN(high)) return Number.NaN;
  return Math.max(low, Math.min(high, value));
}

function sorted(direction: 1 | -1): PromqlFunction {
  return {
    args: ['vector'],
    returns: 'vector',
    run: ([of]) => vector([...asElements(of)].sort((a, b) => directed(a.value, b.value, direction))),
  };
}

/** NaN comes last in both directions. */
function directed(a: number, b: number, direction: 1 | -1): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return direction * (a - b);
}

function labelReplace([of, target, replacement, source, pattern]: Value[]): Value {
  const name = asText(target);
  if (!/^[a-zA-Z_]\w*$/.test(name)) {
    throw new PromqlError('execution', `invalid destination label name in label_replace(): ${name}`);
  }
  const regex = re2(`^(?:${asText(pattern)})$`);
  const elements = asElements(of).map(({ labels, value }) => {
    const found = regex.exec(labels[asText(source)] ?? '');
    return found ? { labels: withLabel(labels, name, expanded(asText(replacement), found)), value } : { labels, value };
  });
  return unique(elements);
}

function withLabel(labels: Labels, name: string, value: string): Labels {
  const rest = omit(labels, [name]);
  return value === '' ? rest : { ...rest, [name]: value };
}

/** `$1`, `${1}` and `${name}` stand for groups, `$$` for a dollar. */
function expanded(replacement: string, found: RegExpExecArray): string {
  return replacement.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, plain?: string, braced?: string) => {
    const group = plain ?? braced;
    if (group === undefined) return whole === '$$' ? '$' : whole;
    return (/^\d+$/.test(group) ? found[Number(group)] : found.groups?.[group]) ?? '';
  });
}

/** `absent(x{a="1"})` answers with the labels that the selector fixes by `=`. */
function fixedLabels(arg: Expression | undefined): Labels {
  const selector = arg?.kind === 'matrix' ? arg.selector : arg;
  if (selector?.kind !== 'selector') return {};
  const fixed = selector.matchers.filter(
    (one) => one.op === '=' && selector.matchers.filter((other) => other.label === one.label).length === 1,
  );
  return dropName(Object.fromEntries(fixed.map((one) => [one.label, one.value])));
}

function absent(of: (Element | RangeSeries)[], context: CallContext): Value {
  return vector(of.length > 0 ? [] : [{ labels: fixedLabels(context.args[0]), value: 1 }]);
}

function named(samples: (of: MatrixValue) => Element[]): PromqlFunction {
  return { args: ['matrix'], returns: 'vector', run: ([of]) => vector(samples(of as MatrixValue)) };
}

/** Every function that the sandbox's Prometheus knows, by name. */
export const FUNCTIONS: Readonly<Record<string, PromqlFunction>> = {
  rate: ranged(rate),
  increase: ranged((samples, window) => extrapolatedGrowth(samples, window, true)),
  delta: ranged((samples, window) => extrapolatedGrowth(samples, window, false)),
  irate: ranged((samples) => lastStep(samples, true)),
  idelta: ranged((samples) => lastStep(samples, false)),
  deriv: ranged((samples) => regression(samples, samples[0]!.timeMs)?.slope),
  predict_linear: {
    args: ['matrix', 'scalar'],
    returns: 'vector',
    run: ([of, ahead], { timeMs }) =>
      unnamed(
        perSeries(of as MatrixValue, (samples) => {
          const line = regression(samples, timeMs);
          return line && line.intercept + line.slope * asNumber(ahead);
        }),
      ),
  },
  changes: ranged((samples) =>
    changesOf(samples, (before, now) => before !== now && !(Number.isNaN(before) && Number.isNaN(now))),
  ),
  resets: ranged((samples) => changesOf(samples, (before, now) => now < before)),
  avg_over_time: overTime(mean),
  sum_over_time: overTime(sum),
  min_over_time: overTime(smallest),
  max_over_time: overTime(largest),
  count_over_time: overTime((values) => values.length),
  stddev_over_time: overTime((values) => Math.sqrt(variance(values))),
  stdvar_over_time: overTime(variance),
  present_over_time: overTime(() => 1),
  last_over_time: named((of) => perSeries(of, (samples) => samples.at(-1)!.value)),
  quantile_over_time: {
    args: ['scalar', 'matrix'],
    returns: 'vector',
    run: ([phi, of]) =>
      unnamed(
        perSeries(of as MatrixValue, (samples) => {
          return quantile(
            asNumber(phi),
            samples.map((one) => one.value),
          );
        }),
      ),
  },
  abs: mapped(Math.abs),
  ceil: mapped(Math.ceil),
  floor: mapped(Math.floor),
  sqrt: mapped(Math.sqrt),
  exp: mapped(Math.exp),
  ln: mapped(Math.log),
  log2: mapped(Math.log2),
  log10: mapped(Math.log10),
  sgn: mapped(Math.sign),
  round: mapped(round, 1, 1),
  clamp: {
    ...mapped(clamp, 2),
    run: ([of, low, high]) => {
      if (asNumber(low) > asNumber(high)) return vector([]);
      return mapped(clamp, 2).run([of!, low!, high!], { timeMs: 0, args: [] });
    },
  },
  clamp_min: mapped((value, low) => clamp(value, low!, Number.POSITIVE_INFINITY), 1),
  clamp_max: mapped((value, high) => clamp(value, Number.NEGATIVE_INFINITY, high!), 1),
  time: { args: [], returns: 'scalar', run: (_, { timeMs }) => ({ type: 'scalar', value: timeMs / 1000 }) },
  pi: { args: [], returns: 'scalar', run: () => ({ type: 'scalar', value: Math.PI }) },
  vector: {
    args: ['scalar'],
    returns: 'vector',
    run: ([of]) => vector([{ labels: {}, value: asNumber(of) }]),
  },
  scalar: {
    args: ['vector'],
    returns: 'scalar',
    run: ([of]) => {
      const elements = asElements(of);
      return { type: 'scalar', value: elements.length === 1 ? elements[0]!.value : Number.NaN };
    },
  },
  sort: sorted(1),
  sort_desc: sorted(-1),
  label_replace: {
    args: ['vector', 'string', 'string', 'string', 'string'],
    returns: 'vector',
    run: labelReplace,
  },
  absent: { args: ['vector'], returns: 'vector', run: ([of], context) => absent(asElements(of), context) },
  absent_over_time: {
    args: ['matrix'],
    returns: 'vector',
    run: ([of], context) => absent((of as MatrixValue).series, context),
  },
  histogram_quantile: {
    args: ['scalar', 'vector'],
    returns: 'vector',
    run: ([phi, of]) => unique(histogramQuantile(asNumber(phi), asElements(of))),
  },
};
