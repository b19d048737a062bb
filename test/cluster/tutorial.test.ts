/**
 * The whole tutorial on a real control plane: the controller is a process from its bundle, pods are kwok's, traffic
 * follows the live VirtualService, and the verdicts come from a real Prometheus.
 */
import { attachedPlane } from './control-plane/plane';
import { type Prometheus, startPrometheus } from './prometheus';
import { freePort, SerinProcess } from './serin-process';
import { TrafficExporter } from './traffic-exporter';
import {
  applyPodinfo,
  eventsOf,
  installCrds,
  mirroredCanary,
  prepareNamespace,
  read,
  setImage,
  tutorialCanary,
  waitForPhase,
} from './tutorial-fixture';

const plane = attachedPlane();
const namespace = 'tutorial';
const INTERVAL_MS = 3000;
let exporter: TrafficExporter;
let prometheus: Prometheus;
let controller: SerinProcess;
let loadtester: SerinProcess;
let port: number;
let loadtesterUrl: string;

jest.setTimeout(180_000);

const webhooks = () => [
  {
    name: 'acceptance-test',
    type: 'pre-rollout',
    url: loadtesterUrl,
    timeout: '30s',
    metadata: { type: 'bash', cmd: `curl -s http://127.0.0.1:${port}/healthz | grep OK` },
  },
  {
    name: 'load-test',
    url: loadtesterUrl,
    timeout: '5s',
    metadata: { cmd: `hey -z 10s -q 5 -c 1 http://127.0.0.1:${port}/healthz` },
  },
];

const canary = (make: typeof tutorialCanary, analysis: Record<string, unknown> = {}) =>
  make({
    namespace,
    loadtesterUrl,
    metricsServer: prometheus.url,
    interval: `${INTERVAL_MS / 1000}s`,
    metricInterval: '10s',
    analysis: { ...analysis, webhooks: webhooks() },
  } as never);

beforeAll(async () => {
  await installCrds(plane);
  await prepareNamespace(plane, namespace);
  await applyPodinfo(plane, namespace);
  exporter = new TrafficExporter({
    api: plane.api('serin-traffic-exporter'),
    namespace,
    apex: 'podinfo',
    load: [{ host: 'app.example.com', via: 'gateway', perSecond: 100 }],
    behaviours: { '3.1.2': { errorRate: 0.4 } },
  });
  prometheus = await startPrometheus({ assets: plane.assets, scrape: [await exporter.start()] });
  const loadtesterPort = await freePort();
  loadtesterUrl = `http://127.0.0.1:${loadtesterPort}/`;
  loadtester = new SerinProcess(['loadtester', `-port=${loadtesterPort}`]);
  loadtester.start();
  await loadtester.ready(`${loadtesterUrl}healthz`);
  port = await freePort();
  controller = new SerinProcess([
    'controller',
    `--kubeconfig=${plane.kubeconfigPath}`,
    '--mesh-provider=istio',
    '--min-interval=1s',
    '--log-level=info',
    `--port=${port}`,
  ]);
  await startController();
  await plane.apply(canary(tutorialCanary));
  await waitForPhase(plane, namespace, ['Initialized'], 60_000);
});

afterAll(async () => {
  await controller?.end();
  await loadtester?.end();
  await exporter?.stop();
  await prometheus?.stop();
  await plane.tryKubectl(['delete', 'namespace', namespace, '--wait=false']);
});

async function startController(): Promise<void> {
  controller.start();
  await controller.ready(`http://127.0.0.1:${port}/readyz`);
}

const isWait = (message: string) => message.includes('waiting for rollout to finish');

/** Texts since the last call. A repeat is told by its count. */
const counted = new Map<string, number>();
async function news(): Promise<string[]> {
  await sleep(700);
  const events = await eventsOf(plane, namespace);
  return events.flatMap(({ type, message, count }) => {
    const key = `${type} ${message}`;
    const before = counted.get(key) ?? 0;
    counted.set(key, Math.max(before, count));
    return isWait(message) || count <= before ? [] : [`${type[0]} ${message}`];
  });
}

