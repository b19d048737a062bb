import { aWorld, GATEWAY, IMAGES, split, type World } from './fixture';

/** Sends 1,000 requests of users through the gateway and says how many each version answered. */
async function versions({ clock, sandbox }: World) {
  const load = sandbox.ingress({ host: 'app.example.com', perSecond: 100 });
  await clock.advance(10_000);
  load.stop();
  const { byVersion } = sandbox.users.reset();
  return [byVersion[IMAGES.GOOD]?.requests ?? 0, byVersion[IMAGES.NEW]?.requests ?? 0];
}

test.each([
  [100, 0, [1000, 0]],
  [80, 20, [800, 200]],
  [67, 33, [670, 330]],
  [0, 100, [0, 1000]],
])('users follow the weights %i/%i', async (primary, canary, expected) => {
  const world = await aWorld();
  world.route([split(primary, canary)]);
  await world.clock.advance(1000);
  expect(await versions(world)).toEqual(expected);
});

test('a new weight counts after about 0.35 s', async () => {
  const world = await aWorld();
  world.route([split(0, 100)]);
  const ask = async () => {
    const answer = await sendOne(world, 'http://podinfo.test:9898/');
    return JSON.parse(answer.body).version;
  };
  await world.clock.advance(200);
  expect(await ask()).toBe('3.1.0');
  await world.clock.advance(200);
  expect(await ask()).toBe('3.1.1');
});

test('mirrored copies reach the canary and no user', async () => {
  const world = await aWorld();
  world.sandbox.behaviour(IMAGES.NEW, { errorRate: 1 });
  world.route([split(100, 0, { mirror: { host: 'podinfo-canary' }, mirrorPercentage: { value: 50 } })]);
  await world.clock.advance(1000);
  const load = world.sandbox.ingress({ host: 'app.example.com', perSecond: 100 });
  await world.clock.advance(15_000);
  load.stop();
  expect(world.sandbox.users.seen).toMatchObject({ requests: 1500, errors: 0 });
  await world.clock.advance(5000);
  const counted = await world.query('sum(istio_requests_total{destination_workload="podinfo",reporter="destination"})');
  expect(counted).toEqual([{ metric: {}, value: 750 }]);
});

test('without mesh among the gateways, calls inside the mesh go to the plain Service', async () => {
  const world = await aWorld();
  world.route([split(0, 100)], [GATEWAY]);
  await world.clock.advance(1000);
  const inside = world.sandbox.load({ url: 'http://podinfo.test:9898/', qps: 10, durationMs: 10_000 });
  const outside = world.sandbox.ingress({ host: 'app.example.com', perSecond: 10 });
  await world.clock.advance(10_000);
  outside.stop();
  expect(Object.keys(inside.users.seen.byVersion)).toEqual([IMAGES.GOOD]);
  expect(Object.keys(outside.users.seen.byVersion)).toEqual([IMAGES.NEW]);
  expect((await inside.done).statusCodes).toEqual({ 200: 100 });
});

test('header routes for A/B', async () => {
  const world = await aWorld();
  const insiders = { match: [{ headers: { 'x-canary': { exact: 'insider' } } }] };
  world.route([split(0, 100, insiders), { route: [{ destination: { host: 'podinfo-primary' }, weight: 0 }] }]);
  await world.clock.advance(1000);
  const headers = { 'x-canary': 'insider' };
  const insider = world.sandbox.ingress({ host: 'app.example.com', perSecond: 10, headers });
  const other = world.sandbox.ingress({ host: 'app.example.com', perSecond: 10 });
  await world.clock.advance(5000);
  expect(Object.keys(insider.users.seen.byVersion)).toEqual([IMAGES.NEW]);
  expect(Object.keys(other.users.seen.byVersion)).toEqual([IMAGES.GOOD]);
});

test('a Service without ready pods answers 503, which only the caller counts', async () => {
  const world = await aWorld();
  world.sandbox.behaviour(IMAGES.NEW, { neverReady: true });
  await world.clock.advance(2000);
  const load = world.sandbox.load({ url: 'http://podinfo-canary:9898/', qps: 10, namespace: 'test', durationMs: 5000 });
  await world.clock.advance(6000);
  expect(load.users.seen).toMatchObject({ requests: 50, errors: 50, byStatus: { 503: 50 } });
  await world.clock.advance(5000);
  expect(await world.query('sum by (reporter, response_flags) (istio_requests_total)')).toEqual([
    { metric: { reporter: 'source', response_flags: 'UH' }, value: 50 },
  ]);
});

