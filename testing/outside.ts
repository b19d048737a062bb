/** The servers outside of the cluster that a release talks to: Prometheus, webhooks, scripted metrics, chats. */
import type { LoadTester } from '../loadtester/load-tester';
import type { Canary } from '../model/canary';
import type { Http, HttpRequest, HttpResponse } from '../model/ports';
import { httpResponse } from '../sandbox/http-response';
import type { Sandbox } from '../sandbox/world';
import { HOOK_TAG, METRICS_HOST, type Prepared } from './prepare';
import type { Past, Scenario, ScriptedHook } from './scenario';
import type { HookAnswer, HookCall } from './world';

export interface OutsideOptions {
  scenario: Scenario;
  prepared: Prepared;
  canary: Canary;
  sandbox: Sandbox;
  loadTester: LoadTester;
  /** Milliseconds since the first release. */
  nowMs: () => number;
  /** Percent of the traffic that the canary has. */
  weight: () => number;
  told: { hook(name: string, answer: string): void; alert(provider: string): void };
}

const PROMETHEUS = 'prometheus:9090';

export function hostOutside(options: OutsideOptions): void {
  const { sandbox, prepared, scenario, nowMs, told } = options;
  const isDown = () => scenario.outages.some((one) => one.what === 'metrics' && holds(one, nowMs()));
  const unlessDown =
    (http: Http): Http =>
    (request) =>
      isDown() ? Promise.reject(refused(request)) : http(request);
  const { past } = scenario;
  const present: Http = (request) => sandbox.prometheus.http(withoutPrefix(request));
  const prometheus = unlessDown(past ? recorded(past, () => sandbox.store.clock.now()) : present);
  for (const host of [PROMETHEUS, ...prepared.prometheusHosts]) sandbox.host(host, prometheus);
  sandbox.host(METRICS_HOST, unlessDown(scriptedMetrics(options)));
  for (const host of prepared.hookHosts) sandbox.host(host, (request) => hook(options, request));
  for (const [host, name] of prepared.chats) {
    sandbox.host(host, async () => {
      told.alert(name);
      return httpResponse(200, 'application/json', '{}');
    });
  }
}

export const holds = ({ fromMs, untilMs }: { fromMs: number; untilMs: number }, nowMs: number): boolean =>
  nowMs >= fromMs && nowMs < untilMs;

const refused = ({ url }: HttpRequest) =>
  Object.assign(new Error(`connect ECONNREFUSED ${new URL(url).host}`), { code: 'ECONNREFUSED' });

/** Prometheus may live below a path. */
function withoutPrefix(request: HttpRequest): HttpRequest {
  const url = new URL(request.url);
  url.pathname = url.pathname.replace(/^.*(?=\/api\/v1\/)/, '');
  return { ...request, url: url.href };
}

/** What was measured then, at the same distance from the release. */
function recorded(past: Past, unixMs: () => number): Http {
  return async (request) => {
    const query = queryOf(request);
    return query === 'vector(1)' ? vectorOf([1]) : vectorOf(past.values(query, unixMs()) ?? []);
  };
}

const queryOf = ({ url, body }: HttpRequest): string =>
  new URL(url).searchParams.get('query') ?? new URLSearchParams(body).get('query') ?? '';

function scriptedMetrics({ scenario, nowMs, weight }: OutsideOptions): Http {
  return async (request) => {
    const given = queryOf(request);
    if (given === 'vector(1)') return vectorOf([1]);
    const script = scenario.metrics.get(given);
    const value = typeof script === 'function' ? script({ atMs: nowMs(), weight: weight() }) : script;
    return vectorOf(value === undefined ? [] : [value]);
  };
}

/** Prometheus spells what JSON cannot. */
const spelled = (value: number): string =>
  Number.isFinite(value) ? String(value) : String(value).replace('inity', '');

function vectorOf(values: readonly number[]): HttpResponse {
  const result = values.map((value, series) => ({ metric: { series: String(series) }, value: [0, spelled(value)] }));
  const data = { resultType: 'vector', result };
  return httpResponse(200, 'application/json', JSON.stringify({ status: 'success', data }));
}

/** A hook that nobody scripted says yes; one that would roll back says no. */
async function hook(options: OutsideOptions, request: HttpRequest): Promise<HttpResponse> {
  const url = new URL(request.url);
  const name = url.searchParams.get(HOOK_TAG) ?? '';
  url.searchParams.delete(HOOK_TAG);
  const { canary, scenario, loadTester, nowMs, told } = options;
  const found = canary.spec.analysis.webhooks?.find((one) => one.name === name);
  const type = found?.type || 'rollout';
  const script = scenario.hooks.findLast((one) => one.name === name && holds(one, nowMs()));
  if (!script && scenario.loadTester && type !== 'event') return loadTester.handle({ ...request, url: url.href });
  const answer = answerOf(script, callOf(name, type, request, nowMs()));
  if (type !== 'event') told.hook(name, answer === 'hangs' ? 'hangs' : String(answer.status));
  if (answer === 'hangs') return never(request);
  return httpResponse(answer.status, 'text/plain', answer.body ?? '');
}

function callOf(name: string, type: string, { body }: HttpRequest, atMs: number): HookCall {
  const { phase = '', metadata = {} } = JSON.parse(body || '{}') as Partial<HookCall>;
  return { name, type, atMs, phase, metadata };
}

function answerOf(scripted: ScriptedHook | undefined, call: HookCall): HookAnswer | 'hangs' {
  if (!scripted) return { status: call.type === 'rollback' ? 403 : 200 };
  const { script } = scripted;
  const said = typeof script === 'function' ? script(call) : script;
  return typeof said === 'number' ? { status: said } : said;
}

function never({ signal }: HttpRequest): Promise<HttpResponse> {
  return new Promise((_, reject) => {
    const abort = () => reject(Object.assign(new Error('aborted'), { code: 'EABORTED' }));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
  });
}
