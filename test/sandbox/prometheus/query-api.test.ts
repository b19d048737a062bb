import type { HttpRequest } from '../../../model/ports';
import { VirtualClock } from '../../../sandbox/clock';
import { createPrometheus, type Prometheus } from '../../../sandbox/prometheus/prometheus';
import type { Target } from '../../../sandbox/prometheus/scraper';

const START_MS = 1_767_225_600_000;

interface World {
  clock: VirtualClock;
  prometheus: Prometheus;
  targets: Target[];
}

/** One target whose counter grows by 5 every 5 s, scraped three times. */
async function aWorld(): Promise<World> {
  const clock = new VirtualClock(START_MS);
  const counter: Target = {
    key: 'pod-a',
    labels: { pod: 'a' },
    collect: () => [{ labels: { __name__: 'x_total', code: '200' }, value: (clock.now() - START_MS) / 1000 }],
  };
  const targets = [counter];
  const prometheus = createPrometheus({ clock, targets: () => targets });
  prometheus.start();
  await clock.advance(16_000);
  return { clock, prometheus, targets };
}

async function ask({ prometheus }: World, path: string, given: Record<string, string> = {}, method = 'GET') {
  const form = new URLSearchParams(given).toString();
  const request: HttpRequest =
    method === 'GET'
      ? { method, url: `http://prometheus:9090${path}?${form}` }
      : {
          method,
          url: `http://prometheus:9090${path}`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: form,
        };
  const response = await prometheus.http(request);
  const body = await response.text();
  return { status: response.status, body: body.startsWith('{') ? JSON.parse(body) : body };
}

test.each(['GET', 'POST'])('answers an instant query by %s', async (method) => {
  const answer = await ask(await aWorld(), '/api/v1/query', { query: 'x_total' }, method);
  expect(answer).toEqual({
    status: 200,
    body: {
      status: 'success',
      data: {
        resultType: 'vector',
        result: [{ metric: { __name__: 'x_total', code: '200', pod: 'a' }, value: [1_767_225_616, '15'] }],
      },
    },
  });
});

test('answers scalars, strings, matrices, ranges and empty vectors in their own shapes', async () => {
  const world = await aWorld();
  const data = async (query: string, time?: string) =>
    (await ask(world, '/api/v1/query', { query, ...(time && { time }) })).body.data;
  expect(await data('1 / 0')).toEqual({ resultType: 'scalar', result: [1_767_225_616, '+Inf'] });
  expect(await data('"hi"', '1.5')).toEqual({ resultType: 'string', result: [1.5, 'hi'] });
  expect(await data('nothing')).toEqual({ resultType: 'vector', result: [] });
  expect((await data('x_total[6s]')).result).toEqual([
    { metric: { __name__: 'x_total', code: '200', pod: 'a' }, values: [[1_767_225_615, '15']] },
  ]);
  expect((await data('x_total', '2026-01-01T00:00:10Z')).result[0].value).toEqual([1_767_225_610, '10']);
  const range = await ask(world, '/api/v1/query_range', {
    query: 'sum(x_total)',
    start: '1767225605',
    end: '1767225615',
    step: '5s',
  });
  expect(range.body.data).toEqual({
    resultType: 'matrix',
    result: [
      {
        metric: {},
        values: [
          [1_767_225_605, '5'],
          [1_767_225_610, '10'],
          [1_767_225_615, '15'],
        ],
      },
    ],
  });
});

test('lists series, label names and values', async () => {
  const world = await aWorld();
  expect((await ask(world, '/api/v1/series', { 'match[]': 'x_total' })).body.data).toEqual([
    { __name__: 'x_total', code: '200', pod: 'a' },
  ]);
  expect((await ask(world, '/api/v1/labels')).body.data).toEqual(['__name__', 'code', 'pod']);
  expect((await ask(world, '/api/v1/label/__name__/values')).body.data).toEqual(['up', 'x_total']);
});

test.each([
  ['/api/v1/query', { query: 'sum(' }, 400, 'bad_data', 'invalid parameter "query": 1:5: parse error: '],
  ['/api/v1/query', {}, 400, 'bad_data', 'invalid parameter "query": unknown position: parse error: no expression'],
  [
    '/api/v1/query',
    { query: '1', time: 'noon' },
    400,
    'bad_data',
    'invalid parameter "time": cannot parse "noon" to a',
  ],
  ['/api/v1/query', { query: 'info(x)' }, 422, 'execution', 'does not support the function info()'],
  ['/api/v1/series', {}, 400, 'bad_data', 'no match[] parameter provided'],
  ['/api/v1/query_range', { query: '1', start: '2', end: '1', step: '1' }, 400, 'bad_data', 'must not be before start'],
  ['/api/v1/query_range', { query: '1', start: '1', end: '2', step: '0' }, 400, 'bad_data', 'zero or negative query'],
  ['/api/v1/query_range', { query: 'x[1m]', start: '1', end: '2', step: '1' }, 400, 'bad_data', 'must be Scalar or'],
])('refuses %s %j', async (path, given, status, errorType, message) => {
  const answer = await ask(await aWorld(), path, given as Record<string, string>);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ status: 'error', errorType });
  expect(answer.body.error).toContain(message);
});

test('health, unknown paths and wrong methods', async () => {
  const world = await aWorld();
  expect((await ask(world, '/-/ready')).status).toBe(200);
  expect((await ask(world, '/-/healthy')).body).toContain('Healthy');
  expect(await ask(world, '/api/v1/nonsense')).toEqual({ status: 404, body: '404 page not found\n' });
  expect((await ask(world, '/api/v1/query', {}, 'DELETE')).status).toBe(405);
});

test('a target that goes away is stale at the next scrape; stopping leaves no timer', async () => {
  const world = await aWorld();
  world.targets.pop();
  await world.clock.advance(5000);
  expect((await ask(world, '/api/v1/query', { query: 'x_total or up' })).body.data.result).toEqual([]);
  expect((await ask(world, '/api/v1/query', { query: 'x_total offset 6s' })).body.data.result).toHaveLength(1);
  world.prometheus.stop();
  expect(world.clock.pending()).toBe(0);
});

test('what is older than the retention is forgotten', async () => {
  const clock = new VirtualClock(0);
  const prometheus = createPrometheus({ clock, targets: () => [], retentionMs: 60_000 });
  prometheus.series.append({ __name__: 'old' }, 0, 1);
  prometheus.start();
  await clock.advance(60_000);
  expect(prometheus.series.size).toBe(1);
  await clock.advance(5000);
  expect(prometheus.series.size).toBe(0);
});
