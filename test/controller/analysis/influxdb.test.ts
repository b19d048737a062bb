/** InfluxDB 2 by its documented API: POST /api/v2/query, Flux in JSON, annotated CSV back. */
import { type Answer, failed, NOW, nothing, refused, VendorServer, value } from './vendor-server';

const server = new VendorServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

const PROVIDER = { type: 'influxdb', address: 'http://influx.test:8086' } as const;
const SECRET = { token: 'tok\n', org: 'my org' };

/** One table a list of values, as the server writes it. */
function csv(type: string, ...tables: string[][]): Answer {
  const head = `#datatype,string,long,dateTime:RFC3339,${type},string\r\n#group,false,false,false,false,true\r\n#default,_result,,,,\r\n,result,table,_time,_value,_field\r\n`;
  const rows = tables.map((values, n) =>
    values.map((v) => `,,${n},${new Date(NOW).toISOString()},${v},x\r\n`).join(''),
  );
  return { body: `${head}${rows.join('')}\r\n`, headers: { 'content-type': 'text/csv; charset=utf-8' } };
}

const measure = (answer: Answer, more = {}) => {
  server.answer = () => answer;
  return server.measure('from(bucket: "b") |> filter(fn: (r) => r.app == "{{ target }}")', PROVIDER, SECRET, more);
};

test('the request', async () => {
  expect(await measure(csv('double', ['1.5']))).toMatchObject(value(1.5));
  const [asked] = server.asked;
  expect(asked).toMatchObject({ method: 'POST', path: '/api/v2/query', origin: 'http://influx.test:8086' });
  expect(asked?.search.get('org')).toBe('my org');
  expect(asked?.headers).toMatchObject({ authorization: 'Token tok', accept: 'text/csv' });
  expect(asked?.headers['content-type']).toMatch('application/json');
  expect(JSON.parse(asked?.body ?? '')).toMatchObject({
    query: 'from(bucket: "b") |> filter(fn: (r) => r.app == "podinfo")',
    type: 'flux',
    dialect: { header: true, annotations: expect.arrayContaining(['datatype']) },
  });
});

const errorTable =
  '#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,out of memory,897\r\n';

test.each<[string, Answer, object]>([
  ['M4: an integer', csv('long', ['7']), value(7)],
  ['M4: an unsigned integer', csv('unsignedLong', ['7']), value(7)],
  ['M4: no rows', { body: '\r\n' }, nothing],
  ['M4: nothing at all', { body: '' }, nothing],
  ['M4: a head without rows', csv('double', []), nothing],
  ['null', csv('double', ['']), nothing],
  ['NaN', csv('double', ['NaN']), nothing],
  ['+Inf', csv('double', ['+Inf']), nothing],
  ['the first record of a table', csv('double', ['1', '2', '3']), value(1)],
  ['equal tables', csv('double', ['4', '5'], ['4']), value(4)],
  ['several tables', csv('double', ['4'], ['5']), failed('query returned 2 series with different values')],
  ['text', csv('string', ['many']), failed('unexpected answer: "many" is not a number')],
  ['a boolean', csv('boolean', ['true']), failed('unexpected answer: true is not a number')],
  ['an error midway', { body: errorTable }, failed('out of memory')],
  ['an error without annotations', { body: 'error,reference\r\nout of memory,897\r\n' }, failed('out of memory')],
  [
    'no column _value',
    { body: '#datatype,string,long,double\n,result,table,x\n,,0,1\n' },
    failed('the result has no column _value, it has x'),
  ],
  ['garbage', { body: '<html>login</html>' }, failed("the answer is not annotated CSV: '<html>login</html>'")],
  [
    '401',
    { status: 401, body: '{"code":"unauthorized","message":"unauthorized access"}' },
    failed('error response 401: unauthorized access'),
  ],
  ['500', { status: 500, body: 'oops' }, failed('error response 500: oops')],
  ['slow', 'hangs', failed('request to http://influx.test:8086 failed: no answer within 15s')],
])('%s', async (_what, answer, expected) => {
  expect(await measure(answer)).toMatchObject(expected);
  expect(server.clock.pending).toBe(0);
});

test('down', async () => {
  expect(await measure({}, { http: server.down })).toMatchObject(
    failed('request to http://influx.test:8086 failed: connection refused'),
  );
});

test('the secret is optional, its keys are not', async () => {
  server.answer = () => csv('double', ['1']);
  expect(await server.measure('x', PROVIDER)).toMatchObject(value(1));
  expect(server.asked[0]?.headers).not.toHaveProperty('authorization');
  expect(await server.measure('x', PROVIDER, { token: 't' })).toMatchObject(
    refused('influxdb', 'the secret has no key org, it must have the keys token and org'),
  );
});

test('the probe asks the bucket default', async () => {
  server.answer = () => csv('double', []);
  expect(await server.probe(PROVIDER, SECRET)).toEqual({ ok: true });
  expect(JSON.parse(server.asked[0]?.body ?? '').query).toBe('from(bucket: "default") |> range(start: -2h)');
  server.answer = () => ({ status: 401, body: '{"message":"unauthorized access"}' });
  expect(await server.probe(PROVIDER, SECRET)).toEqual({
    ok: false,
    message: 'influxdb in metric template errors.monitoring not avaiable: error response 401: unauthorized access',
  });
});
