/**
 * Each way to apply a release, on a real API server: version 2 comes in the middle of the run of version 1, and nothing
 * that the controller owns moves. Flux and Argo CD are their own Go packages.
 */
import { App, Chart } from 'cdk8s';
import { Bootstrap, ControllerGuard, Delivery } from '../../constructs';
import { attachedPlane } from './control-plane/plane';
import { argoCdTool, askArgoCd, fluxTool, kubectlTool, type Manifests, release, type Tool } from './gitops-fixture';
import { freePort, SerinProcess } from './serin-process';
import {
  type AnyObject,
  eventsOf,
  installCrds,
  prepareNamespace,
  read,
  waitForPhase,
  weightsOf,
} from './tutorial-fixture';

const plane = attachedPlane();
jest.setTimeout(300_000);

const KINDS = 'deployments,services,virtualservices,destinationrules,canaries,configmaps';
const namespaces: string[] = [];
let controller: SerinProcess;
let port: number;

beforeAll(async () => {
  await installCrds(plane);
  port = await freePort();
  controller = new SerinProcess([
    ...['controller', `--kubeconfig=${plane.kubeconfigPath}`, '--mesh-provider=istio', '--min-interval=1s'],
    ...['--log-level=info', `--port=${port}`],
  ]);
  await startController();
});

afterAll(async () => {
  await controller?.end();
  for (const namespace of namespaces) await plane.tryKubectl(['delete', 'namespace', namespace, '--wait=false']);
});

async function startController(): Promise<void> {
  controller.start();
  await controller.ready(`http://127.0.0.1:${port}/readyz`);
}

async function newNamespace(namespace: string): Promise<string> {
  namespaces.push(namespace);
  await prepareNamespace(plane, namespace);
  return namespace;
}

