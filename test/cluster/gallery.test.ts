/** examples/gallery on a real API server: every program applies as it is, and the controller initialises all of them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLES, synthesise } from '../examples/synthesise';
import { attachedPlane } from './control-plane/plane';
import { freePort, SerinProcess } from './serin-process';
import {
  type AnyObject,
  installCrds,
  installHttpRoutes,
  prepareNamespace,
  read,
  waitForPhase,
  weightsOf,
} from './tutorial-fixture';

const plane = attachedPlane();
const namespace = 'gallery';
const examples = readdirSync(join(EXAMPLES, 'gallery')).map((file) => file.replace(/\.ts$/, ''));
let controller: SerinProcess;

/** The objects of an example, in the namespace of the suite. */
function objectsOf(example: string): AnyObject[] {
  const objects = Object.values(synthesise(`gallery/${example}.ts`)).flatMap((manifest) => Object.values(manifest));
  for (const { metadata } of objects) metadata.namespace = namespace;
  return objects;
}

const released = new Map(examples.map((example) => [example, objectsOf(example)]));
const canaryOf = (example: string) => released.get(example)!.find(({ kind }) => kind === 'Canary')!;

beforeAll(async () => {
  await installCrds(plane);
  await installHttpRoutes(plane);
  await prepareNamespace(plane, namespace);
  const port = await freePort();
  controller = new SerinProcess([
    'controller',
    `--kubeconfig=${plane.kubeconfigPath}`,
    `--namespace=${namespace}`,
    '--mesh-provider=istio',
    `--port=${port}`,
  ]);
  controller.start();
  await controller.ready(`http://127.0.0.1:${port}/readyz`);
});

afterAll(async () => {
  await controller?.end();
  await plane.tryKubectl(['delete', 'namespace', namespace, '--wait=false']);
});

test('every example applies, without a field that the API server does not know', async () => {
  const items = [...released.values()].flat();
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const { code, stderr } = await plane.tryKubectl(['apply', '-f', '-', '--validate=strict'], { input });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

/** Plays the gateway: it takes the route as it is. Until then nothing is sent to the primary for certain. */
async function acceptRoute(name: string): Promise<void> {
  await plane.kubectl(['-n', namespace, 'wait', '--for=create', `httproute/${name}`, '--timeout=30s']);
  const { metadata, spec } = await read(plane, namespace, 'httproute', name);
  const condition = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' };
  const conditions = [
    { ...condition, observedGeneration: metadata.generation, lastTransitionTime: '2026-01-01T00:00:00Z' },
  ];
  const parents = spec.parentRefs.map((parentRef: AnyObject) => ({
    parentRef,
    controllerName: 'example.com/gateway',
    conditions,
  }));
  const patch = JSON.stringify({ status: { parents } });
  await plane.kubectl([
    '-n',
    namespace,
    'patch',
    'httproute',
    name,
    '--subresource=status',
    '--type=merge',
    '-p',
    patch,
  ]);
}

test.each(examples)('examples/gallery/%s is initialised', async (example) => {
  const { spec, metadata } = canaryOf(example);
  if (spec.provider?.startsWith('gatewayapi')) await acceptRoute(metadata.name);
  await waitForPhase(plane, namespace, ['Initialized'], 60_000, metadata.name);
  const primary = await read(plane, namespace, 'deployment', `${metadata.name}-primary`);
  expect(primary.status.availableReplicas).toBe(primary.spec.replicas);
  // What was served by the target drains first.
  const scaledDown = ['--for=jsonpath={.spec.replicas}=0', '--timeout=30s'];
  await plane.kubectl(['-n', namespace, 'wait', `deployment/${metadata.name}`, ...scaledDown]);
  if (spec.provider === undefined) {
    expect(await weightsOf(plane, namespace, metadata.name)).toEqual({ primary: 100, canary: 0, mirrored: false });
  }
});

test('the HTTPRoute of the gateway sends everything to the primary', async () => {
  const { metadata } = canaryOf('gateway-api');
  const { spec } = await read(plane, namespace, 'httproute', metadata.name);
  expect(spec.hostnames).toEqual(['shop.example.com']);
  expect(spec.rules[0].backendRefs.map(({ name, weight }: AnyObject) => [name, weight])).toEqual([
    ['shop-primary', 100],
    ['shop-canary', 0],
  ]);
});
