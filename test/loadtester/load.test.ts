import { type Load, loadGenerator, summaryText } from '../../loadtester/load';
import { ManualClock } from '../controller/gates/manual-clock';
import { inTurn, type Reply } from '../controller/gates/scripted-http';

const LOAD: Load = { url: 'http://a/', method: 'GET', headers: { 'x-a': 'b' }, concurrency: 2, timeoutMs: 1000 };

async function generated(load: Partial<Load>, replies: Reply[] = [{ status: 200 }], random = () => 0) {
  const { http, requests } = inTurn(...replies);
  const clock = new ManualClock();
  const startedMs = clock.now();
  const ending = new AbortController();
  const work = loadGenerator(http, clock, random)({ ...LOAD, ...load }, ending.signal);
  return { work, ending, clock, requests, finish: () => clock.runUntil(work), tookMs: () => clock.now() - startedMs };
}

test('the rate counts for each worker, over the whole time', async () => {
  const { finish, requests, tookMs } = await generated({ qps: 10, durationMs: 60_000 });
  const summary = await finish();
  expect(tookMs()).toBe(60_000);
  expect(summary).toMatchObject({ statusCodes: { 200: requests.length }, errors: {}, durationMs: 60_000 });
  expect(requests.length).toBeGreaterThanOrEqual(1190);
  expect(requests.length).toBeLessThanOrEqual(1202);
  expect(requests[0]).toMatchObject({ method: 'GET', url: 'http://a/', headers: { 'x-a': 'b' }, timeoutMs: 1000 });
});

test('a number of requests is sent exactly', async () => {
  const { finish, requests } = await generated({ requests: 7, concurrency: 3 });
  await finish();
  expect(requests).toHaveLength(7);
});

test('without a rate time still passes', async () => {
  const { finish, requests, tookMs } = await generated({ durationMs: 20 });
  await finish();
  expect(tookMs()).toBe(20);
  expect(requests.length).toBeGreaterThan(100);
});

test('statuses and errors are counted apart', async () => {
  const { finish } = await generated({ requests: 4, concurrency: 1 }, [
    { status: 200 },
    { status: 500 },
    { error: 'ECONNREFUSED' },
    { status: 500 },
  ]);
  expect(await finish()).toMatchObject({ statusCodes: { 200: 1, 500: 2 }, errors: { ECONNREFUSED: 1 } });
});

test('the end of the run is no error of the server, and leaves no timer', async () => {
  const { finish, clock } = await generated({ durationMs: 5_000 }, ['hangs']);
  expect(await finish()).toEqual({ statusCodes: {}, errors: {}, durationMs: 5_000 });
  expect(clock.pending).toBe(0);
});

test('it can be cancelled', async () => {
  const { work, ending, clock } = await generated({ qps: 1, durationMs: 600_000 });
  await clock.advance(1_500);
  ending.abort();
  expect(await work).toMatchObject({ durationMs: 1_500, statusCodes: { 200: 4 } });
  expect(clock.pending).toBe(0);
});

test('workers are spread when chance says so', async () => {
  const spread = await generated({ qps: 1, durationMs: 900 }, [{ status: 200 }], () => 0.95);
  await spread.finish();
  expect(spread.requests).toHaveLength(0);
});

test('the summary as text', () => {
  const latencyMs = { average: 2, p50: 1, p95: 3, p99: 4 };
  const text = summaryText({ statusCodes: { 200: 10 }, errors: { ECONNREFUSED: 2 }, durationMs: 5_000, latencyMs });
  expect(text).toContain('Requests/sec: 2.0000');
  expect(text).toContain('99% 4.0 ms');
  expect(text).toContain('[200] 10 responses');
  expect(text).toContain('[2] ECONNREFUSED');
});