/** Events of runs that came before are other Events with the same text: forget the counts. */
async function newRun(): Promise<void> {
  await plane.kubectl(['-n', namespace, 'delete', 'events', '--all']);
  counted.clear();
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const weights = async () =>
  (await read(plane, namespace, 'virtualservice', 'podinfo')).spec.http[0].route.map(
    (r: { weight: number }) => r.weight,
  );
const imageOf = async (name: string) =>
  (await read(plane, namespace, 'deployment', name)).spec.template.spec.containers[0].image;

test('bootstrap makes the objects of the tutorial', async () => {
  const names = await plane.kubectl([
    ...['-n', namespace, 'get', 'deployment,hpa,service,destinationrule,virtualservice', '-o', 'name'],
  ]);
  expect(
    names
      .split('\n')
      .filter((name) => name.includes('podinfo'))
      .sort(),
  ).toEqual([
    'deployment.apps/podinfo',
    'deployment.apps/podinfo-primary',
    'destinationrule.networking.istio.io/podinfo-canary',
    'destinationrule.networking.istio.io/podinfo-primary',
    'horizontalpodautoscaler.autoscaling/podinfo',
    'horizontalpodautoscaler.autoscaling/podinfo-primary',
    'service/podinfo',
    'service/podinfo-canary',
    'service/podinfo-primary',
    'virtualservice.networking.istio.io/podinfo',
  ]);
  const table = await plane.kubectl(['-n', namespace, 'get', 'canaries']);
  expect(table.split('\n')[0]?.trim().split(/\s+/)).toEqual(['NAME', 'STATUS', 'WEIGHT', 'LASTTRANSITIONTIME']);
  await plane.kubectl(['-n', namespace, 'wait', '--for=condition=promoted', 'canary/podinfo', '--timeout=10s']);
  expect((await news()).slice(-1)).toEqual(['N Initialization done! podinfo.tutorial']);
});

test('an idle Canary costs no API requests', async () => {
  await sleep(4000);
  const mark = plane.auditMark();
  await sleep(10_000);
  const made = plane.auditLines(mark).filter((line) => line.userAgent?.startsWith('serin/') && line.verb !== 'watch');
  expect(made.map((line) => `${line.verb} ${line.requestURI}`)).toEqual([]);
});

test('golden: automated promotion', async () => {
  await newRun();
  const unanswered = exporter.answers[503] ?? 0;
  await setImage(plane, namespace, '3.1.1');
  await waitForPhase(plane, namespace, ['Progressing'], 20_000);
  await waitForPhase(plane, namespace, ['Succeeded'], 90_000);
  expect(await news()).toEqual([
    'N New revision detected! Scaling up podinfo.tutorial',
    'N Starting canary analysis for podinfo.tutorial',
    'N Pre-rollout check acceptance-test passed',
    'N Advance podinfo.tutorial canary weight 10',
    'N Advance podinfo.tutorial canary weight 20',
    'N Advance podinfo.tutorial canary weight 30',
    'N Advance podinfo.tutorial canary weight 40',
    'N Advance podinfo.tutorial canary weight 50',
    'N Copying podinfo.tutorial template spec to podinfo-primary.tutorial',
    'N Routing all traffic to primary',
    'N Promotion completed! Scaling down podinfo.tutorial',
  ]);
  expect(await imageOf('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.1');
  expect(await weights()).toEqual([100, 0]);
  expect((await read(plane, namespace, 'deployment', 'podinfo')).spec.replicas).toBe(0);
  expect(exporter.answers[503] ?? 0).toBe(unanswered);
});

test('golden: automated rollback on the numbers of Prometheus', async () => {
  await newRun();
  await setImage(plane, namespace, '3.1.2');
  await waitForPhase(plane, namespace, ['Progressing'], 20_000);
  await waitForPhase(plane, namespace, ['Failed'], 90_000);
  const said = await news();
  const halts = said.filter((text) =>
    /^W Halt podinfo\.tutorial advancement success rate \d+\.\d\d% < 99%$/.test(text),
  );
  expect(halts.length).toBeGreaterThan(0);
  expect(said.slice(0, 4)).toEqual([
    'N New revision detected! Scaling up podinfo.tutorial',
    'N Starting canary analysis for podinfo.tutorial',
    'N Pre-rollout check acceptance-test passed',
    'N Advance podinfo.tutorial canary weight 10',
  ]);
  expect(said.slice(-2)).toEqual([
    'W Rolling back podinfo.tutorial failed checks threshold reached 5',
    'W Canary failed! Scaling down podinfo.tutorial',
  ]);
  await sleep(2000);
  expect(await imageOf('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.1');
  expect(await weights()).toEqual([100, 0]);
  expect((await read(plane, namespace, 'deployment', 'podinfo')).spec.replicas).toBe(0);
});

test('golden: traffic mirroring', async () => {
  // The query names the workload, not its revision: errors of the failed one may still be in its window.
  const failures = 'sum(increase(istio_requests_total{destination_workload="podinfo",response_code="500"}[12s]))';
  await waitUntil(async () => /"0"\]/.test(JSON.stringify((await prometheus.query(failures)).result)));
  await newRun();
  const mirrored = canary(mirroredCanary as never);
  mirrored.spec.analysis.webhooks = webhooks();
  await plane.apply(mirrored);
  await setImage(plane, namespace, '3.1.3');
  await waitForPhase(plane, namespace, ['Progressing'], 20_000);
  await waitForPhase(plane, namespace, ['Succeeded'], 90_000);
  expect(await news()).toEqual([
    'N New revision detected! Scaling up podinfo.tutorial',
    'N Starting canary analysis for podinfo.tutorial',
    'N Pre-rollout check acceptance-test passed',
    ...Array.from({ length: 10 }, (_, i) => `N Advance podinfo.tutorial canary iteration ${i + 1}/10`),
    'N Stop traffic mirroring and route all traffic to canary',
    'N Copying podinfo.tutorial template spec to podinfo-primary.tutorial',
    'N Routing all traffic to primary',
    'N Promotion completed! Scaling down podinfo.tutorial',
  ]);
});

test('a run of 10 steps takes at most 1.15 times its 10 intervals, and a step three writes', async () => {
  await plane.apply(
    canary(tutorialCanary, { stepWeight: 10, maxWeight: 90, iterations: null, mirror: null, mirrorWeight: null }),
  );
  await sleep(1000);
  await newRun();
  const mark = plane.auditMark();
  const started = performance.now();
  await setImage(plane, namespace, '3.1.4');
  await waitForPhase(plane, namespace, ['Progressing'], 20_000);
  await waitForPhase(plane, namespace, ['Succeeded'], 90_000);
  const tookMs = performance.now() - started;
  const own = plane.auditLines(mark).filter((line) => line.userAgent?.startsWith('serin/') && line.verb !== 'watch');
  const steps = own.filter((line) => line.requestURI.includes('/virtualservices/'));
  // 9 weights and the way back.
  expect(steps).toHaveLength(10);
  expect(own.filter((line) => ['get', 'list'].includes(line.verb))).toEqual([]);
  console.log(`10 steps: ${(tookMs / (10 * INTERVAL_MS)).toFixed(2)} times the intervals, ${own.length} writes in all`);
  expect(tookMs).toBeLessThanOrEqual(1.15 * 10 * INTERVAL_MS);
});

test('golden: a revision change half-way', async () => {
  await newRun();
  await setImage(plane, namespace, '3.1.5');
  await waitUntil(async () => (await weights())[1] === 20);
  await setImage(plane, namespace, '3.1.6');
  await waitUntil(async () => (await weights())[1] === 0);
  await waitForPhase(plane, namespace, ['Succeeded'], 90_000);
  const said = await news();
  expect(said.slice(0, 6)).toEqual([
    'N New revision detected! Scaling up podinfo.tutorial',
    'N Starting canary analysis for podinfo.tutorial',
    'N Pre-rollout check acceptance-test passed',
    'N Advance podinfo.tutorial canary weight 10',
    'N Advance podinfo.tutorial canary weight 20',
    'N New revision detected! Restarting analysis for podinfo.tutorial',
  ]);
  expect(said.at(-1)).toBe('N Promotion completed! Scaling down podinfo.tutorial');
  expect(await imageOf('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.6');
});

test('killed with SIGKILL in the middle of a run and started again: the same outcome', async () => {
  await newRun();
  await setImage(plane, namespace, '3.1.7');
  for (const weight of [10, 30, 50, 80]) {
    await waitUntil(async () => (await weights())[1] >= weight);
    await controller.end('SIGKILL');
    await startController();
  }
  await waitForPhase(plane, namespace, ['Succeeded'], 90_000);
  await waitUntil(async () =>
    (await eventsOf(plane, namespace)).some(({ message }) => message.startsWith('Promotion completed!')),
  );
  expect(await imageOf('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.7');
  expect(await weights()).toEqual([100, 0]);
});

test('an API server that restarts in the middle of a run', async () => {
  await newRun();
  await setImage(plane, namespace, '3.1.8');
  await waitUntil(async () => (await weights())[1] >= 20);
  await plane.restartApiServer(3000);
  await waitForPhase(plane, namespace, ['Succeeded'], 90_000);
  expect(await imageOf('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.8');
});

test('a ConfigMap that the target mounts starts a release', async () => {
  await plane.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'colors', namespace },
    data: { color: 'red' },
  });
  await plane.kubectl([...['-n', namespace, 'set', 'env', 'deployment/podinfo', '--from=configmap/colors']]);
  await waitForPhase(plane, namespace, ['Progressing'], 20_000);
  await waitForPhase(plane, namespace, ['Succeeded'], 90_000);
  expect((await read(plane, namespace, 'configmap', 'colors-primary')).data).toEqual({ color: 'red' });
  await plane.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'colors', namespace },
    data: { color: 'blue' },
  });
  await waitForPhase(plane, namespace, ['Progressing'], 20_000);
  await waitForPhase(plane, namespace, ['Succeeded'], 90_000);
  expect((await read(plane, namespace, 'configmap', 'colors-primary')).data).toEqual({ color: 'blue' });
});

