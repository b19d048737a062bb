/**
 * Least privilege on a real API server with RBAC on, for each provider, target, autoscaler and reference, with a ClusterRole
 * and with a Role: nothing is refused, and each right that is granted is used.
 */
import type { SerinControllerProps } from '../../constructs';
import { TrafficProvider } from '../../constructs';
import { PROVIDER_PERMISSIONS } from '../../constructs/install/permissions';
import { attachedPlane } from './control-plane/plane';
import {
  grantedBy,
  type Installation,
  install,
  refusalsOf,
  requestsOf,
  rightOf,
  synthesised,
  usedBy,
} from './installation';
import { type Helper, startHelper } from './rights/helper';
import { exported, queriesIn, wantedBy } from './rights/queries';
import { canaryOf, type Place, ROWS, type Row } from './rights/rows';
import { type AnyObject, eventsOf, installCrds, waitForPhase } from './tutorial-fixture';

const plane = attachedPlane();
jest.setTimeout(240_000);

const EVERY: SerinControllerProps = {
  trafficProviders: [...PROVIDER_PERMISSIONS.keys()],
  keda: true,
  externalMetrics: true,
  customResourceDefinitions: false,
};

/** Granted, and in no audit log: each with why it is granted all the same. */
const NOT_IN_THE_LOG: Record<string, string> = {
  'update flagger.app/canaries/finalizers':
    'the admission plugin OwnerReferencesPermissionEnforcement asks for it; without it nothing is generated, see below',
};

/** Who shares a kind tells by the version that it is asked in. */
const SERVED: Partial<Record<TrafficProvider, string>> = {
  [TrafficProvider.GATEWAY_API_V1]: 'v1',
  [TrafficProvider.GATEWAY_API_V1BETA1]: 'v1beta1',
  [TrafficProvider.LINKERD]: 'v1',
};

let helper: Helper;
const rows: Row[] = Object.values(ROWS);

beforeAll(async () => {
  await installCrds(plane);
  const files = [...plane.assets.otherCrds, plane.assets.httpRouteCrd].flatMap((path) => ['-f', path]);
  await plane.kubectl(['apply', '--server-side', '--force-conflicts', ...files]);
  await plane.kubectl(['wait', '--for=condition=established', '--timeout=30s', ...files]);
  helper = await startHelper(plane);
});

const made: string[] = [];
afterAll(async () => {
  await helper?.close();
  await plane.tryKubectl(['delete', 'namespace', ...made, '--wait=false']);
  for (const kind of ['clusterrole', 'clusterrolebinding']) await plane.tryKubectl(['delete', kind, 'serin']);
});

async function place(namespace: string): Promise<Place> {
  made.push(namespace, `${namespace}-serin`);
  await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  return { namespace, helper: helper.url };
}

const revision = (of: readonly Row[], at: Place, version: number) =>
  plane.apply(of.flatMap((row) => row.objects?.(at, version) ?? []));

const ended = (row: Row, { namespace }: Place, phase = row.ends ?? 'Succeeded') =>
  waitForPhase(plane, namespace, [phase], 90_000, row.name);

const patched = (namespace: string, kind: string, name: string, change: object, type = 'merge') =>
  plane.kubectl(['-n', namespace, 'patch', kind, name, `--type=${type}`, '-p', JSON.stringify(change)]);