async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > end)
      throw new Error(`${what}: not in ${timeoutMs} ms\n${controller.lines.slice(-15).join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** Every object of the release by `Kind/name`. */
async function objectsIn(namespace: string): Promise<Record<string, AnyObject>> {
  const { items } = JSON.parse(await plane.kubectl(['-n', namespace, 'get', KINDS, '-o', 'json']));
  const named = (items as AnyObject[]).filter(({ metadata }) => metadata.name.startsWith('podinfo'));
  return Object.fromEntries(named.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
}

const TARGETS = ['Deployment/podinfo', 'Canary/podinfo'];

const versions = (objects: Record<string, AnyObject>) =>
  Object.fromEntries(Object.entries(objects).map(([key, { metadata }]) => [key, metadata.resourceVersion]));

/** What the controller owns: everything but the target and the Canary. */
const owned = (objects: Record<string, AnyObject>) =>
  Object.fromEntries(Object.entries(objects).filter(([key]) => !TARGETS.includes(key)));

const imageOf = (object: AnyObject): string => object.spec.template.spec.containers[0].image.split(':')[1];

/** A first build takes minutes. */
const BUILD_MS = 1_800_000;

/** Until nothing changes any more: the drain is over and the pods of the target are gone. */
async function atRest(namespace: string): Promise<Record<string, AnyObject>> {
  await until('the target is at zero', async () => {
    const { spec, status } = await read(plane, namespace, 'deployment', 'podinfo');
    return spec.replicas === 0 && status.replicas === undefined;
  });
  let last = '';
  await until('nothing changes', async () => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const now = JSON.stringify(versions(await objectsIn(namespace)));
    const same = now === last;
    last = now;
    return same;
  });
  return objectsIn(namespace);
}

/** Brings `manifests` and waits until the controller has sent a fifth of the traffic to the new version. */
async function midRun(namespace: string, bring: () => Promise<void>): Promise<void> {
  await bring();
  await until('a fifth of the traffic', async () => (await weightsOf(plane, namespace)).canary >= 20);
}

/** Objects before and after something that happens while the controller is away: what moves then, it did not move. */
async function aroundWithoutController(namespace: string, happens: () => Promise<unknown>) {
  await controller.end();
  try {
    const before = await objectsIn(namespace);
    await happens();
    return { before, after: await objectsIn(namespace) };
  } finally {
    await startController();
  }
}

/** The same again at rest: the tool finds nothing to do, and does nothing. */
async function changesNothing(tool: Tool, namespace: string, manifests: Manifests): Promise<void> {
  const before = await atRest(namespace);
  expect(await tool.differences(manifests)).toEqual([]);
  await tool.update(manifests);
  expect(await tool.differences(manifests)).toEqual([]);
  expect(versions(await objectsIn(namespace))).toEqual(versions(before));
}

const TOOLS: [string, (namespace: string) => Tool][] = [
  ['kubectl', () => kubectlTool(plane)],
  ['kubectl-server-side', () => kubectlTool(plane, '--server-side')],
  ['flux', (namespace) => fluxTool(plane, namespace)],
  ['argo-cd', () => argoCdTool(plane)],
  [
    'argo-cd-server-side',
    () =>
      argoCdTool(plane, {
        syncOptions: ['RespectIgnoreDifferences=true', 'ApplyOutOfSyncOnly=true', 'ServerSideApply=true'],
      }),
  ],
];

describe.each(TOOLS)('%s', (name, toolFor) => {
  const namespace = `gitops-${name}`;
  const tool = toolFor(namespace);
  const version = (tag: string) => release(namespace, tool.delivery, tag);
  beforeAll(() => tool.ready(), BUILD_MS);

  test('makes a release that serves out of an empty namespace', async () => {
    await newNamespace(namespace);
    await tool.install(version('3.1.0'));
    await waitForPhase(plane, namespace, ['Initialized'], 60_000);
    const objects = await objectsIn(namespace);
    expect(imageOf(objects['Deployment/podinfo-primary'])).toBe('3.1.0');
    expect(objects['Deployment/podinfo-primary'].spec.replicas).toBe(2);
    expect(objects['Deployment/podinfo-primary'].status.readyReplicas).toBe(2);
    expect(await weightsOf(plane, namespace)).toMatchObject({ primary: 100, canary: 0 });
    // Adopted: they go with the Canary.
    for (const { metadata } of Object.values(owned(objects))) {
      expect(metadata.ownerReferences).toMatchObject([{ kind: 'Canary', name: 'podinfo' }]);
    }
  });

  test('F#1504: changes nothing when the same is applied again at rest', async () => {
    await changesNothing(tool, namespace, version('3.1.0'));
  });

  test('brings version 2 in the middle of the run of version 1, and nothing that the controller owns moves', async () => {
    await midRun(namespace, () => tool.update(version('3.1.1')));
    const { before, after } = await aroundWithoutController(namespace, () => tool.update(version('3.1.2')));
    expect(imageOf(after['Deployment/podinfo'])).toBe('3.1.2');
    expect(imageOf(after['Deployment/podinfo-primary'])).toBe('3.1.0');
    expect(Object.keys(owned(after)).sort()).toEqual([
      'Deployment/podinfo-primary',
      'DestinationRule/podinfo-canary',
      'DestinationRule/podinfo-primary',
      'Service/podinfo',
      'Service/podinfo-canary',
      'Service/podinfo-primary',
      'VirtualService/podinfo',
    ]);
    expect(versions(owned(after))).toEqual(versions(owned(before)));
    expect(after['Deployment/podinfo'].spec.replicas).toBe(before['Deployment/podinfo'].spec.replicas);
    expect(after['Canary/podinfo'].spec).toEqual(before['Canary/podinfo'].spec);
  });

  test('the run begins again for version 2 and ends with its promotion', async () => {
    await waitForPhase(plane, namespace, ['Succeeded'], 90_000);
    const texts = (await eventsOf(plane, namespace)).map(({ message }) => message);
    expect(texts).toContain(`New revision detected! Restarting analysis for podinfo.${namespace}`);
    const primary = await read(plane, namespace, 'deployment', 'podinfo-primary');
    expect(imageOf(primary)).toBe('3.1.2');
    expect(primary.spec.replicas).toBe(2);
    expect(primary.metadata.annotations['kubernetes.io/change-cause']).toBe('3.1.2');
  });

  test('changes nothing when the same is applied again after the release', async () => {
    await changesNothing(tool, namespace, version('3.1.2'));
  });

  test('leaves the primary alone when the bootstrap manifest goes', async () => {
    if (tool.prune === undefined) return;
    const before = await objectsIn(namespace);
    await tool.prune(version('3.1.2'));
    expect(versions(await objectsIn(namespace))).toEqual(versions(before));
  });
});

test('F#1577: a rebuilt cluster gets the bootstrap manifest of the last good version, and analyses the newer one', async () => {
  const namespace = await newNamespace('gitops-rebuilt');
  const tool = fluxTool(plane, namespace);
  const { once } = release(namespace, Delivery.FLUX, '3.1.0');
  await midRun(namespace, () => tool.install({ ...release(namespace, Delivery.FLUX, '3.1.1'), once }));
  expect(imageOf(await read(plane, namespace, 'deployment', 'podinfo-primary'))).toBe('3.1.0');
  await waitForPhase(plane, namespace, ['Succeeded'], 60_000);
  expect(imageOf(await read(plane, namespace, 'deployment', 'podinfo-primary'))).toBe('3.1.1');
});

describe.each(['annotation', 'label'] as const)(
  'Argo CD that tracks by %s, with what the controller made',
  (tracking) => {
    const namespace = `gitops-argo-cd-${tracking}`;
    const manifests = (tag: string) => release(namespace, Delivery.ARGO_CD, tag, Bootstrap.CONTROLLER);
    const tool = argoCdTool(plane, { tracking, prune: true });
    beforeAll(() => tool.ready(), BUILD_MS);

    test('prunes none of it, in the middle of a run and at rest, and its health follows the release', async () => {
      await newNamespace(namespace);
      const health = async (tag: string) => {
        const { application, ordinary } = manifests(tag);
        const { resources } = await askArgoCd(plane, 'compare', application, ordinary, { tracking });
        return resources.find(({ kind }) => kind === 'Canary')?.health;
      };
      await tool.install(manifests('3.1.0'));
      await waitForPhase(plane, namespace, ['Initialized'], 60_000);
      await atRest(namespace);
      expect(await health('3.1.0')).toBe('Healthy');
      await changesNothing(tool, namespace, manifests('3.1.0'));
      await midRun(namespace, () => tool.update(manifests('3.1.1')));
      const { before, after } = await aroundWithoutController(namespace, async () => {
        expect(await health('3.1.1')).toBe('Progressing');
        await tool.update(manifests('3.1.2'));
      });
      expect(Object.keys(owned(after))).toContain('Deployment/podinfo-primary');
      expect(versions(owned(after))).toEqual(versions(owned(before)));
      await waitForPhase(plane, namespace, ['Succeeded'], 90_000);
      await changesNothing(tool, namespace, manifests('3.1.2'));
      expect(await health('3.1.2')).toBe('Healthy');
      const { metadata } = await read(plane, namespace, 'deployment', 'podinfo-primary');
      expect(Object.keys(metadata.annotations).filter((key) => key.startsWith('argocd.'))).toEqual([]);
    });
  },
);

test(
  'a sync that looks at an old weight is refused by the guard, and the weight stays',
  async () => {
    const namespace = await newNamespace('gitops-argo-cd-stale');
    const version = (tag: string) => release(namespace, Delivery.ARGO_CD, tag, Bootstrap.SYNTH);
    const tool = argoCdTool(plane);
    await tool.ready();
    await tool.install(version('3.1.0'));
    await waitForPhase(plane, namespace, ['Initialized'], 60_000);
    await atRest(namespace);
    const old = await read(plane, namespace, 'virtualservice', 'podinfo');
    await midRun(namespace, () => tool.update(version('3.1.1')));
    const guard = new Chart(new App(), 'guard');
    new ControllerGuard(guard, 'guard');
    const { before, after } = await aroundWithoutController(namespace, async () => {
      await plane.apply(guard.toJson());
      await until('the guard is there', async () => {
        const patch = ['patch', 'virtualservice', 'podinfo', '--type=merge', '-p', '{"spec":{"hosts":["other"]}}'];
        const { code } = await plane.tryKubectl(['-n', namespace, ...patch, '--dry-run=server']);
        return code !== 0;
      });
      const { application, ordinary, once } = version('3.1.2');
      const objects = [...ordinary, ...once];
      const { phase, message, applied = [] } = await askArgoCd(plane, 'sync', application, objects, { stale: [old] });
      const refused = applied.filter(({ message: why }) => why.includes('only Serin changes it'));
      expect([phase, message, refused.map(({ kind }) => kind)]).toEqual([
        'Failed',
        expect.any(String),
        ['VirtualService'],
      ]);
      await plane.kubectl(['delete', 'validatingadmissionpolicies,validatingadmissionpolicybindings', '--all']);
    });
    expect(weights(before)).not.toEqual([100, 0]);
    expect(weights(after)).toEqual(weights(before));
    expect(versions(owned(after))).toEqual(versions(owned(before)));
  },
  BUILD_MS,
);

const weights = (objects: Record<string, AnyObject>): number[] =>
  objects['VirtualService/podinfo'].spec.http[0].route.map(({ weight }: AnyObject) => weight);
