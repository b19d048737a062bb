/**
 * Other targets than a Deployment with a HorizontalPodAutoscaler, on a real control plane: the DaemonSet controller's own
 * status, addresses of Services as the API server gives them, and a ScaledObject that is patched as a custom object.
 */
import { SCALE_TO_ZERO } from '../../model/revision';
import { aCanary, aDeployment, NAMESPACE } from '../fixtures';
import { aDaemonSet, aScaledObject, SCALED_OBJECTS, VERSION_1, VERSION_2 } from '../targets';
import { attachedPlane } from './control-plane/plane';
import { freePort, SerinProcess } from './serin-process';
import { type AnyObject, eventsOf, installCrds, prepareNamespace, read, waitForPhase } from './tutorial-fixture';

const plane = attachedPlane();
let controller: SerinProcess;

jest.setTimeout(120_000);

const named = (object: AnyObject, name: string): AnyObject => ({ ...object, metadata: { ...object.metadata, name } });

/** `app: <name>` instead of `app: podinfo`. */
const workload = (object: AnyObject, name: string): AnyObject =>
  JSON.parse(JSON.stringify(named(object, name)).replaceAll('"app":"podinfo"', `"app":"${name}"`));

function canaryOf(name: string, targetRef: AnyObject, more: AnyObject = {}): AnyObject {
  const canary: AnyObject = aCanary({ interval: '1s', stepWeight: 50, maxWeight: 50, metrics: [] }, { ...more });
  const { uid, generation, ...metadata } = canary.metadata;
  return { ...canary, metadata: { ...metadata, name }, spec: { ...canary.spec, targetRef: { ...targetRef, name } } };
}

const live = (kind: string, name: string): Promise<AnyObject> => read(plane, NAMESPACE, kind, name);
const patch = (kind: string, name: string, change: AnyObject) =>
  plane.kubectl(['-n', NAMESPACE, 'patch', kind, name, '--type=json', '-p', JSON.stringify(change)]);
const texts = async (name: string) => (await eventsOf(plane, NAMESPACE, name)).map(({ message }) => message);

const IMAGE = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: VERSION_2 }];

const release = (name: string) => [
  `New revision detected! Scaling up ${name}.test`,
  `Starting canary analysis for ${name}.test`,
  `Advance ${name}.test canary weight 50`,
  `Copying ${name}.test template spec to ${name}-primary.test`,
  'Routing all traffic to primary',
  `Promotion completed! Scaling down ${name}.test`,
];

beforeAll(async () => {
  await installCrds(plane);
  await plane.apply(SCALED_OBJECTS);
  await plane.kubectl(['wait', '--for=condition=established', '--timeout=30s', 'crd/scaledobjects.keda.sh']);
  await prepareNamespace(plane, NAMESPACE);
  const port = await freePort();
  controller = new SerinProcess([
    'controller',
    `--kubeconfig=${plane.kubeconfigPath}`,
    `--namespace=${NAMESPACE}`,
    '--mesh-provider=istio',
    '--min-interval=1s',
    `--port=${port}`,
  ]);
  controller.start();
  await controller.ready(`http://127.0.0.1:${port}/readyz`);
});

afterAll(async () => {
  await controller?.end();
  await plane.tryKubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
});

test('a DaemonSet is released and given back', async () => {
  const name = 'everywhere';
  await plane.apply(workload(aDaemonSet(), name));
  await plane.apply(canaryOf(name, { apiVersion: 'apps/v1', kind: 'DaemonSet' }, { revertOnDeletion: true }));
  await waitForPhase(plane, NAMESPACE, ['Initialized'], 60_000, name);
  await plane.kubectl([
    '-n',
    NAMESPACE,
    'wait',
    `daemonset/${name}`,
    '--for=jsonpath={.status.desiredNumberScheduled}=0',
    '--timeout=30s',
  ]);
  expect((await live('daemonset', name)).spec.template.spec.nodeSelector).toEqual({ [SCALE_TO_ZERO]: 'true' });
  expect((await live('daemonset', `${name}-primary`)).status.numberAvailable).toBeGreaterThan(0);

  await patch('daemonset', name, IMAGE);
  await waitForPhase(plane, NAMESPACE, ['Succeeded'], 60_000, name);
  const primary = await live('daemonset', `${name}-primary`);
  expect(primary.spec.template.spec.containers[0].image).toBe(VERSION_2);
  expect(primary.spec.template.spec.nodeSelector).toBeUndefined();
  expect(await texts(name)).toEqual(expect.arrayContaining(release(name)));

  await plane.kubectl(['-n', NAMESPACE, 'delete', 'canary', name, '--timeout=60s']);
  expect((await live('daemonset', name)).spec.template.spec.nodeSelector).toBeUndefined();
});

test('a Service is released', async () => {
  const name = 'front';
  for (const version of ['one', 'two']) {
    const deployment = workload(aDeployment(VERSION_1), `${name}-${version}`);
    await plane.apply(deployment);
  }
  const spec = { selector: { app: `${name}-one` }, ports: [{ name: 'http', port: 9898, targetPort: 9898 }] };
  await plane.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: NAMESPACE }, spec });
  await plane.apply(canaryOf(name, { apiVersion: 'v1', kind: 'Service' }));
  await waitForPhase(plane, NAMESPACE, ['Initialized'], 60_000, name);
  const before = await live('service', `${name}-primary`);
  await patch('service', name, [{ op: 'replace', path: '/spec/selector/app', value: `${name}-two` }]);
  await waitForPhase(plane, NAMESPACE, ['Succeeded'], 60_000, name);
  const after = await live('service', `${name}-primary`);
  expect(after.spec.selector).toEqual({ app: `${name}-two` });
  expect(after.spec.clusterIP).toBe(before.spec.clusterIP);
  expect(await texts(name)).toEqual(expect.arrayContaining(release(name)));
});

test('a Deployment that KEDA scales is released', async () => {
  const name = 'scaled';
  const paused = async () =>
    (await live('scaledobject', name)).metadata.annotations?.['autoscaling.keda.sh/paused-replicas'];
  await plane.apply(workload(aDeployment(), name));
  await plane.apply(workload(aScaledObject({ scaleTargetRef: { name } }), name));
  const autoscalerRef = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name };
  await plane.apply(canaryOf(name, { apiVersion: 'apps/v1', kind: 'Deployment' }, { autoscalerRef }));
  await waitForPhase(plane, NAMESPACE, ['Initialized'], 60_000, name);
  await plane.kubectl([
    '-n',
    NAMESPACE,
    'wait',
    `deployment/${name}`,
    '--for=jsonpath={.spec.replicas}=0',
    '--timeout=30s',
  ]);
  expect(await paused()).toBe('0');
  expect((await live('scaledobject', `${name}-primary`)).spec.scaleTargetRef.name).toBe(`${name}-primary`);
  await patch('deployment', name, IMAGE);
  await waitForPhase(plane, NAMESPACE, ['Progressing'], 30_000, name);
  await plane.kubectl([
    '-n',
    NAMESPACE,
    'wait',
    `deployment/${name}`,
    '--for=jsonpath={.spec.replicas}=2',
    '--timeout=30s',
  ]);
  expect(await paused()).toBeUndefined();
  await waitForPhase(plane, NAMESPACE, ['Succeeded'], 60_000, name);
  expect(await paused()).toBe('0');
  // Held for the traffic that came back: 2 pods at half of it, and 1 of the primary's.
  expect((await live('scaledobject', `${name}-primary`)).spec.minReplicaCount).toBeGreaterThanOrEqual(2);
  expect(await texts(name)).toEqual(expect.arrayContaining(release(name)));
});