/** Waits until something holds, asked every 200 ms. @throws Error with `what` */
async function until<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs = 30_000): Promise<T> {
  for (const end = performance.now() + timeoutMs; ; ) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`not after ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** How often the closed gate has halted the DaemonSet's run. */
async function halts({ namespace }: Place): Promise<number> {
  const said = await eventsOf(plane, namespace, ROWS.daemonSet.name);
  return said.find(({ message }) => /^Halt .* external check nobody failed/.test(message))?.count ?? 0;
}

const haltedMoreThan = (before: number, at: Place) => until('halted once more', async () => (await halts(at)) > before);

/** A run of every row at the same time, with a restart in the middle of it. */
async function runsOfAll(at: Place, { controller, start }: Installation): Promise<void> {
  helper.open = false;
  await revision(rows, at, 1);
  await Promise.all([
    haltedMoreThan(1, at),
    ...rows.filter((row) => row !== ROWS.daemonSet).map((row) => ended(row, at)),
  ]);
  expect(await controller.end()).toBe(0);
  // Of the process that has ended: what comes beyond is the new one's, which reads the Event before it counts it up.
  const before = await halts(at);
  await start();
  await haltedMoreThan(before, at);
  helper.open = true;
  await ended(ROWS.daemonSet, at);
}

/** Changes what is generated once, and leaves nothing of the configs. */
async function moreOfSome(at: Place): Promise<void> {
  const { namespace } = at;
  const service = { portName: 'web', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } };
  const noConfigs = [{ op: 'remove', path: '/spec/template/spec/containers/0/envFrom' }];
  await patched(namespace, 'canary', 'istio', { spec: { service } });
  await patched(namespace, 'deployment', 'configs', noConfigs, 'json');
  await waitForPhase(plane, namespace, ['Progressing', 'Promoting', 'Finalising'], 30_000, 'configs');
  await ended(ROWS.configs, at);
  await until('the Service of the changed Canary', async () => {
    const ports = await plane.kubectl([
      '-n',
      namespace,
      'get',
      'service',
      'istio',
      '-o',
      'jsonpath={.spec.ports[*].name}',
    ]);
    return ports === 'web';
  });
}

/** Their controllers are gone, and other files of tests begin with an empty cluster. */
afterAll(async () => {
  const all = [
    'get',
    'canaries',
    '-A',
    '-o',
    'jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{"\\n"}{end}',
  ];
  const left = (await plane.kubectl(all)).split('\n').filter((line) => line !== '');
  for (const line of left) {
    const [namespace = '', name = ''] = line.split(' ');
    // Of a namespace that is going they may go meanwhile.
    const finalizers = ['patch', 'canary', name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}'];
    await plane.tryKubectl(['-n', namespace, ...finalizers]);
    await plane.kubectl(['-n', namespace, 'delete', 'canary', name, '--ignore-not-found']);
  }
});

/** Events are written in the background. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 1500));

const SCOPES: [string, string, (namespace: string) => SerinControllerProps][] = [
  ['the whole cluster', 'rights-cluster', () => EVERY],
  ['one namespace', 'rights-team', (namespace) => ({ ...EVERY, watchNamespace: namespace })],
];

describe.each(SCOPES)('for %s', (_, namespace, props) => {
  let installation: Installation;
  let at: Place;
  /** Of /metrics, when everything is there. */
  let exposition = '';

  beforeAll(async () => {
    at = await place(namespace);
    await revision(rows, at, 0);
    installation = await install(plane, `${namespace}-serin`, props(namespace));
  });
  afterAll(() => installation?.controller.end());

  test('every row is bootstrapped, run and given back, and nothing is refused', async () => {
    await plane.apply(rows.map((row) => canaryOf(row, at)));
    await Promise.all(rows.map((row) => ended(row, at, 'Initialized')));
    await runsOfAll(at, installation);
    await moreOfSome(at);
    exposition = await (await fetch(`http://127.0.0.1:${installation.port}/metrics`)).text();
    await plane.kubectl(['-n', namespace, 'delete', 'canaries', '--all', '--wait=false']);
    const left = () => plane.kubectl(['-n', namespace, 'get', 'canaries', '-o', 'name']);
    await until('all Canaries are given back', async () => (await left()) === '', 120_000);
    await settled();
    expect(refusalsOf(plane, installation)).toEqual([]);
  });

  test('alerts and dashboard ask for metrics and labels that it exports', async () => {
    const there = exported(exposition);
    const queries = queriesIn(synthesised('default', { alertRules: {}, dashboard: {} }));
    for (const { query, metrics, labels } of queries.map(wantedBy)) {
      expect([query, metrics.filter((metric) => !there.has(metric))]).toEqual([query, []]);
      const known = metrics.flatMap((metric) => [...(there.get(metric) ?? labels)]);
      expect([query, labels.filter((label) => !known.includes(label))]).toEqual([query, []]);
    }
    expect([...there.values()].filter((labels) => labels?.has('namespace')).length).toBeGreaterThan(4);
  });

  test('the roles are of that scope', () => {
    const kinds = installation.objects.map(({ kind }) => kind).filter((kind: string) => kind.startsWith('ClusterRole'));
    expect(kinds).toEqual(namespace === 'rights-team' ? [] : ['ClusterRole', 'ClusterRoleBinding']);
  });

  test('each right is used, and none that is not granted', () => {
    const granted = grantedBy(installation.objects).map((right) => right.replace('k8s.io/*', 'k8s.io/queue'));
    const used = usedBy(plane, installation).filter((right) => right !== 'list external.metrics.k8s.io/dummy-metric');
    expect(used.filter((right) => !granted.includes(right))).toEqual([]);
    expect(granted.filter((right) => !used.includes(right))).toEqual(Object.keys(NOT_IN_THE_LOG));
  });

  test.each([...PROVIDER_PERMISSIONS])('%s alone uses each right of its own', (provider, permissions) => {
    const { name } = ROWS[provider as keyof typeof ROWS];
    const version = SERVED[provider];
    const own = requestsOf(plane, installation).filter(({ objectRef }) =>
      objectRef?.name === undefined
        ? version === undefined || objectRef?.apiVersion === version
        : objectRef.name.startsWith(name),
    );
    const rules = permissions.map((one) => ({ ...one, apiGroups: [one.apiGroup] }));
    expect(own.map(rightOf)).toEqual(expect.arrayContaining(grantedBy([{ kind: 'Role', rules }])));
  });
});

