import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nameOf, namespaceOf } from '../../bench/scale/fleet';
import { prometheusStandIn } from '../../bench/scale/prometheus-stand-in';
import { decodeGroupedAnswer, decodeQueryAnswer } from '../../controller/analysis/prometheus-result';
import { builtinQuery } from '../../controller/analysis/queries';

let server: Server;
let url: string;

beforeAll(async () => {
  server = prometheusStandIn().listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const ask = async (query: string) =>
  (await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) })).text();
const counts = async () => (await fetch(`${url}/counts`)).json();

const question = (index: number, metric: string) => {
  const [name, namespace] = [nameOf(index), namespaceOf(index)];
  const rest = { service: name, ingress: name, route: name, interval: '1m', variables: {} };
  return builtinQuery(metric, 'istio', { name, namespace, target: name, ...rest })!;
};

test('answers the built-in queries of one workload, and counts them', async () => {
  await counts();
  expect(decodeQueryAnswer(await ask(question(7, 'request-success-rate').query))).toBe(99.9);
  expect(decodeQueryAnswer(await ask(question(7, 'request-duration').query))).toBe(42);
  expect(decodeQueryAnswer(await ask('vector(1)'))).toBe(1);
  expect(await counts()).toEqual({
    'request-success-rate': { queries: 1, workloads: 1 },
    'request-duration': { queries: 1, workloads: 1 },
    probe: { queries: 1, workloads: 1 },
  });
  expect(await counts()).toEqual({});
});

test('answers a shared query with a series for each workload, in its own namespace', async () => {
  const { grouped } = question(7, 'request-success-rate');
  const workloads = [7, 250].map((index) => ({ namespace: namespaceOf(index), name: nameOf(index) }));
  const answers = decodeGroupedAnswer(await ask(grouped!.of(workloads)), grouped!.labels);
  expect([...answers]).toEqual([
    ['bench-0/app-0-7', 99.9],
    ['bench-2/app-2-50', 99.9],
  ]);
  expect(await counts()).toEqual({ 'request-success-rate, shared': { queries: 1, workloads: 2 } });
});
