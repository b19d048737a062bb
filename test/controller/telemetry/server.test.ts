import { type Health, TelemetryServer } from '../../../controller/telemetry/server';
import { ManualClock } from '../gates/manual-clock';

let server: TelemetryServer;
let health: Health = { ok: true };
let ready: Health = { ok: true };
let exposition = async () => 'flagger_info 1\n';
let base: string;

beforeAll(async () => {
  server = new TelemetryServer({
    clock: new ManualClock(),
    exposition: () => exposition(),
    health: () => health,
    ready: () => ready,
  });
  base = `http://127.0.0.1:${await server.start(0, '127.0.0.1')}`;
});

afterAll(() => server.stop());

async function get(path: string, method = 'GET') {
  const response = await fetch(base + path, { method });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

test('/metrics is Prometheus text', async () => {
  expect(await get('/metrics')).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: 'flagger_info 1\n',
  });
});

test('C44: /healthz says what is wrong', async () => {
  expect(await get('/healthz')).toMatchObject({ status: 200, body: 'OK' });
  health = { ok: false, reason: 'the loop has not turned for 90s' };
  expect(await get('/healthz')).toMatchObject({ status: 500, body: 'the loop has not turned for 90s' });
  health = { ok: true };
});

test('/readyz is a question of its own', async () => {
  ready = { ok: false, reason: 'the cache of canaries is not filled' };
  expect(await get('/readyz')).toMatchObject({ status: 500, body: 'the cache of canaries is not filled' });
  expect(await get('/healthz')).toMatchObject({ status: 200 });
  ready = { ok: true };
  expect(await get('/readyz?verbose')).toMatchObject({ status: 200, body: 'OK' });
});

test('nothing else', async () => {
  expect(await get('/')).toMatchObject({ status: 404 });
  expect(await get('/healthz', 'POST')).toMatchObject({ status: 405 });
  expect(await get('/healthz', 'HEAD')).toMatchObject({ status: 200, body: '' });
});

test('series that cannot be written are an error, not a crash', async () => {
  exposition = () => Promise.reject(new Error('collect failed'));
  expect(await get('/metrics')).toMatchObject({ status: 500, body: 'collect failed' });
});

test('a port that is taken is an error of start, and stop is always possible', async () => {
  const second = new TelemetryServer({
    clock: new ManualClock(),
    exposition,
    health: () => health,
    ready: () => ready,
  });
  await expect(second.start(Number(new URL(base).port), '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await second.stop();
});