/** What the API server would let an account do that has no role of ours. */
async function allowedAnyway(rules: readonly AnyObject[]): Promise<unknown[]> {
  const api = plane.api('serin-rights');
  const reviews = rules.flatMap(({ apiGroups: [group], resources, verbs }) =>
    resources.flatMap((resource: string) =>
      verbs.map(async (verb: string) => {
        const [plural, subresource] = resource.split('/');
        const resourceAttributes = { verb, group, resource: plural, subresource, namespace: 'default' };
        const user = 'system:serviceaccount:default:nobody';
        const spec = { user, groups: ['system:serviceaccounts', 'system:authenticated'], resourceAttributes };
        const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
        const { body } = await api.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review);
        return body.status.allowed === false ? undefined : resourceAttributes;
      }),
    ),
  );
  const found = await Promise.all(reviews);
  api.close();
  return found.filter((attributes) => attributes !== undefined);
}

test('nothing but its roles gives an account these rights', async () => {
  const roles = synthesised('default', EVERY).filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
  const rules = roles.flatMap((role) => role.rules);
  expect(rules.length).toBeGreaterThan(15);
  expect(await allowedAnyway(rules)).toEqual([]);
});

/** What is taken out, and whose Canary says so. */
const TAKEN: [string, Row[]][] = [
  ['create networking.istio.io/virtualservices', [ROWS.istio, ROWS.service]],
  ['list gateway.networking.k8s.io/httproutes', [ROWS['gatewayapi:v1'], ROWS['gatewayapi:v1beta1'], ROWS.linkerd]],
  ['create networking.k8s.io/ingresses', [ROWS.nginx]],
  ['watch traefik.io/traefikservices', [ROWS.traefik]],
  ['create projectcontour.io/httpproxies', [ROWS.contour]],
  ['create keda.sh/scaledobjects', [ROWS.keda]],
  ['create apps/daemonsets', [ROWS.daemonSet]],
  ['get secrets', [ROWS.configs, ROWS.metrics, ROWS.failing]],
  ['list external.metrics.k8s.io/*', [ROWS.external]],
];

/** What an Event or a log line says of a missing right. */
const remedyFor = (right: string): RegExp => {
  const [verb, what = ''] = right.split(' ');
  const [group, ...resource] = what.includes('/') ? what.split('/') : [undefined, what];
  const named = group ? `${resource.join('/').replace('*', '\\S+')} of ${group}` : resource.join('/');
  return new RegExp(`[A-Z]+ /api\\S+: .* is forbidden: .*: allow ${verb} on ${named} in the controller's role`);
};

const saidBy = async ({ name }: Row, { namespace }: Place) =>
  (await eventsOf(plane, namespace, name)).filter(({ type }) => type === 'Warning').map(({ message }) => message);

describe('with a right of each provider taken out', () => {
  let at: Place;
  let installation: Installation;

  beforeAll(async () => {
    at = await place('rights-taken');
    await revision(rows, at, 0);
    const props = { ...EVERY, watchNamespace: at.namespace };
    const rights = TAKEN.map(([right]) => right);
    installation = await install(plane, `${at.namespace}-serin`, props, rights);
    await plane.apply(rows.map((row) => canaryOf(row, at)));
  });
  afterAll(() => installation?.controller.end());

  test.each(TAKEN)('%s: its Canary says which request, and what to allow', async (right, hit) => {
    for (const row of hit) {
      const messages = () => saidBy(row, at);
      await until(`${row.name} names ${right}`, async () =>
        (await messages()).some((text) => remedyFor(right).test(text)),
      );
    }
    expect(installation.controller.lines.some((line) => remedyFor(right).test(JSON.parse(line).msg ?? line))).toBe(
      true,
    );
  });

  test('a Canary that needs none of them is released meanwhile', async () => {
    await ended(ROWS.kubernetes, at, 'Initialized');
    await revision([ROWS.kubernetes], at, 1);
    await ended(ROWS.kubernetes, at);
  });
});

/** Every Canary needs these: one installation each. */
const OF_ALL: [string, 'event' | 'log'][] = [
  ['update flagger.app/canaries/finalizers', 'event'],
  ['patch flagger.app/canaries/status', 'event'],
  ['list apps/deployments', 'event'],
  ['create services', 'event'],
  ['create events', 'log'],
  ['create coordination.k8s.io/leases', 'log'],
];

test('without what every Canary needs the log says so, and the Canary where it can', async () => {
  const one = async ([right, where]: (typeof OF_ALL)[number], index: number) => {
    const at = await place(`rights-taken-${index}`);
    await revision([ROWS.kubernetes], at, 0);
    const { controller } = await install(plane, `${at.namespace}-serin`, { ...EVERY, watchNamespace: at.namespace }, [
      right,
    ]);
    try {
      await plane.apply(canaryOf(ROWS.kubernetes, at));
      const inLog = async () => controller.lines.some((line) => remedyFor(right).test(line));
      const told = async () => (await saidBy(ROWS.kubernetes, at)).some((text) => remedyFor(right).test(text));
      await until(`${right} in the log`, inLog);
      if (where === 'event') await until(`${right} in an Event`, told);
    } finally {
      await controller.end();
    }
  };
  await Promise.all(OF_ALL.map(one));
});