test('the metrics and the health of the process', async () => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const series = text.split('\n').filter((line) => line.startsWith('flagger_canary_'));
  expect(series).toEqual(
    expect.arrayContaining([
      'flagger_canary_status{name="podinfo",namespace="tutorial"} 1',
      'flagger_canary_weight{workload="podinfo-primary",namespace="tutorial"} 100',
      'flagger_canary_metric_analysis{name="podinfo",namespace="tutorial",metric="request-success-rate"} 100',
    ]),
  );
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});

test('revertOnDeletion gives the application back, and SIGTERM ends the process cleanly', async () => {
  await plane.kubectl([
    '-n',
    namespace,
    'patch',
    'canary',
    'podinfo',
    '--type=merge',
    '-p',
    '{"spec":{"revertOnDeletion":true}}',
  ]);
  await waitUntil(async () => (await read(plane, namespace, 'canary', 'podinfo')).metadata.finalizers?.length === 1);
  // As many pods as the primary has, which was scaled for the traffic that it took back.
  const { replicas } = (await read(plane, namespace, 'deployment', 'podinfo-primary')).spec;
  await plane.kubectl(['-n', namespace, 'delete', 'canary', 'podinfo', '--timeout=60s']);
  expect((await read(plane, namespace, 'deployment', 'podinfo')).spec.replicas).toBe(replicas);
  await waitUntil(
    async () => (await plane.tryKubectl(['-n', namespace, 'get', 'deployment', 'podinfo-primary'])).code !== 0,
  );
  expect(await controller.end('SIGTERM')).toBe(0);
});

async function waitUntil(predicate: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await predicate().catch(() => false))) {
    if (performance.now() > end)
      throw new Error(`not in ${timeoutMs} ms: ${predicate}\n${controller.lines.slice(-15).join('\n')}`);
    await sleep(150);
  }
}