test('routes moved away before the pods go: no user notices', async () => {
  const world = await aWorld();
  world.route([split(50, 50)]);
  await world.clock.advance(1000);
  const load = world.sandbox.ingress({ host: 'app.example.com', perSecond: 100 });
  await world.clock.advance(1900);
  world.route([split(100, 0)]);
  const canary = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'test', name: 'podinfo' };
  world.sandbox.store.modify(canary, (draft) => {
    (draft['spec'] as { replicas: number }).replicas = 0;
  });
  await world.clock.advance(5000);
  expect(load.users.seen.errors).toBe(0);
  world.route([split(50, 50)]);
  await world.clock.advance(5000);
  expect(load.users.seen.errors).toBeGreaterThan(0);
});

test('an unknown host at the gateway is 404', async () => {
  const world = await aWorld();
  const load = world.sandbox.ingress({ host: 'other.example.com', perSecond: 10 });
  await world.clock.advance(2000);
  expect(load.users.seen.byStatus).toEqual({ 404: 20 });
});

test('errors come in their share, and slow answers slow closed loops down', async () => {
  const world = await aWorld();
  world.sandbox.behaviour('stefanprodan/podinfo:*', { errorRate: 0.3 });
  const load = world.sandbox.load({ url: 'http://podinfo.test/', qps: 10, concurrency: 2, durationMs: 50_000 });
  await world.clock.advance(50_000);
  expect(load.users.seen).toMatchObject({ requests: 1000, errors: 300 });
  const slow = world.sandbox.load({ url: 'http://podinfo.test/delay/1', qps: 10, concurrency: 2, durationMs: 60_000 });
  await world.clock.advance(60_000);
  const { requests } = slow.users.seen;
  expect(requests).toBeGreaterThan(110);
  expect(requests).toBeLessThan(150);
  expect((await slow.done).latencyMs?.p50).toBeGreaterThan(1000);
});

test('a load of a number of requests ends by itself; stopping early settles it', async () => {
  const world = await aWorld();
  const counted = world.sandbox.load({ url: 'http://podinfo.test/', qps: 7, requests: 20 });
  const stopped = new AbortController();
  const summary = world.sandbox.generateLoad({ url: 'http://podinfo.test/', qps: 1 }, stopped.signal);
  await world.clock.advance(3000);
  stopped.abort();
  expect((await counted.done).statusCodes).toEqual({ 200: 20 });
  expect(await summary).toMatchObject({ statusCodes: { 200: 3 }, durationMs: 3000 });
});

async function sendOne({ clock, sandbox }: World, url: string, options: { timeoutMs?: number } = {}) {
  let outcome: { status: number; body: string } | { code: string } | undefined;
  const answered = async () => {
    const response = await sandbox.http({ method: 'GET', url, ...options });
    outcome = { status: response.status, body: await response.text() };
  };
  answered().catch((error) => {
    outcome = { code: error.code };
  });
  await clock.advance(0);
  if (!outcome) await clock.runUntil(() => outcome !== undefined, { limitMs: 10_000 });
  return outcome as { status: number; body: string; code: string };
}

test('single requests to Services by full and short name', async () => {
  const world = await aWorld();
  expect((await sendOne(world, 'http://podinfo-canary:9898/token')).body).toContain('token');
  expect((await sendOne(world, 'http://podinfo-canary.test.svc.cluster.local:9898/status/500')).status).toBe(500);
  const before = world.clock.now();
  expect((await sendOne(world, 'http://podinfo-canary.test/delay/2')).status).toBe(200);
  expect(world.clock.now() - before).toBeGreaterThan(2000);
  expect((await sendOne(world, 'http://podinfo-canary.test/delay/2', { timeoutMs: 500 })).code).toBe('ETIMEDOUT');
  expect((await sendOne(world, 'http://nowhere.test/')).code).toBe('ENOTFOUND');
});

test('the network reaches the API server, Prometheus and hosts of one’s own', async () => {
  const world = await aWorld();
  const reply = { status: 202, headers: {}, text: async () => 'mine', async *lines() {} };
  world.sandbox.host('flagger-loadtester.test', async () => reply);
  expect((await sendOne(world, 'http://flagger-loadtester.test/')).body).toBe('mine');
  expect((await sendOne(world, 'http://prometheus.istio-system:9090/-/ready')).status).toBe(200);
  const version = await sendOne(world, 'https://sandbox.local/api/v1/namespaces/test/pods');
  expect(JSON.parse(version.body).items).toHaveLength(4);
});
