import { NO_DATA } from '../../../controller/analysis/metric-provider';
import { Prometheus, type PrometheusSettings } from '../../../controller/analysis/prometheus';
import { ManualClock } from '../gates/manual-clock';
import { inTurn, type Reply } from '../gates/scripted-http';
import { vector } from './questions';

function aPrometheus(reply: Reply | Reply[], settings: Partial<PrometheusSettings> = {}) {
  const { http, requests } = inTurn(...[reply].flat());
  const clock = new ManualClock();
  const prometheus = new Prometheus(http, clock, { address: 'http://prometheus:9090', ...settings });
  return { clock, requests, query: (text = 'up') => clock.runUntil(prometheus.query(text)), prometheus };
}

const ok = (body: string): Reply => ({ status: 200, body });
const scalar = (value: string) =>
  ok(JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [1, value] } }));

test.each<[string, Reply, number | typeof NO_DATA]>([
  ['a vector', ok(vector('99.5')), 99.5],
  ['an exponent', ok(vector('1.5e-07')), 1.5e-7],
  ['a negative number', ok(vector('-3')), -3],
  ['a scalar (M3)', scalar('12'), 12],
  ['A#459: an empty vector', ok(vector()), NO_DATA],
  ['A#180: NaN', ok(vector('NaN')), NO_DATA],
  ['+Inf (M2)', ok(vector('+Inf')), NO_DATA],
  ['-Inf (M2)', ok(vector('-Inf')), NO_DATA],
  ['a scalar NaN', scalar('NaN'), NO_DATA],
  ['equal series (M3)', ok(vector('7', '7', '7')), 7],
  ['only NaN series', ok(vector('NaN', 'NaN')), NO_DATA],
])('%s', async (_what, reply, expected) => {
  expect(await aPrometheus(reply).query()).toBe(expected);
});

const matrix = ok(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [] } }));
const histogram = ok('{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}}');

