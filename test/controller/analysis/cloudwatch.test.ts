/** CloudWatch by its documented JSON protocol, through the vendor's client. */
import type { Http } from '../../../model/ports';
import { type Answer, failed, json, NOW, nothing, refused, VendorServer, value } from './vendor-server';

const server = new VendorServer();
beforeAll(async () => {
  // Ambient credentials: what the vendor's client finds first.
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIA',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  await server.start();
});
afterAll(() => server.stop());

const PROVIDER = { type: 'cloudwatch', region: 'eu-west-1' } as const;
const QUERY = '[{"Id":"e1","Expression":"m1 / m2","Label":"{{ target }}"},{"Id":"m1","ReturnData":false}]';

const results = (...lists: number[][]) =>
  json({
    MetricDataResults: lists.map((Values, n) => ({ Id: `e${n}`, StatusCode: 'Complete', Values })),
    Messages: [],
  });
const awsError = (status: number, type: string, message: string): Answer => ({
  ...(json({ __type: `com.amazonaws.cloudwatch#${type}`, message }) as object),
  status,
});

const measure = (answer: Answer, more = {}) => {
  server.answer = () => answer;
  return server.measure(QUERY, PROVIDER, undefined, more);
};

test('the request is signed', async () => {
  expect(await measure(results([1.5, 2]))).toMatchObject(value(1.5));
  const [asked] = server.asked;
  expect(asked).toMatchObject({ method: 'POST', path: '/', origin: 'https://monitoring.eu-west-1.amazonaws.com' });
  expect(asked?.headers['x-amz-target']).toBe('GraniteServiceVersion20100801.GetMetricData');
  expect(asked?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIA\/\d{8}\/eu-west-1\/monitoring\/aws4_request/,
  );
  expect(JSON.parse(asked?.body ?? '')).toEqual({
    MetricDataQueries: [
      { Id: 'e1', Expression: 'm1 / m2', Label: 'podinfo' },
      { Id: 'm1', ReturnData: false },
    ],
    StartTime: NOW / 1000 - 600,
    EndTime: NOW / 1000,
    MaxDatapoints: 20,
  });
});

test.each<[string, Answer, object]>([
  ['no points', results([]), nothing],
  ['no results', results(), nothing],
  ['equal results', results([3], [3, 4]), value(3)],
  ['several results', results([3], [4]), failed('query returned 2 series with different values')],
  ['NaN as text', json({ MetricDataResults: [{ Id: 'a', Values: ['NaN'] }] }), nothing],
  [
    'a failed query',
    json({ MetricDataResults: [{ Id: 'e1', StatusCode: 'InternalError' }] }),
    failed('e1 failed with InternalError'),
  ],
  [
    'a message instead of results',
    json({ Messages: [{ Code: 'Forbidden', Value: 'other account' }] }),
    failed('Forbidden: other account'),
  ],
  ['garbage', { body: '<html>login</html>' }, failed('the answer is not JSON')],
  ['an empty body', { body: '' }, failed('unexpected answer')],
  ['another JSON', json({ hello: 'world' }), failed('unexpected answer')],
  [
    '403',
    awsError(403, 'InvalidClientTokenId', 'The token is invalid'),
    failed('error response 403: InvalidClientTokenId: The token is invalid'),
  ],
  ['400', awsError(400, 'ValidationException', 'bad Id'), failed('error response 400: ValidationException: bad Id')],
  ['slow', 'hangs', failed('request to https://monitoring.eu-west-1.amazonaws.com failed: no answer within 5s')],
])('%s', async (_what, answer, expected) => {
  expect(await measure(answer)).toMatchObject(expected);
  expect(server.clock.pending).toBe(0);
});

test('a failure on the way is tried again', async () => {
  server.answer = () => (server.asked.length < 2 ? { status: 500, body: '' } : results([2]));
  expect(await server.measure(QUERY, PROVIDER)).toMatchObject(value(2));
  expect(server.asked).toHaveLength(2);
});

test('a request that takes too long is cut', async () => {
  const signals: Array<AbortSignal | undefined> = [];
  const http: Http = (request) => {
    signals.push(request.signal);
    return server.http(request);
  };
  expect(await measure('hangs', { http })).toMatchObject({ outcome: 'error' });
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
});

test('down', async () => {
  const gone = { http: () => Promise.reject(Object.assign(new Error('gone'), { code: 'ENOTFOUND' })) };
  expect(await measure({}, gone)).toMatchObject(
    failed('request to https://monitoring.eu-west-1.amazonaws.com failed: gone'),
  );
});

test.each([
  ['not JSON', 'avg(x)', 'the query is not JSON'],
  ['no list', '{"Id":"a"}', 'the query is not a list of MetricDataQuery objects'],
  ['an empty list', '[]', 'the query is not a list of MetricDataQuery objects'],
])('a query that is %s', async (_what, query, why) => {
  expect(await server.measure(query, PROVIDER)).toMatchObject(failed(why));
  expect(server.asked).toEqual([]);
});

test('the region and the interval are checked', async () => {
  expect(await server.measure(QUERY, { type: 'cloudwatch', region: 'evil.test/' })).toMatchObject(
    refused('cloudwatch', "cloudwatch needs a region such as eu-west-1, not 'evil.test/'"),
  );
  expect(await server.measure(QUERY, PROVIDER, undefined, { interval: '1min' })).toMatchObject(
    refused('cloudwatch', "the interval '1min' is not a duration such as 1m or 90s"),
  );
});

test('the probe wants an empty request to be refused', async () => {
  server.answer = () => awsError(400, 'MissingParameter', 'The parameter MetricDataQueries is required.');
  expect(await server.probe(PROVIDER)).toEqual({ ok: true });
  expect(JSON.parse(server.asked[0]?.body ?? '').MetricDataQueries).toEqual([]);
  for (const answer of [
    results(),
    awsError(400, 'UnrecognizedClientException', 'bad token'),
    awsError(403, 'AccessDenied', 'no'),
  ]) {
    server.answer = () => answer;
    expect(await server.probe(PROVIDER)).toMatchObject({ ok: false });
  }
});
