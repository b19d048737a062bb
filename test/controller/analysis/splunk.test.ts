/** Splunk Observability by its documented SignalFlow WebSocket; the probe by HTTP. */
import { gzipSync } from 'node:zlib';
import { type Frame, StreamServer } from './stream-server';
import { failed, NOW, nothing, refused, VendorServer, value } from './vendor-server';

const server = new VendorServer();
const stream = new StreamServer();
beforeAll(() => Promise.all([server.start(), stream.start()]));
afterAll(() => Promise.all([server.stop(), stream.stop()]));
beforeEach(() => {
  stream.heard.length = 0;
  stream.refuse = undefined;
});

const PROVIDER = { type: 'splunk', address: 'https://api.us1.signalfx.com' } as const;
const SECRET = { sf_token_key: 'tok\n' };

type Point = [series: number, value: number | bigint | null];

/** A batch as the server sends it: longs, doubles, and nulls of type 0. */
function batch(points: Point[], flags = 0): Buffer {
  const header = Buffer.alloc(20);
  header.set([1, 5, flags, 0]);
  header.write('serin', 4);
  const body = Buffer.alloc(12 + points.length * 17);
  body.writeBigUInt64BE(BigInt(NOW), 0);
  body.writeUInt32BE(points.length, 8);
  points.forEach(([series, number], n) => {
    const at = 12 + n * 17;
    body.writeUInt8(number === null ? 0 : typeof number === 'bigint' ? 1 : 2, at);
    body.writeBigUInt64BE(BigInt(series), at + 1);
    if (typeof number === 'bigint') body.writeBigInt64BE(number, at + 9);
    else body.writeDoubleBE(number ?? 0, at + 9);
  });
  return Buffer.concat([header, flags & 1 ? gzipSync(body) : body]);
}

/** 3,000 series of their own; a frame of the stand-in has 64 KiB. */
const many = (page: number) => Array.from({ length: 3000 }, (_, n): Point => [page * 3000 + n, 1]);

const control = (event: string, more = {}) =>
  JSON.stringify({ type: 'control-message', channel: 'serin', event, ...more });
const END = control('END_OF_CHANNEL');

/** What follows the execution; before it the stream says hello. */
function measure(frames: Frame[], more = {}) {
  stream.reply = ({ type }) => {
    if (type === 'authenticate') return ['{"type":"authenticated","orgId":"o"}'];
    const start = [control('STREAM_START'), control('JOB_START'), '{"type":"metadata","tsId":"A"}'];
    return type === 'execute' ? [...start, ...frames] : [];
  };
  const program = "data('errors', filter=filter('app', '{{ target }}')).sum().publish()";
  return server.measure(program, PROVIDER, SECRET, { openSocket: stream.open, ...more });
}

test('the conversation', async () => {
  expect(await measure([batch([[1, 9]]), batch([[1, 1.5]]), END])).toMatchObject(value(1.5));
  expect(stream.opened).toBe('wss://stream.us1.signalfx.com/v2/signalflow/connect');
  expect(stream.heard).toEqual([
    { type: 'authenticate', token: 'tok' },
    {
      type: 'execute',
      channel: 'serin',
      program: "data('errors', filter=filter('app', 'podinfo')).sum().publish()",
      start: NOW - 600_000,
      stop: NOW,
      immediate: true,
    },
  ]);
  expect(server.clock.pending).toBe(0);
});

