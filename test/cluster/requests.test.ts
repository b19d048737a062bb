import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AuditRecord, countsOf, type Request } from '../../bench/scale/audit-record';
import { identity } from '../../bench/scale/bench-plane';
import { CanaryWatch } from '../../bench/scale/canary-watch';
import { keyOf, namespaceOf } from '../../bench/scale/fleet';
import { populate, shipAll } from '../../bench/scale/population';
import { prometheusStandIn } from '../../bench/scale/prometheus-stand-in';
import { canaryOf, isStanding } from '../../bench/scale/ticks';
import type { Api } from './control-plane/api';
import { attachedPlane } from './control-plane/plane';
import { freePort, SerinProcess } from './serin-process';
import { installCrds } from './tutorial-fixture';

/** The bench of CI: what a tick asks of the API server, which no noise changes. `npm run bench` measures the rest. */
const plane = attachedPlane();
const CANARIES = 50;
const INTERVAL_SECONDS = 2;
const STEPS = 5;
const numbers = Array.from({ length: CANARIES }, (_, index) => index);
const keys = numbers.map(keyOf);
const audit = new AuditRecord(plane.auditLog);
const watch = new CanaryWatch(plane);
let api: Api;
let prometheus: Server;
let controller: SerinProcess;
let user: string;

beforeAll(async () => {
  api = plane.api('serin-requests');
  await installCrds(plane);
  await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench-controllers' } });
  prometheus = prometheusStandIn().listen(0, '127.0.0.1');
  await once(prometheus, 'listening');
  const { port } = prometheus.address() as AddressInfo;
  const own = await identity(plane, 'requests');
  user = own.user;
  await watch.start();
  await populate(api, 0, CANARIES, { intervalSeconds: INTERVAL_SECONDS, steps: STEPS });
  controller = new SerinProcess([
    'controller',
    `--kubeconfig=${own.kubeconfigPath}`,
    `--metrics-server=http://127.0.0.1:${port}`,
    `--port=${await freePort()}`,
    '--min-interval=1s',
    '--log-level=warn',
  ]);
  controller.start();
});

afterAll(async () => {
  await controller?.end();
  watch.close();
  prometheus?.close();
  for (const name of [namespaceOf(0), 'bench-controllers']) {
    await plane.tryKubectl(['delete', 'namespace', name, '--wait=false']);
  }
  api.close();
});

/** Of Serin, about our Canaries. */
const requests = () =>
  audit.next().filter((one) => one.user === user && !isStanding(one) && one.object.startsWith(`${namespaceOf(0)}/`));

test('idle Canaries ask nothing', async () => {
  expect(await watch.all(keys, ({ phase }) => phase === 'Initialized', 90_000)).toBe(true);
  // What belongs to the end of the initialisation.
  await sleep(3_000);
  audit.skip();
  await sleep(4 * INTERVAL_SECONDS * 1000);
  expect(countsOf(requests())).toEqual({});
});

test('a step is one write of the routes, one of the status and an event, and reads nothing', async () => {
  await shipAll(api, numbers, 2, INTERVAL_SECONDS * 1000);
  expect(await watch.all(keys, ({ succeededMs }) => succeededMs !== undefined, 90_000)).toBe(true);
  const all = requests();
  const steps = keys.flatMap((key) => stepsOf(all.filter((one) => canaryOf(one) === key)));
  expect(steps).toHaveLength(CANARIES * (STEPS - 1));
  for (const step of steps) {
    const { 'create events': events = 0, ...others } = countsOf(step);
    expect(others).toEqual({ 'update virtualservices': 1, 'patch canaries/status': 1 });
    // Told after the tick: on a busy machine that of the step before may come as late as this.
    expect(events).toBeLessThanOrEqual(2);
  }
});

/** From one write of the routes to the next, by order and not by time, which a busy machine stretches. */
function stepsOf(ofOne: Request[]): Request[][] {
  const sorted = ofOne.sort((a, b) => a.atMs - b.atMs);
  const starts = sorted.flatMap(({ resource }, index) => (resource === 'virtualservices' ? [index] : []));
  return starts.slice(0, STEPS - 1).map((start, step) => sorted.slice(start, starts[step + 1]));
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
