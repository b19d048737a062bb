import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Bootstrap, Canary, ControllerGuard } from '../../constructs';
import { synthesise } from '../examples/synthesise';
import { attachedPlane } from './control-plane/plane';
import { type AnyObject, installCrds, prepareNamespace, read, weightsOf } from './tutorial-fixture';

/** What the constructs synthesise, on a real API server: applied, applied again, and guarded. */

const plane = attachedPlane();
const namespace = 'constructs';
const SERIN = ['--as=system:serviceaccount:istio-system:serin', '--as-group=system:masters'];

/** The release of one version: what is applied each time, what is applied once, and the guard. */
function release(image: string): Record<'ordinary' | 'once' | 'guard', AnyObject[]> {
  const app = new App();
  const chart = new Chart(app, 'podinfo', { namespace });
  const target = new kplus.Deployment(chart, 'podinfo', {
    metadata: { name: 'podinfo' },
    podMetadata: { labels: { app: 'podinfo' } },
    select: false,
    containers: [
      { name: 'podinfod', image, resources: { cpu: { request: kplus.Cpu.millis(10), limit: kplus.Cpu.units(1) } } },
    ],
  });
  target.select(kplus.LabelSelector.of({ labels: { app: 'podinfo' } }));
  const autoscaler = new kplus.HorizontalPodAutoscaler(chart, 'autoscaler', {
    metadata: { name: 'podinfo' },
    target,
    minReplicas: 2,
    maxReplicas: 4,
    metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(99))],
  });
  const canary = new Canary(chart, 'canary', {
    target,
    autoscaler,
    bootstrap: Bootstrap.SYNTH,
    service: { port: 9898 },
    // No controller is there to wait for, and one that another suite leaves behind keeps away.
    suspend: true,
    analysis: { interval: Duration.minutes(1), threshold: 5, stepWeight: 10 },
  });
  const guard = new Chart(app, 'guard');
  new ControllerGuard(guard, 'guard');
  return { ordinary: chart.toJson(), once: (canary.bootstrapChart as Chart).toJson(), guard: guard.toJson() };
}

const first = release('stefanprodan/podinfo:3.1.0');
const second = release('stefanprodan/podinfo:3.1.1');

const shift = (primary: number) =>
  JSON.stringify([
    { op: 'replace', path: '/spec/http/0/route/0/weight', value: primary },
    { op: 'replace', path: '/spec/http/0/route/1/weight', value: 100 - primary },
  ]);
const patchRoutes = (primary: number, ...args: string[]) =>
  plane.tryKubectl([
    '-n',
    namespace,
    'patch',
    'virtualservice',
    'podinfo',
    '--type=json',
    '-p',
    shift(primary),
    ...args,
  ]);
const imageOf = async (name: string) =>
  (await read(plane, namespace, 'deployment', name)).spec.template.spec.containers[0].image;
const tryApply = (objects: AnyObject[], ...args: string[]) =>
  plane.tryKubectl(['apply', '-f', '-', ...args], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  });

beforeAll(async () => {
  await installCrds(plane);
  await prepareNamespace(plane, namespace);
  await plane.apply(first.guard);
  await plane.apply([...first.once, ...first.ordinary]);
  await guardIsUp();
});

