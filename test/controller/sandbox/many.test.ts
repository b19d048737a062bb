/** Many Canaries at once: what they share, and that none waits for another. */
import { Controller } from '../../../controller/controller';
import { DEFAULT_SETTINGS } from '../../../controller/rollout/settings';
import { createLogger } from '../../../controller/telemetry/log';
import { Telemetry } from '../../../controller/telemetry/metrics';
import type { Http, HttpRequest } from '../../../model/ports';
import { seeded, uuids } from '../../../sandbox/random';
import { API_SERVER_URL } from '../../../sandbox/world';
import { prometheus } from '../../soak/stand-ins';
import { ManyCanaries } from './many-canaries';

jest.setTimeout(240_000);

/** A controller on them, with `answer` in place of what it asks beside the API server. */
function controllerOn({ clock, sandbox }: ManyCanaries, answer: Http): Controller {
  const random = seeded(7);
  const http: Http = (request) => (request.url.startsWith(API_SERVER_URL) ? sandbox.http(request) : answer(request));
  return new Controller({
    http,
    clock,
    random,
    uuid: uuids(random),
    server: API_SERVER_URL,
    settings: DEFAULT_SETTINGS,
    concurrency: 4,
    log: createLogger({ clock, level: 'fatal', encoding: 'json', stream: { write: () => true } }),
    telemetry: new Telemetry(),
    version: 'test',
  });
}

const RATE = { name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '1m' };
const LATENCY = { name: 'request-duration', thresholdRange: { max: 500 }, interval: '1m' };

/** Queries of a release of so many Canaries from its first step to its end. */
async function queriesOf(count: number): Promise<number> {
  const many = new ManyCanaries(count, { interval: '10s', stepWeight: 10, maxWeight: 50, metrics: [RATE, LATENCY] });
  let queries = 0;
  const server = prometheus(() => false);
  const controller = controllerOn(many, (request: HttpRequest) => {
    queries++;
    return server(request);
  });
  void controller.start();
  await many.clock.runUntil(() => many.all('Initialized'), { limitMs: 300_000 });
  queries = 0;
  many.release('app:2');
  await many.clock.runUntil(() => many.all('Succeeded'), { limitMs: 600_000 });
  void controller.stop();
  await many.clock.advance(10_000);
  many.sandbox.stop();
  return queries;
}

test('queries grow with the kinds of query, not with the Canaries', async () => {
  const [few, some] = [await queriesOf(5), await queriesOf(30)];
  // Two kinds, five steps: each asks alone at first, and then together with all that come meanwhile.
  expect(few).toBeGreaterThanOrEqual(2 * 5);
  expect(some).toBeLessThanOrEqual(2 * few);
  expect(some).toBeLessThan((2 * 5 * 30) / 5);
});

test('no Canary waits for the slow metrics server or the slow hook of others', async () => {
  const hook = { name: 'slow', type: 'rollout' as const, url: 'http://slow.test/', timeout: '9s' };
  // More of either kind than ticks at a time.
  const kindOf = (name: string) => ['metrics', 'hook', 'quick'][Number(name.split('-')[1]) % 3]!;
  const analysis = { interval: '10s', stepWeight: 10, maxWeight: 50, threshold: 100, metrics: [RATE] };
  const many = new ManyCanaries(15, analysis, (name) => ({
    ...(kindOf(name) === 'metrics' && { metricsServer: 'http://slow.test' }),
    analysis: { ...analysis, ...(kindOf(name) === 'hook' && { webhooks: [hook] }) },
  }));
  let isSlow = false;
  const server = prometheus(() => false);
  const controller = controllerOn(many, (request) =>
    isSlow && request.url.startsWith('http://slow.test') ? new Promise(() => undefined) : server(request),
  );
  void controller.start();
  await many.clock.runUntil(() => many.all('Initialized'), { limitMs: 300_000 });
  isSlow = true;
  many.release('app:2');
  const quick = many.names.filter((name) => kindOf(name) === 'quick');
  const slow = many.names.filter((name) => kindOf(name) !== 'quick');
  const ms = await many.clock.runUntil(() => quick.every((name) => many.status(name).phase === 'Succeeded'), {
    limitMs: 300_000,
  });
  // Five steps and the two of the promotion, an interval each, and the pods' start: as long as if they were alone.
  expect(ms).toBeLessThanOrEqual(7 * 10_000 * 1.15 + 10_000);
  expect(slow.map((name) => many.status(name).phase)).toEqual(slow.map(() => 'Progressing'));
  void controller.stop();
  await many.clock.advance(20_000);
  many.sandbox.stop();
});
