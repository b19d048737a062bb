import type { Api } from './control-plane/api';
import { attachedPlane } from './control-plane/plane';
import {
  applyPodinfo,
  installCrds,
  manifest,
  mirroredCanary,
  prepareNamespace,
  read,
  setImage,
  tutorialCanary,
} from './tutorial-fixture';

const plane = attachedPlane();
const namespace = 'smoke';
const CANARIES = `/apis/flagger.app/v1beta1/namespaces/${namespace}/canaries`;
const loadtesterUrl = 'http://flagger-loadtester.test/';
let api: Api;

beforeAll(async () => {
  api = plane.api('serin-smoke');
  await installCrds(plane);
  await prepareNamespace(plane, namespace);
});
afterAll(async () => {
  await plane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  api.close();
});

test('kubectl and the API server are of one version', async () => {
  const { clientVersion, serverVersion } = JSON.parse(await plane.kubectl(['version', '-o', 'json']));
  expect(serverVersion.gitVersion).toMatch(/^v1\.\d+\.\d+$/);
  expect(clientVersion.gitVersion).toBe(serverVersion.gitVersion);
});

test('pods of a Deployment become ready, its autoscaler raises it to the minimum, a new image rolls out', async () => {
  await applyPodinfo(plane, namespace);
  await plane.kubectl([
    '-n',
    namespace,
    'wait',
    '--for=jsonpath={.spec.replicas}=2',
    'deployment/podinfo',
    '--timeout=30s',
  ]);
  await setImage(plane, namespace, '3.1.1');
  await plane.kubectl(['-n', namespace, 'rollout', 'status', 'deployment/podinfo', '--timeout=60s']);
  const { status } = await read(plane, namespace, 'deployment', 'podinfo');
  expect(status).toMatchObject({ updatedReplicas: 2, availableReplicas: 2 });
});

describe('the Canary of the tutorial', () => {
  test('is accepted to the letter and shows in its columns', async () => {
    await plane.apply(manifest('tutorial-canary').replace('namespace: test', `namespace: ${namespace}`));
    const status = {
      phase: 'Progressing',
      canaryWeight: 15,
      failedChecks: 2,
      iterations: 0,
      lastTransitionTime: '2019-01-16T14:05:07Z',
    };
    await plane.kubectl([
      ...['-n', namespace, 'patch', 'canary', 'podinfo', '--subresource=status', '--type=merge'],
      ...['-p', JSON.stringify({ status })],
    ]);
    const table = async (...args: string[]) => {
      const text = await plane.kubectl(['-n', namespace, 'get', 'canaries', ...args]);
      return text
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s{2,}/));
    };
    expect(await table()).toEqual([
      ['NAME', 'STATUS', 'WEIGHT', 'LASTTRANSITIONTIME'],
      ['podinfo', 'Progressing', '15', '2019-01-16T14:05:07Z'],
    ]);
    const [wide] = await table('-o', 'wide');
    expect(wide?.join(' ')).toBe(
      'NAME STATUS WEIGHT SUSPENDED FAILEDCHECKS INTERVAL MIRROR STEPWEIGHT STEPWEIGHTS MAXWEIGHT LASTTRANSITIONTIME',
    );
    expect(await plane.kubectl(['-n', namespace, 'get', 'all'])).toContain('canary.flagger.app/podinfo');
  });

  test('keeps every field that was written', async () => {
    const { spec } = tutorialCanary({ namespace, loadtesterUrl });
    expect((await read(plane, namespace, 'canary', 'podinfo')).spec).toEqual(spec);
  });

  test('is accepted with mirroring instead of weights', async () => {
    const canary = mirroredCanary({ namespace, loadtesterUrl });
    const { status, body } = await api.send('PUT', `${CANARIES}/podinfo?dryRun=All`, await versioned(canary));
    expect({ status, message: body.message }).toEqual({ status: 200, message: undefined });
  });

  test('tells kubectl users the path, the value and the remedy', async () => {
    const canary = tutorialCanary({ namespace, loadtesterUrl });
    canary.spec.analysis.webhooks[0].url = 'not an address';
    const { code, stderr } = await plane.tryKubectl(['apply', '-f', '-'], { input: JSON.stringify(canary) });
    expect(code).toBe(1);
    expect(stderr).toContain('spec.analysis.webhooks[0].url: Invalid value:');
    expect(stderr).toContain('url must be an absolute http or https URL');
  });
});

test('a ServiceAccount has the rights that it was given, and no others', async () => {
  await plane.kubectl(['-n', namespace, 'create', 'serviceaccount', 'reader']);
  const env = { KUBECONFIG: await plane.serviceAccountKubeconfig(namespace, 'reader') };
  const asReader = (...args: string[]) => plane.tryKubectl(['-n', namespace, ...args], { env });
  expect((await asReader('get', 'canaries')).stderr).toContain('canaries.flagger.app is forbidden');
  await plane.kubectl([
    '-n',
    namespace,
    'create',
    'role',
    'read',
    '--verb=get,list',
    '--resource=canaries.flagger.app',
  ]);
  await plane.kubectl([
    ...['-n', namespace, 'create', 'rolebinding', 'read', '--role=read'],
    `--serviceaccount=${namespace}:reader`,
  ]);
  expect((await asReader('get', 'canaries')).code).toBe(0);
  expect((await asReader('delete', 'canary', 'podinfo')).code).toBe(1);
});

test('requests are counted by user agent in the audit log', async () => {
  const counting = plane.api('serin-smoke-counting');
  const mark = plane.auditMark();
  await counting.get(`${CANARIES}/podinfo`);
  await counting.get(`${CANARIES}/none`);
  counting.close();
  const lines = plane.auditLines(mark).filter(({ userAgent }) => userAgent === 'serin-smoke-counting');
  expect(lines.map(({ verb, objectRef, responseStatus }) => [verb, objectRef?.name, responseStatus?.code])).toEqual([
    ['get', 'podinfo', 200],
    ['get', 'none', 404],
  ]);
});

test('the API server comes back after a crash with all objects', async () => {
  await plane.restartApiServer(500);
  expect((await read(plane, namespace, 'canary', 'podinfo')).status.canaryWeight).toBe(15);
});

async function versioned(canary: { metadata: object }): Promise<object> {
  const live = await api.get(`${CANARIES}/podinfo`);
  return { ...canary, metadata: { ...canary.metadata, resourceVersion: live.metadata.resourceVersion } };
}
