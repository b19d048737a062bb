import { aWorld, IMAGES, split, type World } from './fixture';

const SELECTOR = 'reporter="destination",destination_workload_namespace="test",destination_workload=~"podinfo"';
const SUCCESS_RATE = `sum(rate(istio_requests_total{${SELECTOR},response_code!~"5.*"}[1m])) / sum(rate(istio_requests_total{${SELECTOR}}[1m])) * 100`;
const P99 = `histogram_quantile(0.99, sum(rate(istio_request_duration_milliseconds_bucket{${SELECTOR}}[1m])) by (le))`;

async function value(world: World, promql: string): Promise<number | undefined> {
  const [first] = await world.query(promql);
  return first?.value;
}

async function canaryUnderLoad(options: Parameters<typeof aWorld>[0] = {}): Promise<World> {
  const world = await aWorld(options);
  world.route([split(50, 50)]);
  world.sandbox.ingress({ host: 'app.example.com', perSecond: 20 });
  return world;
}

test('a healthy canary: all succeed, p99 inside its bucket', async () => {
  const world = await canaryUnderLoad();
  await world.clock.advance(60_000);
  expect(await value(world, SUCCESS_RATE)).toBe(100);
  expect(await value(world, P99)).toBeGreaterThan(25);
  expect(await value(world, P99)).toBeLessThanOrEqual(50);
  expect(await value(world, `sum(rate(istio_requests_total{${SELECTOR}}[1m]))`)).toBeCloseTo(10, 0);
});

test('the error rate of a version shows in its success rate only', async () => {
  const world = await canaryUnderLoad();
  world.sandbox.behaviour(IMAGES.NEW, { errorRate: 0.3 });
  await world.clock.advance(90_000);
  expect(await value(world, SUCCESS_RATE)).toBeCloseTo(70, 0);
  expect(await value(world, SUCCESS_RATE.replaceAll('"podinfo"', '"podinfo-primary"'))).toBe(100);
});

test('latency is read inside a bucket: 260 ms everywhere reads nearly 500', async () => {
  const world = await canaryUnderLoad();
  world.sandbox.behaviour(IMAGES.NEW, { latencyMs: { baseMs: 260, spreadMs: 0 } });
  await world.clock.advance(120_000);
  expect(await value(world, P99)).toBeGreaterThan(490);
  expect(await value(world, P99)).toBeLessThanOrEqual(500);
});

test('the counter of a status begins with its first use, so rate() misses the first one', async () => {
  const world = await canaryUnderLoad();
  await world.clock.advance(60_000);
  world.sandbox.load({ url: 'http://podinfo-canary.test/status/500', requests: 1, qps: 1 });
  await world.clock.advance(10_000);
  expect(await value(world, `sum(istio_requests_total{${SELECTOR},response_code="500"})`)).toBe(1);
  expect(await value(world, SUCCESS_RATE)).toBe(100);
});

test('errors and delays by hand on the canary host', async () => {
  const world = await canaryUnderLoad();
  await world.clock.advance(60_000);
  world.sandbox.load({ url: 'http://podinfo-canary:9898/status/500', qps: 5 });
  world.sandbox.load({ url: 'http://podinfo-canary:9898/delay/1', qps: 5, concurrency: 4, namespace: 'test' });
  await world.clock.advance(120_000);
  const rate = (await value(world, SUCCESS_RATE))!;
  expect(rate).toBeGreaterThan(60);
  expect(rate).toBeLessThan(85);
  expect(await value(world, P99)).toBeGreaterThan(1000);
});

test('without traffic there are no values', async () => {
  const world = await aWorld();
  await world.clock.advance(60_000);
  expect(await world.query(SUCCESS_RATE)).toEqual([]);
  expect(await world.query('vector(1)')).toEqual([{ metric: {}, value: 1 }]);
});

test('the app’s own series, as the kubernetes provider asks for them', async () => {
  const world = await canaryUnderLoad();
  world.sandbox.behaviour(IMAGES.NEW, { errorRate: 0.1 });
  await world.clock.advance(90_000);
  const pods = 'kubernetes_namespace="test",kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"';
  const all = `sum(rate(http_request_duration_seconds_count{${pods}}[1m]))`;
  const good = all.replace('}[1m]', ',status!~"5.*"}[1m]');
  expect(await value(world, `${good} / ${all} * 100`)).toBeCloseTo(90, 0);
  const p99 = `histogram_quantile(0.99, sum(rate(http_request_duration_seconds_bucket{${pods}}[1m])) by (le))`;
  expect(await value(world, p99)).toBeGreaterThan(0.025);
});

test('both ends of a request have Istio’s labels', async () => {
  const world = await canaryUnderLoad();
  await world.clock.advance(10_000);
  const [source] = await world.query('istio_requests_total{reporter="source",destination_workload="podinfo"}');
  expect(source?.metric).toMatchObject({
    source_workload: 'istio-ingressgateway',
    destination_service: 'podinfo-canary.test.svc.cluster.local',
    destination_service_name: 'podinfo-canary',
    destination_service_namespace: 'test',
    destination_app: 'podinfo',
    request_protocol: 'http',
    response_code: '200',
    response_flags: '-',
  });
  const [destination] = await world.query(
    'istio_requests_total{reporter="destination",destination_workload="podinfo"}',
  );
  expect(destination?.metric).toMatchObject({ namespace: 'test', connection_security_policy: 'none' });
});

test('equal seeds give equal runs, other seeds others', async () => {
  const run = async (seed: number) => {
    const world = await canaryUnderLoad({ seed });
    world.sandbox.behaviour(IMAGES.NEW, { errorRate: 0.17 });
    await world.clock.advance(60_000);
    return world.query('{__name__=~"istio_.+"}');
  };
  const first = await run(7);
  expect(first.length).toBeGreaterThan(50);
  expect(await run(7)).toEqual(first);
  expect(await run(8)).not.toEqual(first);
});

test('an autoscaler follows the load of the mesh', async () => {
  const world = await aWorld();
  world.sandbox.behaviour(IMAGES.GOOD, { capacityPerSecond: 20 });
  world.sandbox.store.create({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'podinfo-primary', namespace: 'test' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo-primary' },
      minReplicas: 2,
      maxReplicas: 6,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 100 } } },
      ],
    },
  });
  world.sandbox.ingress({ host: 'app.example.com', perSecond: 80 });
  await world.clock.advance(120_000);
  const deployment = world.sandbox.store.get({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'test',
    name: 'podinfo-primary',
  });
  expect(deployment!['spec']).toMatchObject({ replicas: 4 });
});

test('stop leaves no timer, and load before start is refused', async () => {
  const world = await canaryUnderLoad();
  world.sandbox.load({ url: 'http://podinfo.test/', qps: 1 });
  await world.clock.advance(3000);
  world.sandbox.stop();
  expect(world.clock.pending()).toBe(0);
  expect(() => world.sandbox.load({ url: 'http://podinfo.test/' })).toThrow('not started');
});
