import type { Api } from './control-plane/api';
import { attachedPlane } from './control-plane/plane';
import { type Prometheus, startPrometheus } from './prometheus';
import { TrafficExporter } from './traffic-exporter';
import { installCrds } from './tutorial-fixture';

/**
 * The instrument before the measurement: traffic along the live routes to real pods, read back from Prometheus with the
 * two built-in queries.
 */
const plane = attachedPlane();
const namespace = 'traffic';
let api: Api;
let exporter: TrafficExporter;
let prometheus: Prometheus;

const deployment = (name: string, tag: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'podinfod', image: `stefanprodan/podinfo:${tag}` }] },
    },
  },
});
const service = (name: string, app: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { selector: { app }, ports: [{ name: 'http', port: 9898 }] },
});
const routes = (primary: number, canary: number, mirror?: object) => ({
  apiVersion: 'networking.istio.io/v1beta1',
  kind: 'VirtualService',
  metadata: { name: 'web', namespace },
  spec: {
    hosts: ['web'],
    gateways: ['public-gateway.istio-system.svc.cluster.local'],
    http: [
      {
        route: [
          { destination: { host: 'web-primary' }, weight: primary },
          { destination: { host: 'web-canary' }, weight: canary },
        ],
        ...mirror,
      },
    ],
  },
});

beforeAll(async () => {
  api = plane.api('serin-traffic-exporter');
  await installCrds(plane);
  await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await plane.apply([
    deployment('web', '3.1.2'),
    deployment('web-primary', '3.1.0'),
    service('web', 'web-primary'),
    service('web-canary', 'web'),
    service('web-primary', 'web-primary'),
    routes(80, 20),
  ]);
  for (const name of ['web', 'web-primary']) {
    await plane.kubectl(['-n', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout=60s']);
  }
  exporter = new TrafficExporter({
    api,
    namespace,
    apex: 'web',
    load: [{ host: 'web', via: 'gateway', perSecond: 100 }],
    behaviours: { '3.1.2': { errorRate: 0.3, latencyMs: 260 } },
  });
  const target = await exporter.start();
  prometheus = await startPrometheus({ assets: plane.assets, scrape: [target] });
});
afterAll(async () => {
  exporter?.stop();
  await prometheus?.stop();
  api.close();
  await plane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

/** What a query gives, once the window is full of the present state. */
async function measured(promql: string): Promise<number> {
  const { result } = await prometheus.query(promql);
  const [first] = result as { value: [number, string] }[];
  return Number(first?.value[1] ?? Number.NaN);
}

const select = (workload: string, more = '') =>
  `reporter="destination",destination_workload_namespace="${namespace}",destination_workload=~"${workload}"${more}`;
const requests = (workload: string, more = '') => `sum(rate(istio_requests_total{${select(workload, more)}}[6s]))`;
const successRate = (workload: string) =>
  `${requests(workload, ',response_code!~"5.*"')} / ${requests(workload)} * 100`;
const p99 = (workload: string) =>
  `histogram_quantile(0.99, sum(rate(istio_request_duration_milliseconds_bucket{${select(workload)}}[6s])) by (le))`;
const share = `100 * ${requests('web')} / (${requests('web')} + ${requests('web-primary')})`;
const settle = () => new Promise((resolve) => setTimeout(resolve, 9000));

test('success rate, duration and share of a canary at weight 20 are what its behaviour says', async () => {
  await settle();
  expect(Math.abs((await measured(successRate('web'))) - 70)).toBeLessThan(2);
  expect(await measured(successRate('web-primary'))).toBe(100);
  // 260 ms is in the bucket from 250 to 500 ms, inside which Prometheus interpolates.
  expect(Math.abs((await measured(p99('web'))) - 497.5)).toBeLessThan(1);
  expect(await measured(p99('web-primary'))).toBeLessThan(25);
  expect(Math.abs((await measured(share)) - 20)).toBeLessThan(2);
});

test('a mirrored canary gets a copy of each request and no user sees its errors', async () => {
  await plane.apply(routes(100, 0, { mirror: { host: 'web-canary' }, mirrorPercentage: { value: 50 } }));
  await settle();
  const failed = exporter.answers[500];
  expect(Math.abs((await measured(requests('web'))) / (await measured(requests('web-primary'))) - 0.5)).toBeLessThan(
    0.05,
  );
  expect(Math.abs((await measured(successRate('web'))) - 70)).toBeLessThan(3);
  expect(exporter.answers[500]).toBe(failed);
});

test('a side without ready pods answers 503, which no sidecar reports', async () => {
  expect(exporter.answers[503]).toBeUndefined();
  await plane.apply(routes(50, 50));
  await plane.kubectl(['-n', namespace, 'scale', 'deployment/web', '--replicas=0']);
  await settle();
  expect(exporter.answers[503]).toBeGreaterThan(0);
  expect(await measured(requests('web'))).toBe(0);
});

test('calls inside the mesh pass the routes by when they list a gateway only', async () => {
  await plane.apply(routes(0, 100));
  await plane.kubectl(['-n', namespace, 'scale', 'deployment/web', '--replicas=1']);
  exporter.load = [{ host: 'web', via: 'mesh', perSecond: 50 }];
  await settle();
  expect(await measured(requests('web'))).toBe(0);
  expect(Math.abs((await measured(requests('web-primary'))) - 50)).toBeLessThan(4);
});