test.each<[string, Reply, string, string]>([
  [
    'different series (M3)',
    ok(vector('1', '2', '3')),
    'SeveralSeries',
    'query returned 3 series with different values',
  ],
  ['a value beside NaN', ok(vector('NaN', '2')), 'SeveralSeries', 'query returned 2 series'],
  ['a matrix', matrix, 'BadAnswer', 'query returned multiple values'],
  ['a native histogram', histogram, 'BadAnswer', 'native histogram'],
  ['no JSON', ok('<html>login</html>'), 'BadAnswer', "the answer is not JSON: '<html>login</html>'"],
  ['an empty body', ok(''), 'BadAnswer', 'not JSON'],
  ['null', ok('null'), 'BadAnswer', 'not an object'],
  ['another object', ok('{"a":1}'), 'BadAnswer', 'unexpected answer'],
  [
    'a number as a number',
    ok('{"status":"success","data":{"resultType":"vector","result":[{"value":[1,2]}]}}'),
    'BadAnswer',
    'not a sample',
  ],
  ['text as a number', ok(vector('0x10')), 'BadAnswer', 'not a sample'],
  [
    'null in the list',
    ok('{"status":"success","data":{"resultType":"vector","result":[null]}}'),
    'BadAnswer',
    'not a sample',
  ],
  [
    'an error in a 200',
    ok('{"status":"error","errorType":"timeout","error":"too slow"}'),
    'Refused',
    'timeout: too slow',
  ],
  ['401', { status: 401, body: 'Unauthorized' }, 'Refused', 'error response 401: Unauthorized'],
  [
    '400',
    { status: 400, body: '{"status":"error","errorType":"bad_data","error":"parse error"}' },
    'Refused',
    'error response 400: bad_data: parse error',
  ],
  ['503', { status: 503, body: 'x'.repeat(1000) }, 'Refused', `error response 503: ${'x'.repeat(200)}…`],
  [
    'connection refused',
    { error: 'ECONNREFUSED' },
    'Unreachable',
    'request to http://prometheus:9090 failed: connection refused',
  ],
  ['unknown host', { error: 'ENOTFOUND' }, 'Unreachable', 'failed with ENOTFOUND'],
  ['no answer', 'hangs', 'Unreachable', 'no answer within 5s'],
  ['no end of the answer', 'body hangs', 'Unreachable', 'no answer within 5s'],
  ['a huge answer', { status: 200, body: 'x', headers: { 'content-length': '99999999' } }, 'BadAnswer', 'larger than'],
  [
    'a redirect elsewhere',
    { status: 302, headers: { location: 'http://evil/' } },
    'Refused',
    'redirected to http://evil',
  ],
])('%s is an error', async (_what, reply, code, message) => {
  const { query, clock } = aPrometheus(reply);
  await expect(query()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(clock.pending).toBe(0);
});

test('the request: path kept, whitespace collapsed, no credentials unless given', async () => {
  const { query, requests } = aPrometheus(ok(vector('1')), { address: 'http://mimir:80/prometheus/' });
  await query('  sum(\n\t rate(x{a="b"}[1m])\n) ');
  const url = new URL(requests[0]?.url ?? '');
  expect(url.origin + url.pathname).toBe('http://mimir/prometheus/api/v1/query');
  expect(url.searchParams.get('query')).toBe('sum( rate(x{a="b"}[1m]) )');
  expect(requests[0]).toMatchObject({
    method: 'GET',
    headers: { accept: 'application/json' },
    insecureSkipVerify: false,
  });
  expect(requests[0]?.headers).not.toHaveProperty('authorization');
});

test('a comment does not swallow the rest of the query', async () => {
  const { query, requests } = aPrometheus(ok(vector('1')));
  await query('# errors\nsum(x{a="#1",b=\'#\'}) # all\n/ 2');
  expect(new URL(requests[0]?.url ?? '').searchParams.get('query')).toBe('sum(x{a="#1",b=\'#\'}) / 2');
});

test.each<[string, Partial<PrometheusSettings>, string]>([
  ['a token', { auth: { token: 't' } }, 'Bearer t'],
  ['a password', { auth: { username: 'u', password: 'p' } }, `Basic ${Buffer.from('u:p').toString('base64')}`],
  ['a password in the URL', { address: 'http://u:p%40@prometheus' }, `Basic ${Buffer.from('u:p@').toString('base64')}`],
])('authentication with %s', async (_what, settings, authorization) => {
  const { query, requests } = aPrometheus(ok(vector('1')), settings);
  await query();
  expect(requests[0]?.headers?.['authorization']).toBe(authorization);
  expect(requests[0]?.url).not.toContain('@');
});

test('M5: headers are the same on every check', async () => {
  const headers = { 'X-Scope-OrgID': ['a', 'b'] };
  const { query, requests } = aPrometheus(ok(vector('1')), { headers, auth: { token: 't' }, insecureSkipVerify: true });
  for (let n = 0; n < 3; n++) await query();
  const expected = { accept: 'application/json', 'x-scope-orgid': 'a, b', authorization: 'Bearer t' };
  expect(requests.map((request) => request.headers)).toEqual([expected, expected, expected]);
  expect(requests[0]?.insecureSkipVerify).toBe(true);
});

test('a redirect on the same host is followed, without end it is not', async () => {
  const moved: Reply = { status: 308, headers: { location: '/new/api/v1/query?query=up' } };
  const { query, requests } = aPrometheus([moved, ok(vector('4'))]);
  expect(await query()).toBe(4);
  expect(requests[1]?.url).toBe('http://prometheus:9090/new/api/v1/query?query=up');
  await expect(aPrometheus(moved).query()).rejects.toThrow('stopped after 5 redirects');
});

test('the probe wants vector(1) to be 1', async () => {
  const good = aPrometheus(ok(vector('1')));
  await good.clock.runUntil(good.prometheus.probe());
  expect(new URL(good.requests[0]?.url ?? '').searchParams.get('query')).toBe('vector(1)');
  await expect(aPrometheus(ok(vector('2'))).prometheus.probe()).rejects.toThrow('vector(1) is answered with 2');
  await expect(aPrometheus(ok(vector())).prometheus.probe()).rejects.toThrow('vector(1) is answered with noData');
});

test.each(['', 'prometheus:9090', 'ftp://x', 'not a url'])('address "%s" is refused', (address) => {
  expect(() => aPrometheus(ok(''), { address })).toThrow('is not a URL such as http://prometheus:9090');
});

test('a cancelled query ends at once', async () => {
  const { prometheus, clock } = aPrometheus('hangs');
  const cancel = new AbortController();
  const work = prometheus.query('up', cancel.signal);
  cancel.abort();
  await expect(work).rejects.toThrow('cancelled');
  expect(clock.pending).toBe(0);
});
