/** Reads series of the past from a Prometheus: its `query_range`. */
import { errorOf } from '../../controller/analysis/prometheus-result';
import { isObject, objectsOf } from '../../model/json';
import type { Http } from '../../model/ports';

/** One series; times are Unix milliseconds, rising. */
export interface PastSeries {
  labels: Readonly<Record<string, string>>;
  points: readonly (readonly [timeMs: number, value: number])[];
}

export interface Range {
  fromMs: number;
  toMs: number;
  stepMs: number;
}

const TIMEOUT_MS = 30_000;
/** Prometheus refuses more points a series. */
export const MOST_POINTS = 11_000;

export class PrometheusRange {
  /** @param base URL of the server, user and password in it where it asks for them */
  constructor(
    private readonly http: Http,
    private readonly base: string,
  ) {}

  /** @throws Error that names the server and what it says */
  async read(query: string, { fromMs, toMs, stepMs }: Range): Promise<PastSeries[]> {
    const url = new URL(this.base);
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    [url.username, url.password] = ['', ''];
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query_range`;
    const [start, end, step] = [fromMs, toMs, stepMs].map((ms) => String(ms / 1000));
    url.search = new URLSearchParams({ query, start: start!, end: end!, step: step! }).toString();
    const headers: Record<string, string> =
      credentials === ':' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
    const failed = (why: string) => new Error(`Prometheus ${url.origin} does not answer ${query}: ${why}`);
    const response = await this.http({ method: 'GET', url: url.href, headers, timeoutMs: TIMEOUT_MS }).catch(
      (error: Error) => {
        throw failed(error.message);
      },
    );
    const body = await response.text();
    if (response.status !== 200) throw failed(errorOf(body) ?? `HTTP status ${response.status}`);
    return matrix(body, failed);
  }
}

function matrix(body: string, failed: (why: string) => Error): PastSeries[] {
  const answer = parsed(body);
  const data = isObject(answer) && isObject(answer['data']) ? answer['data'] : undefined;
  if (data?.['resultType'] !== 'matrix') throw failed('the answer is no range of values');
  return objectsOf(data['result']).map(({ metric, values }) => ({
    labels: (isObject(metric) ? metric : {}) as Record<string, string>,
    points: (Array.isArray(values) ? values : []).map(([time, value]) => [Number(time) * 1000, Number(value)] as const),
  }));
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