afterAll(async () => {
  await plane.tryKubectl([
    'delete',
    'validatingadmissionpolicybinding,validatingadmissionpolicy',
    'serin-controller-guard',
  ]);
  await plane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

/** The API server learns of a policy from a watch of its own. */
async function guardIsUp(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { stderr } = await patchRoutes(50, '--dry-run=server');
    if (stderr.includes('serin-controller-guard')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the guard refuses nothing after 10 s');
}

test.each(['podinfo/main.ts', 'podinfo/canary-mirror.ts', 'podinfo-synth/main.ts'])(
  'examples/%s applies',
  async (example) => {
    const objects = Object.values(synthesise(example)).flatMap((manifest) => Object.values(manifest));
    for (const object of objects) if (object.metadata.namespace === 'test') object.metadata.namespace = namespace;
    const made = objects.filter(({ kind }) => kind !== 'Namespace' && !kind.startsWith('ValidatingAdmissionPolicy'));
    // Of the fully synthesised example, what is guarded here already would rightly be refused.
    const news = made.filter(({ metadata }) => metadata.annotations?.['serin.dev/canary'] === undefined);
    expect(news.length).toBeGreaterThan(0);
    expect(await tryApply(news, '--dry-run=server')).toMatchObject({ code: 0, stderr: '' });
  },
);

test('the API server finds nothing wrong with the types of the expressions', async () => {
  await plane.kubectl([
    ...['wait', '--for=jsonpath={.status.observedGeneration}=1', '--timeout=30s'],
    ...['validatingadmissionpolicy', 'serin-controller-guard'],
  ]);
  const { status } = JSON.parse(
    await plane.kubectl(['get', 'validatingadmissionpolicy', 'serin-controller-guard', '-o', 'json']),
  );
  expect(status.typeChecking).toEqual({});
});

test("the primary becomes ready and is scaled by Kubernetes' own controllers behind the guard", async () => {
  const wait = (what: string) =>
    plane.kubectl(['-n', namespace, 'wait', `--for=${what}`, 'deployment/podinfo-primary', '--timeout=60s']);
  await wait('jsonpath={.spec.replicas}=2');
  await wait('condition=Available');
});

test('everything can be applied again while nothing has moved', async () => {
  const result = await tryApply([...first.guard, ...first.once, ...first.ordinary]);
  expect(result).toMatchObject({ code: 0, stderr: '' });
});

test('the controller moves the weights, an administrator cannot', async () => {
  expect(await patchRoutes(70, ...SERIN)).toMatchObject({ code: 0 });
  const { code, stderr } = await patchRoutes(0);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `VirtualService ${namespace}/podinfo belongs to Canary podinfo, and only Serin changes it, after an analysis. ` +
      'To release a new version, change the target of the Canary and apply it without the bootstrap manifest',
  );
  expect(await weightsOf(plane, namespace)).toMatchObject({ primary: 70, canary: 30 });
});

test('a new version that is applied without the bootstrap manifest leaves primary and weights alone', async () => {
  expect(await tryApply(second.ordinary)).toMatchObject({ code: 0 });
  expect(await imageOf('podinfo')).toBe('stefanprodan/podinfo:3.1.1');
  expect(await imageOf('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.0');
  expect(await weightsOf(plane, namespace)).toMatchObject({ primary: 70, canary: 30 });
});

test.each([
  ['kubectl apply', []],
  ['server-side apply by force', ['--server-side', '--force-conflicts']],
])('%s of everything is refused where it would move something, and only there', async (_name, args) => {
  const { code, stderr } = await tryApply([...second.ordinary, ...second.once], ...args);
  expect(code).toBe(1);
  const refused = [...stderr.matchAll(/denied request: (\S+ \S+) belongs to Canary podinfo, /g)].map(
    ([, what]) => what,
  );
  expect(refused).toEqual([`Deployment ${namespace}/podinfo-primary`, `VirtualService ${namespace}/podinfo`]);
  expect(await imageOf('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.0');
  expect(await weightsOf(plane, namespace)).toMatchObject({ primary: 70, canary: 30 });
});

test.each([
  ['to restart the primary', ['rollout', 'restart', 'deployment/podinfo-primary']],
  ['to point the apex elsewhere', ['patch', 'service', 'podinfo', '-p', '{"spec":{"selector":{"app":"podinfo"}}}']],
  ['to take the mark away', ['annotate', 'deployment/podinfo-primary', 'serin.dev/canary-']],
])('the guard refuses %s', async (_name, args) => {
  const { code, stderr } = await plane.tryKubectl(['-n', namespace, ...args]);
  expect(code).toBe(1);
  expect(stderr).toContain('belongs to Canary podinfo');
});

test.each([
  ['to label the primary', ['label', 'deployment/podinfo-primary', 'team=web']],
  ['to scale the primary', ['scale', 'deployment/podinfo-primary', '--replicas=3']],
  ['to change the target', ['set', 'image', 'deployment/podinfo', 'podinfod=stefanprodan/podinfo:3.1.2']],
  ['to delete', ['delete', 'destinationrule', 'podinfo-canary']],
])('the guard lets people %s', async (_name, args) => {
  expect(await plane.tryKubectl(['-n', namespace, ...args])).toMatchObject({ code: 0 });
});

test('an object that a Canary owns by reference is guarded without the mark', async () => {
  const { metadata } = await read(plane, namespace, 'canary', 'podinfo');
  const owner = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    name: 'podinfo',
    uid: metadata.uid,
    controller: true,
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'owned', namespace, ownerReferences: [owner] },
    spec: { ports: [{ port: 80 }], selector: { app: 'a' } },
  };
  await plane.apply(service);
  const { stderr } = await plane.tryKubectl([
    ...['-n', namespace, 'patch', 'service', 'owned', '-p', '{"spec":{"selector":{"app":"b"}}}'],
  ]);
  expect(stderr).toContain(`Service ${namespace}/owned belongs to Canary podinfo`);
});