test.each<[string, Frame[], object]>([
  ['an integer', [batch([[1, 7n]]), END], value(7)],
  ['a negative integer', [batch([[1, -7n]]), END], value(-7)],
  ['the last value before a null', [batch([[1, 3]]), batch([[1, null]]), batch([]), END], value(3)],
  ['the last value before NaN', [batch([[1, 3]]), batch([[1, Number.NaN]]), END], value(3)],
  ['compressed', [batch([[1, 2]], 1), END], value(2)],
  ['JSON', ['{"type":"data","channel":"serin","data":[{"tsId":"A","value":4}]}', END], value(4)],
  [
    'series without end',
    [...Array.from({ length: 4 }, (_, page) => batch(many(page))), END],
    failed('the computation has more than 10000 series'),
  ],
  ['no data', [END], nothing],
  ['nulls only', [batch([[1, null]]), END], nothing],
  [
    'equal series',
    [
      batch([
        [1, 2],
        [2, 2],
      ]),
      END,
    ],
    value(2),
  ],
  [
    'several series',
    [
      batch([
        [1, 2],
        [2, 3],
      ]),
      END,
    ],
    failed('query returned 2 series with different values'),
  ],
  ['several series in turn', [batch([[1, 2]]), batch([[2, 3]]), END], failed('query returned 2 series')],
  [
    'a program that is wrong',
    ['{"type":"error","channel":"serin","error":400,"message":"no such function"}'],
    failed('no such function'),
  ],
  [
    'an aborted computation',
    [control('CHANNEL_ABORT', { abortInfo: { sf_job_abortReason: 'killed' } })],
    failed('the computation was aborted: killed'),
  ],
  ['garbage', ['<html>'], failed("a message of the stream is not JSON: '<html>'")],
  ['garbage in binary', [Buffer.from('short')], failed('a message of the stream is too short')],
  ['a cut batch', [batch([[1, 2]]).subarray(0, 40)], failed('a message of the stream is cut off')],
  [
    'no gzip',
    [Buffer.concat([Buffer.from([1, 5, 1, 0]), Buffer.alloc(40)])],
    failed('a message of the stream is not gzip'),
  ],
  [
    'a broken connection',
    [batch([[1, 2]]), 'drop'],
    failed('request to https://stream.us1.signalfx.com failed: WebSocket '),
  ],
])('%s', async (_what, frames, expected) => {
  expect(await measure(frames)).toMatchObject(expected);
  expect(server.clock.pending).toBe(0);
});

test('a token that is refused', async () => {
  stream.reply = () => ['{"type":"error","message":"Invalid auth token"}'];
  const measured = await server.measure('x', PROVIDER, SECRET, { openSocket: stream.open });
  expect(measured).toMatchObject(failed('Invalid auth token'));
});

test('no WebSocket there, or 401', async () => {
  stream.refuse = 401;
  const refusal = await measure([]);
  expect(refusal).toMatchObject(failed('request to https://stream.us1.signalfx.com failed: WebSocket ws://127.0.0.1'));
  expect(refusal).not.toMatchObject(failed('no answer'));
  const gone = () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
  expect(await measure([], { openSocket: gone })).toMatchObject(
    failed('request to https://stream.us1.signalfx.com failed: connection refused'),
  );
});

test('slow', async () => {
  stream.reply = () => {
    setImmediate(() => server.clock.expire());
    return [];
  };
  const measured = await server.measure('x', PROVIDER, SECRET, { openSocket: stream.open });
  expect(measured).toMatchObject(failed('request to https://stream.us1.signalfx.com failed: no answer within 5s'));
});

test.each([
  ['https://api.eu0.signalfx.com', 'wss://stream.eu0.signalfx.com/v2/signalflow/connect'],
  ['wss://stream.eu0.signalfx.com', 'wss://stream.eu0.signalfx.com/v2/signalflow/connect'],
  ['http://capital.test/base/', 'ws://capital.test/base/v2/signalflow/connect'],
])('the stream of %s', async (address, url) => {
  await measure([END]);
  await server.measure('x', { type: 'splunk', address }, SECRET, { openSocket: stream.open });
  expect(stream.opened).toBe(url);
});

test('what cannot be asked', async () => {
  expect(await server.measure('x', PROVIDER, { token: 't' })).toMatchObject(
    refused('splunk', 'the secret has no key sf_token_key, it must have the key sf_token_key'),
  );
  const interval = await server.measure('x', PROVIDER, SECRET, { interval: '1min' });
  expect(interval).toMatchObject(refused('splunk', "the interval '1min' is not a duration such as 1m or 90s"));
});

test('the probe asks the API host', async () => {
  server.answer = () => ({ body: '{"results":[]}' });
  expect(await server.probe({ ...PROVIDER, address: 'wss://stream.us1.signalfx.com' }, SECRET)).toEqual({ ok: true });
  expect(server.asked).toMatchObject([
    { path: '/v2/metric', origin: 'https://api.us1.signalfx.com', headers: { 'x-sf-token': 'tok' } },
  ]);
  server.answer = () => ({ status: 401, body: 'no' });
  expect(await server.probe(PROVIDER, SECRET)).toEqual({
    ok: false,
    message: 'splunk in metric template errors.monitoring not avaiable: error response 401: no',
  });
});
