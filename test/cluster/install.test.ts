/**
 * The installation on a real API server with RBAC on: the controller runs as its ServiceAccount, with the arguments of its
 * Deployment, and what it asks of the API server is compared with what it is allowed.
 */
import { App, Chart, Duration } from 'cdk8s';
import { SerinController, type SerinControllerProps, TrafficProvider } from '../../constructs';
import { attachedPlane } from './control-plane/plane';
import { freePort, SerinProcess } from './serin-process';
import {
  type AnyObject,
  applyPodinfo,
  eventsOf,
  installCrds,
  prepareNamespace,
  read,
  setImage,
  waitForPhase,
} from './tutorial-fixture';

const plane = attachedPlane();
jest.setTimeout(240_000);

/** Granted, and not used by the run below: each with why it is granted all the same. */
const NOT_IN_THE_RUN: Record<string, string> = {
  'update flagger.app/canaries/finalizers': 'the admission plugin OwnerReferencesPermissionEnforcement asks, not we',
};

interface Installation {
  objects: AnyObject[];
  controller: SerinProcess;
  start(): Promise<void>;
  user: string;
  mark: number;
}

function synthesised(namespace: string, props: SerinControllerProps): AnyObject[] {
  const chart = new Chart(new App(), 'install', { namespace });
  new SerinController(chart, 'serin', { flags: { minInterval: Duration.seconds(1) }, ...props });
  return chart.toJson();
}

/** Applies everything where only restricted pods are admitted, and starts the controller as its ServiceAccount. */
async function install(namespace: string, props: SerinControllerProps = {}): Promise<Installation> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
  const objects = synthesised(namespace, props);
  await plane.apply(objects, '--server-side', '--force-conflicts');
  const mark = plane.auditMark();
  const { args } = objects.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers[0];
  const port = await freePort();
  const controller = new SerinProcess([
    ...args,
    `--kubeconfig=${await plane.serviceAccountKubeconfig(namespace, 'serin')}`,
    `--port=${port}`,
  ]);
  const start = () => {
    controller.start();
    return controller.ready(`http://127.0.0.1:${port}/readyz`);
  };
  await start();
  return { objects, controller, start, user: `system:serviceaccount:${namespace}:serin`, mark };
}

const requestsOf = ({ user, mark }: Installation) =>
  plane.auditLines(mark).filter((line) => line.user?.username === user && line.objectRef?.resource !== undefined);

/** `verb group/resource/subresource` of what was asked. */
const usedBy = (installation: Installation): string[] => [
  ...new Set(
    requestsOf(installation).map(({ verb, objectRef: { apiGroup, resource, subresource } = {} }) =>
      [`${verb} ${apiGroup ? `${apiGroup}/` : ''}${resource}`, subresource].filter(Boolean).join('/'),
    ),
  ),
];

/** The same of what is allowed. */
const grantedTo = ({ objects }: Installation): string[] =>
  objects
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
    .flatMap(({ rules }) => rules)
    .flatMap(({ apiGroups: [group], resources, verbs }: AnyObject) =>
      resources.flatMap((resource: string) =>
        verbs.map((verb: string) => `${verb} ${group ? `${group}/` : ''}${resource}`),
      ),
    );

