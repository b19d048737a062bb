/** Prometheus' HTTP API over a series store: the same paths, forms, shapes and error texts. */
import type { Clock, Http, HttpRequest, HttpResponse } from '../../model/ports';
import { httpResponse } from '../http-response';
import { type Labels, type Matcher, METRIC_NAME, matches } from './labels';
import { type ErrorType, PromqlError } from './promql/error';
import { DEFAULT_LOOKBACK_MS, DEFAULT_STEP_MS, type Evaluation, evaluate, steps } from './promql/evaluate';
import { durationMs } from './promql/literal';
import { formatNumber } from './promql/number';
import { parse } from './promql/parse';
import type { Value } from './promql/value';
import type { Series, SeriesStore } from './series';

export interface QueryApiOptions {
  clock: Clock;
  store: SeriesStore;
  /** How long a sample stands for its series. @default 5 min */
  lookbackMs?: number;
}

/** Most points of one series that a range query may have, as in Prometheus. */
const MOST_POINTS = 11_000;

const HTTP_STATUS: Record<ErrorType, number> = { bad_data: 400, execution: 422 };

/** An in-process server for `/api/v1/{query,query_range,series,labels,label/<name>/values}` and the health paths. */
export function queryApi(options: QueryApiOptions): Http {
  const api = new QueryApi(options);
  return async (request) => api.answer(request);
}

class QueryApi {
  constructor(private readonly options: QueryApiOptions) {}

  answer(request: HttpRequest): HttpResponse {
    const { pathname } = new URL(request.url);
    if (pathname === '/-/ready') return text(200, 'Prometheus Server is Ready.\n');
    if (pathname === '/-/healthy') return text(200, 'Prometheus Server is Healthy.\n');
    const run = this.route(pathname);
    if (!run) return text(404, '404 page not found\n');
    if (!run.methods.includes(request.method)) return text(405, 'Method Not Allowed\n');
    try {
      return json(200, { status: 'success', data: run.data(parametersOf(request)) });
    } catch (error) {
      if (!(error instanceof PromqlError)) throw error;
      return json(HTTP_STATUS[error.type], { status: 'error', errorType: error.type, error: error.message });
    }
  }

  private route(path: string): { methods: string[]; data: (given: URLSearchParams) => unknown } | undefined {
    const both = ['GET', 'POST'];
    const label = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path)?.[1];
    if (label) return { methods: ['GET'], data: (given) => this.labelValues(decodeURIComponent(label), given) };
    switch (path) {
      case '/api/v1/query':
        return { methods: both, data: (given) => this.query(given) };
      case '/api/v1/query_range':
        return { methods: both, data: (given) => this.queryRange(given) };
      case '/api/v1/series':
        return { methods: both, data: (given) => this.series(given) };
      case '/api/v1/labels':
        return { methods: both, data: (given) => this.labelNames(given) };
      default:
        return undefined;
    }
  }

  private query(given: URLSearchParams): unknown {
    const timeMs = given.get('time') ? timeOf('time', given) : this.options.clock.now();
    const expression = expressionOf(given);
    const value = evaluate(expression, this.at(timeMs, timeMs, timeMs));
    return { resultType: value.type, result: printed(value, timeMs) };
  }

  private queryRange(given: URLSearchParams): unknown {
    const startMs = timeOf('start', given);
    const endMs = timeOf('end', given);
    const stepMs = stepOf(given);
    if (endMs < startMs) throw invalid('end', 'end timestamp must not be before start time');
    if (stepMs <= 0) {
      const message = 'zero or negative query resolution step widths are not accepted. Try a positive integer';
      throw invalid('step', message);
    }
    if ((endMs - startMs) / stepMs > MOST_POINTS) {
      const message =
        'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution';
      throw new PromqlError('bad_data', `${message} (?step=XX)`);
    }
    const expression = expressionOf(given);
    const at = this.at(startMs, startMs, endMs);
    const first = evaluate(expression, at);
    if (first.type === 'matrix' || first.type === 'string') {
      const type = first.type === 'matrix' ? 'range vector' : 'string';
      throw invalid('query', `invalid expression type "${type}" for range query, must be Scalar or instant Vector`);
    }
    const result = steps(expression, at, endMs, stepMs).map((one) => ({
      metric: one.labels,
      values: one.samples.map((sample) => point(sample.timeMs, sample.value)),
    }));
    return { resultType: 'matrix', result };
  }

  private series(given: URLSearchParams): Labels[] {
    const selectors = selectorsOf(given);
    if (selectors.length === 0) throw new PromqlError('bad_data', 'no match[] parameter provided');
    return this.selected(selectors, given).map((one) => one.labels);
  }

  private labelNames(given: URLSearchParams): string[] {
    const names = this.selected(selectorsOf(given), given).flatMap((one) => Object.keys(one.labels));
    return [...new Set(names)].sort();
  }

  private labelValues(label: string, given: URLSearchParams): string[] {
    const values = this.selected(selectorsOf(given), given).flatMap((one) => one.labels[label] ?? []);
    return [...new Set(values)].sort();
  }

  /** Series that fit any of the selectors (all series when there are none) and have a sample in the time asked for. */
  private selected(selectors: Matcher[][], given: URLSearchParams): Series[] {
    const startMs = given.get('start') ? timeOf('start', given) : Number.NEGATIVE_INFINITY;
    const endMs = given.get('end') ? timeOf('end', given) : Number.POSITIVE_INFINITY;
    return this.options.store.select([]).filter((one) => {
      const fits = selectors.length === 0 || selectors.some((selector) => matches(one.labels, selector));
      return fits && one.samples.some((sample) => sample.timeMs >= startMs && sample.timeMs <= endMs && !sample.stale);
    });
  }

  private at(timeMs: number, startMs: number, endMs: number): Evaluation {
    const lookbackMs = this.options.lookbackMs ?? DEFAULT_LOOKBACK_MS;
    return { store: this.options.store, timeMs, startMs, endMs, lookbackMs, defaultStepMs: DEFAULT_STEP_MS };
  }
}

