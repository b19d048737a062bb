/** Google Cloud Monitoring by its documented REST API; the token by the vendor's library. */
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { MetricAsker } from '../../../controller/analysis/metric-asker';
import { aTemplate, aTemplateQuestion } from './questions';
import { type Answer, type Asked, failed, json, nothing, refused, VendorServer, value } from './vendor-server';

const server = new VendorServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const account = (name: string, more = {}) =>
  JSON.stringify({ type: 'service_account', client_email: `${name}@p.iam`, private_key: privateKey, ...more });
const PROVIDER = { type: 'stackdriver' } as const;
const SECRET = { project: 'my-project', serviceAccountKey: account('serin') };

const series = (...values: unknown[]) =>
  json({ timeSeriesData: values.map((v) => ({ pointData: [{ values: [v] }, { values: [{ doubleValue: 99 }] }] })) });
const googleError = (code: number, status: string, message: string): Answer => ({
  ...(json({ error: { code, status, message } }) as object),
  status: code,
});
const isToken = ({ origin }: Asked) => origin === 'https://oauth2.googleapis.com';
const answering = (answer: Answer, token: Answer = json({ access_token: 'ya29', expires_in: 3600 })) => {
  server.answer = (asked) => (isToken(asked) ? token : answer);
};
const measure = (answer: Answer) => {
  answering(answer);
  return server.measure("fetch k8s_container | filter app = '{{ target }}'", PROVIDER, SECRET);
};

test('the request', async () => {
  expect(await measure(series({ doubleValue: 1.5 }))).toMatchObject(value(1.5));
  const [token, query] = server.asked;
  const form = new URLSearchParams(token?.body);
  expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
  const [head, claims, signature] = (form.get('assertion') ?? '').split('.');
  const signed = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${claims}`),
    createPublicKey(publicKey),
    Buffer.from(signature ?? '', 'base64url'),
  );
  expect(signed).toBe(true);
  expect(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())).toMatchObject({
    iss: 'serin@p.iam',
    scope: 'https://www.googleapis.com/auth/monitoring.read',
  });
  expect(query).toMatchObject({
    method: 'POST',
    origin: 'https://monitoring.googleapis.com',
    path: '/v3/projects/my-project/timeSeries:query',
    headers: { authorization: 'Bearer ya29' },
    body: JSON.stringify({ query: "fetch k8s_container | filter app = 'podinfo'" }),
  });
});

test.each<[string, Answer, object]>([
  ['M4: an integer', series({ int64Value: '7' }), value(7)],
  ['zero', series({ doubleValue: 0 }), value(0)],
  ['NaN', series({ doubleValue: 'NaN' }), nothing],
  ['no series', json({}), nothing],
  ['a series without points', json({ timeSeriesData: [{ pointData: [] }] }), nothing],
  ['null', series(null), nothing],
  ['equal series', series({ doubleValue: 3 }, { int64Value: '3' }), value(3)],
  [
    'several series',
    series({ doubleValue: 3 }, { doubleValue: 4 }),
    failed('query returned 2 series with different values'),
  ],
  ['text', series({ stringValue: 'x' }), failed('unexpected answer: stringValue is not a number')],
  ['garbage', { body: '<html>' }, failed("the answer is not JSON: '<html>'")],
  ['401', googleError(401, 'UNAUTHENTICATED', 'no credentials'), failed('error response 401: no credentials')],
  ['400', googleError(400, 'INVALID_ARGUMENT', 'bad query'), failed('error response 400: bad query')],
  ['503', { status: 503, body: 'oops' }, failed('error response 503: oops')],
  ['slow', 'hangs', failed('request to https://monitoring.googleapis.com failed: no answer within 15s')],
])('%s', async (_what, answer, expected) => {
  expect(await measure(answer)).toMatchObject(expected);
  expect(server.clock.pending).toBe(0);
});

test.each<[string, Answer, string]>([
  [
    'is refused',
    { ...(json({ error: 'invalid_grant', error_description: 'no such account' }) as object), status: 400 },
    'no access token: ',
  ],
  ['is not in the answer', json({}), 'no access token: '],
  ['does not come', 'hangs', 'request to https://oauth2.googleapis.com failed: no answer within 15s'],
])('a token that %s', async (_what, token, why) => {
  answering(series({ doubleValue: 1 }), token);
  expect(await server.measure('x', PROVIDER, SECRET)).toMatchObject(failed(why));
  expect(server.asked.every(isToken)).toBe(true);
});

test('a token is asked once', async () => {
  answering(series({ doubleValue: 1 }));
  const question = aTemplateQuestion(aTemplate('x', { type: 'stackdriver', secretRef: { name: 's' } }));
  const asker = new MetricAsker({ http: server.http, clock: server.clock, secret: async () => SECRET });
  server.asked.length = 0;
  for (let n = 0; n < 3; n++) expect(await asker.measure(question)).toMatchObject(value(1));
  expect(server.asked.map(isToken)).toEqual([true, false, false, false]);
});

test.each<[string, Record<string, string>, string]>([
  ['no project', { serviceAccountKey: account('a') }, 'the secret has no key project, it must have the key project'],
  ['no JSON', { project: 'p', serviceAccountKey: 'x' }, 'serviceAccountKey is not JSON'],
  [
    'a key that names a program to run',
    { project: 'p', serviceAccountKey: account('a', { type: 'external_account' }) },
    'serviceAccountKey is not the key of a service account',
  ],
])('%s', async (_what, secret, why) => {
  expect(await server.measure('x', PROVIDER, secret)).toMatchObject(refused('stackdriver', why));
  expect(server.asked).toEqual([]);
});

test('the probe wants an empty query to be an invalid argument', async () => {
  answering(googleError(400, 'INVALID_ARGUMENT', 'query is empty'));
  expect(await server.probe(PROVIDER, SECRET)).toEqual({ ok: true });
  for (const answer of [
    googleError(403, 'PERMISSION_DENIED', 'no'),
    json({}),
    googleError(400, 'FAILED_PRECONDITION', 'no'),
  ]) {
    answering(answer);
    expect(await server.probe(PROVIDER, SECRET)).toMatchObject({ ok: false });
  }
});