const refusalsOf = (installation: Installation): string[] =>
  requestsOf(installation)
    .filter(({ responseStatus }) => responseStatus?.code === 403)
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`);

const release = (namespace: string, kind: string, name: string, more: AnyObject = {}): AnyObject => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name, namespace },
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind, name },
    progressDeadlineSeconds: 60,
    service: { port: 9898 },
    analysis: { interval: '1s', threshold: 5, stepWeight: 50, maxWeight: 50 },
    ...more,
  },
});

const patch = (namespace: string, what: string, change: object) =>
  plane.kubectl(['-n', namespace, 'patch', ...what.split(' '), '--type=merge', '-p', JSON.stringify(change)]);

const finished = (namespace: string, name = 'podinfo') => waitForPhase(plane, namespace, ['Succeeded'], 60_000, name);

/** A change of the target runs to its end. */
async function released(namespace: string, change: () => Promise<unknown>, name = 'podinfo'): Promise<void> {
  await change();
  await waitForPhase(plane, namespace, ['Progressing', 'Promoting', 'Finalising'], 30_000, name);
  await finished(namespace, name);
}

/** How often the gate has halted the run, when that is at least two times more than `before`. */
async function saidAgain(namespace: string, before: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const said = await eventsOf(plane, namespace, 'agent');
    const count = said.find(({ message }) => /^Halt .* external check nobody failed/.test(message))?.count ?? 0;
    if (count >= before + 2) return count;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the run is not halted again and again in 20 s');
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 2500));

const config = (namespace: string, kind: string, name: string, value: string): AnyObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace },
  [kind === 'Secret' ? 'stringData' : 'data']: { value },
});

const mounted = (envFrom: object[]) => ({
  spec: { template: { spec: { containers: [{ name: 'podinfod', envFrom }] } } },
});

const apps: string[] = [];
async function app(namespace: string): Promise<void> {
  apps.push(namespace);
  await prepareNamespace(plane, namespace);
  await applyPodinfo(plane, namespace);
}

beforeAll(() => installCrds(plane));
afterAll(async () => {
  for (const name of apps) await plane.tryKubectl(['delete', 'namespace', name, '--wait=false']);
  for (const kind of ['clusterrole', 'clusterrolebinding']) await plane.tryKubectl(['delete', kind, 'serin']);
});

describe('for the whole cluster', () => {
  const namespace = 'install-app';
  let installation: Installation;

  beforeAll(async () => {
    await app(namespace);
    installation = await install('install-serin');
  });
  afterAll(async () => {
    await installation?.controller.end();
    await plane.tryKubectl(['delete', 'namespace', 'install-serin', '--wait=false']);
  });

  test('its pods are admitted where only restricted ones are, and become ready', async () => {
    await plane.kubectl(['-n', 'install-serin', 'rollout', 'status', 'deployment/serin', '--timeout=60s']);
    expect((await read(plane, 'install-serin', 'deployment', 'serin')).status.availableReplicas).toBe(2);
  });

  test('bootstraps and releases podinfo with its configs, and is refused nothing', async () => {
    for (const kind of ['ConfigMap', 'Secret']) await plane.apply(config(namespace, kind, 'colors', 'red'));
    const strategic = (envFrom: object[]) =>
      plane.kubectl(['-n', namespace, 'patch', 'deployment', 'podinfo', '-p', JSON.stringify(mounted(envFrom))]);
    await strategic([{ configMapRef: { name: 'colors' } }, { secretRef: { name: 'colors' } }]);
    await plane.apply(
      release(namespace, 'Deployment', 'podinfo', {
        revertOnDeletion: true,
        autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'podinfo' },
        service: { port: 9898, gateways: ['istio-system/public-gateway'], hosts: ['app.example.com'] },
      }),
    );
    await waitForPhase(plane, namespace, ['Initialized'], 60_000);
    await released(namespace, async () => {
      for (const kind of ['ConfigMap', 'Secret']) await plane.apply(config(namespace, kind, 'colors', 'blue'));
      await patch(namespace, 'hpa podinfo', { spec: { maxReplicas: 5 } });
      await setImage(plane, namespace, '3.1.1');
    });
    const primary = await read(plane, namespace, 'deployment', 'podinfo-primary');
    expect(primary.spec.template.spec.containers[0].image).toBe('stefanprodan/podinfo:3.1.1');
    // Nothing of the configs is left, and the objects that are generated once look different.
    await released(namespace, async () => {
      await patch(namespace, 'canary podinfo', {
        spec: { service: { portName: 'web', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } } },
      });
      await plane.kubectl([
        ...['-n', namespace, 'patch', 'deployment', 'podinfo', '--type=json'],
        ...['-p', JSON.stringify([{ op: 'remove', path: '/spec/template/spec/containers/0/envFrom' }])],
      ]);
    });
    await settled();
    await plane.kubectl(['-n', namespace, 'delete', 'canary', 'podinfo', '--timeout=60s']);
    expect(refusalsOf(installation)).toEqual([]);
  });

  test('releases a DaemonSet', async () => {
    const labels = { app: 'agent' };
    const containers = [{ name: 'agent', image: 'stefanprodan/podinfo:3.1.0', ports: [{ containerPort: 9898 }] }];
    await plane.apply({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    });
    await plane.apply(release(namespace, 'DaemonSet', 'agent'));
    await waitForPhase(plane, namespace, ['Initialized'], 60_000, 'agent');
    const image = 'agent=stefanprodan/podinfo:3.1.1';
    await released(
      namespace,
      () => plane.kubectl(['-n', namespace, 'set', 'image', 'daemonset/agent', image]),
      'agent',
    );
    await settled();
    expect(refusalsOf(installation)).toEqual([]);
  });

  test('counts what it says again, also after a restart', async () => {
    const gate = { name: 'nobody', type: 'rollout', url: 'http://127.0.0.1:9/', timeout: '1s' };
    await patch(namespace, 'canary agent', { spec: { analysis: { threshold: 100, webhooks: [gate] } } });
    const image = 'agent=stefanprodan/podinfo:3.1.2';
    await plane.kubectl(['-n', namespace, 'set', 'image', 'daemonset/agent', image]);
    const halts = await saidAgain(namespace, 0);
    expect(await installation.controller.end()).toBe(0);
    await installation.start();
    await saidAgain(namespace, halts);
    await patch(namespace, 'canary agent', { spec: { analysis: { webhooks: [] } } });
    await finished(namespace, 'agent');
    expect(refusalsOf(installation)).toEqual([]);
  });

  test('nothing is granted that was not used, and nothing used that was not granted', () => {
    const [granted, used] = [grantedTo(installation), usedBy(installation)];
    expect(used.filter((what) => !granted.includes(what))).toEqual([]);
    expect(granted.filter((what) => !used.includes(what)).sort()).toEqual(Object.keys(NOT_IN_THE_RUN).sort());
  });

  test('gives its Lease back when it ends', async () => {
    expect(await installation.controller.end()).toBe(0);
    expect((await read(plane, 'install-serin', 'lease', 'flagger-leader-election')).spec.holderIdentity).toBeFalsy();
    expect(refusalsOf(installation)).toEqual([]);
  });
});

test('for one namespace a Role there is enough, with the routes of its provider', async () => {
  const namespace = 'install-team';
  await app(namespace);
  const flags = { meshProvider: TrafficProvider.NGINX, minInterval: Duration.seconds(1) };
  const installation = await install('install-team-serin', { watchNamespace: namespace, flags });
  try {
    const kinds = installation.objects.map(({ kind }) => kind);
    expect(kinds.filter((kind: string) => kind.startsWith('ClusterRole'))).toEqual([]);
    const ingressRef = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'podinfo' };
    await plane.apply(ingress(namespace));
    await plane.apply(release(namespace, 'Deployment', 'podinfo', { ingressRef }));
    await waitForPhase(plane, namespace, ['Initialized'], 60_000);
    await released(namespace, () => setImage(plane, namespace, '3.1.1'));
    await settled();
    expect(refusalsOf(installation)).toEqual([]);
    const routing = grantedTo(installation).filter((what) => what.includes('.k8s.io/ingresses'));
    expect(routing).toEqual(['list', 'watch', 'create', 'update'].map((verb) => `${verb} networking.k8s.io/ingresses`));
    expect(usedBy(installation)).toEqual(expect.arrayContaining(routing));
  } finally {
    await installation.controller.end();
    await plane.tryKubectl(['delete', 'namespace', 'install-team-serin', '--wait=false']);
  }
});

const ingress = (namespace: string): AnyObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'podinfo', namespace },
  spec: {
    ingressClassName: 'nginx',
    rules: [
      {
        host: 'app.example.com',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'podinfo', port: { number: 9898 } } } }],
        },
      },
    ],
  },
});