/** Of the URL and of a form in the body. */
function parametersOf(request: HttpRequest): URLSearchParams {
  const given = new URL(request.url).searchParams;
  const form = request.headers?.['content-type']?.startsWith('application/x-www-form-urlencoded');
  if (request.method === 'POST' && form && request.body) {
    for (const [name, value] of new URLSearchParams(request.body)) given.append(name, value);
  }
  return given;
}

function invalid(parameter: string, message: string): PromqlError {
  return new PromqlError('bad_data', `invalid parameter "${parameter}": ${message}`);
}

function expressionOf(given: URLSearchParams) {
  try {
    return parse(given.get('query') ?? '');
  } catch (error) {
    if (error instanceof PromqlError && error.type === 'bad_data') throw invalid('query', error.message);
    throw error;
  }
}

function selectorsOf(given: URLSearchParams): Matcher[][] {
  return given.getAll('match[]').map((text) => {
    try {
      const selector = parse(text);
      if (selector.kind === 'selector') return selector.matchers;
    } catch (error) {
      throw invalid('match[]', (error as Error).message);
    }
    throw invalid('match[]', 'a series selector is expected');
  });
}

/** Unix milliseconds of a parameter in Unix seconds or RFC 3339. */
function timeOf(parameter: string, given: URLSearchParams): number {
  const value = given.get(parameter) ?? '';
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) return Math.round(Number(value) * 1000);
  const parsed = /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(parsed)) throw invalid(parameter, `cannot parse "${value}" to a valid timestamp`);
  return parsed;
}

function stepOf(given: URLSearchParams): number {
  const value = given.get('step') ?? '';
  const parsed = value !== '' && Number.isFinite(Number(value)) ? Math.round(Number(value) * 1000) : durationMs(value);
  if (parsed === undefined) throw invalid('step', `cannot parse "${value}" to a valid duration`);
  return parsed;
}

function point(timeMs: number, value: number): [number, string] {
  return [timeMs / 1000, formatNumber(value)];
}

function printed(value: Value, timeMs: number): unknown {
  switch (value.type) {
    case 'scalar':
      return point(timeMs, value.value);
    case 'string':
      return [timeMs / 1000, value.value];
    case 'vector':
      return value.elements.map((one) => ({ metric: sorted(one.labels), value: point(timeMs, one.value) }));
    case 'matrix':
      return value.series.map((one) => ({
        metric: sorted(one.labels),
        values: one.samples.map((sample) => point(sample.timeMs, sample.value)),
      }));
  }
}

function sorted(labels: Labels): Labels {
  const { [METRIC_NAME]: name, ...rest } = labels;
  const pairs = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(name === undefined ? pairs : [[METRIC_NAME, name], ...pairs]);
}

function json(status: number, body: unknown): HttpResponse {
  return httpResponse(status, 'application/json', JSON.stringify(body));
}

function text(status: number, body: string): HttpResponse {
  return httpResponse(status, 'text/plain; charset=utf-8', body);
}
