/** The options of the installation against what they are made for: the real kinds, a real eviction, promtool, Helm. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { parse, stringify } from 'yaml';
import { runCommandLine } from '../../cli/command-line';
import { type SerinControllerProps, TrafficProvider } from '../../constructs';
import { version } from '../../package.json';
import { aTerminal } from '../cli/fake-terminal';
import { command } from './control-plane/command';
import { attachedPlane } from './control-plane/plane';
import { synthesised } from './installation';
import { type AnyObject, installCrds, read } from './tutorial-fixture';

const plane = attachedPlane();
const namespace = 'install-options';
const folder = mkdtempSync(join(tmpdir(), 'serin-options-'));

jest.setTimeout(120_000);

const EVERYTHING: SerinControllerProps = {
  trafficProviders: [TrafficProvider.ISTIO, TrafficProvider.NGINX, TrafficProvider.LINKERD],
  keda: true,
  externalMetrics: true,
  imagePullSecrets: ['registry'],
  guard: {},
  serviceMonitor: { labels: { release: 'prometheus' }, interval: Duration.seconds(30) },
  networkPolicy: { fromNamespaces: { 'kubernetes.io/metadata.name': 'monitoring' } },
  alertRules: { labels: { release: 'prometheus' } },
  dashboard: {},
  credentials: { slackUrl: { name: 'chat', key: 'url' } },
  flags: { slackChannel: 'releases' },
};

/** What the server would make of it: unknown fields are errors. */
const tried = (manifest: string | AnyObject[]) =>
  plane.apply(manifest, '-n', namespace, '--server-side', '--dry-run=server', '--validate=strict');

const helm = (...args: string[]) =>
  command(plane.assets.helm, args, {
    env: { KUBECONFIG: plane.kubeconfigPath, HOME: folder, HELM_NAMESPACE: namespace },
    timeoutMs: 60_000,
  });

beforeAll(async () => {
  await installCrds(plane);
  const files = plane.assets.otherCrds.flatMap((path) => ['-f', path]);
  await plane.kubectl(['apply', '--server-side', '--force-conflicts', ...files]);
  await plane.kubectl(['wait', '--for=condition=established', '--timeout=30s', ...files]);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
});
afterAll(async () => {
  await plane.tryKubectl(['delete', 'namespace', namespace, '--wait=false']);
  rmSync(folder, { recursive: true });
});

describe('every object of every option is taken by the API server', () => {
  test.each<[string, SerinControllerProps]>([
    ['for the cluster', EVERYTHING],
    ['for one namespace', { ...EVERYTHING, watchNamespace: namespace }],
  ])('%s', async (_, props) => {
    const objects = synthesised(namespace, props);
    const answers = (await tried(objects)).trim().split('\n');
    expect(answers).toHaveLength(objects.length);
    expect(answers.every((line) => line.endsWith('serverside-applied (server dry run)'))).toBe(true);
  });

  test('as serin install prints them', async () => {
    const { terminal, written } = aTerminal();
    const options = ['--guard', '--service-monitor', '--alert-rules', '--dashboard', '--network-policy', '--keda'];
    const args = [
      'install',
      '--namespace',
      namespace,
      '--external-metrics',
      '--traffic-provider',
      'contour',
      ...options,
    ];
    expect(await runCommandLine(args, terminal)).toBe(0);
    expect((await tried(written.out)).trim().split('\n')).toHaveLength(17);
  });
});

describe('two replicas', () => {
  const pods = async (): Promise<AnyObject[]> =>
    JSON.parse(await plane.kubectl(['-n', namespace, 'get', 'pods', '-o', 'json'])).items;

  beforeAll(async () => {
    await plane.apply(synthesised(namespace, { customResourceDefinitions: false }), '--server-side');
    await plane.kubectl(['-n', namespace, 'rollout', 'status', 'deployment/serin', '--timeout=60s']);
  });
  afterAll(() => plane.tryKubectl(['-n', namespace, 'delete', 'deployment', 'serin']));

  test('are on two nodes', async () => {
    expect(new Set((await pods()).map(({ spec }) => spec.nodeName)).size).toBe(2);
  });

  test('may be drained one after the other only', async () => {
    const conditions = '--for=jsonpath={.status.disruptionsAllowed}=1';
    await plane.kubectl(['-n', namespace, 'wait', 'pdb/serin', conditions, '--timeout=30s']);
    await plane.kubectl(['-n', namespace, 'scale', 'deployment/serin', '--replicas=1']);
    await plane.kubectl(['-n', namespace, 'wait', 'pdb/serin', conditions.replace('=1', '=0'), '--timeout=30s']);
    const [last] = (await pods()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const api = plane.api('serin-options');
    const { status, body } = await api.send(
      'POST',
      `/api/v1/namespaces/${namespace}/pods/${last.metadata.name}/eviction`,
      { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: last.metadata.name, namespace } },
    );
    api.close();
    expect([status, body.message]).toEqual([429, expect.stringContaining('disruption budget')]);
  });
});

describe('alerts', () => {
  const rules = () => synthesised(namespace, EVERYTHING).find(({ kind }) => kind === 'PrometheusRule').spec;
  const promtool = (...args: string[]) => command(plane.assets.promtool, args, { cwd: folder });

  beforeAll(() => writeFileSync(join(folder, 'rules.yaml'), stringify(rules(), { aliasDuplicateObjects: false })));

  test('are rules that Prometheus takes', async () => {
    const names = rules().groups[0].rules.map(({ alert }: AnyObject) => alert);
    expect(await promtool('check', 'rules', 'rules.yaml')).toContain(`SUCCESS: ${names.length} rules found`);
  });

  test('fire when they should, and not before', async () => {
    const canary = '{namespace="shop", name="web"}';
    const series = [
      { series: `flagger_canary_status${canary}`, values: '0x4 2x20' },
      { series: 'flagger_info{version="1", mesh_provider="istio"}', values: '1x9 _x20' },
      { series: 'serin_tick_lateness_seconds_bucket{le="5"}', values: '0x40' },
      { series: 'serin_tick_lateness_seconds_bucket{le="10"}', values: '0+10x40' },
      { series: 'serin_tick_lateness_seconds_bucket{le="+Inf"}', values: '0+10x40' },
      { series: 'serin_hook_deliveries_lost_total', values: '0x4 1x20' },
      { series: 'serin_api_requests_total{method="PUT", code="403"}', values: '0+1x40' },
    ];
    const expected: [string, string, string, AnyObject][] = [
      ['SerinReleaseFailed', '4m', '8m', { namespace: 'shop', name: 'web' }],
      ['SerinDown', '9m', '22m', {}],
      ['SerinTicksLate', '10m', '30m', {}],
      ['SerinHooksLost', '4m', '8m', {}],
      ['SerinForbidden', '10m', '30m', { method: 'PUT' }],
    ];
    const by = new Map<string, AnyObject>(rules().groups[0].rules.map((rule: AnyObject) => [rule.alert, rule]));
    expect([...by.keys()]).toEqual(expected.map(([alert]) => alert));
    const filled = (text: string) =>
      text.replace(
        /\{\{ \$labels\.(\w+) \}\}/g,
        (_, label) => ({ namespace: 'shop', name: 'web', method: 'PUT' })[label as string] ?? '',
      );
    const tests = expected.flatMap(([alertname, quiet, at, labels]) => {
      const { labels: own, annotations } = by.get(alertname)!;
      const texts = Object.entries<string>(annotations).map(([key, text]) => [key, filled(text)]);
      const fires = { exp_labels: { ...own, ...labels }, exp_annotations: Object.fromEntries(texts) };
      return [
        { eval_time: quiet, alertname, exp_alerts: [] },
        { eval_time: at, alertname, exp_alerts: [fires] },
      ];
    });
    const file = {
      rule_files: ['rules.yaml'],
      tests: [{ interval: '1m', input_series: series, alert_rule_test: tests }],
    };
    writeFileSync(join(folder, 'tests.yaml'), stringify(file, { aliasDuplicateObjects: false }));
    expect(await promtool('test', 'rules', 'tests.yaml')).toContain('SUCCESS');
  });
});

describe('the Helm chart', () => {
  const CHART = join(__dirname, '../../charts/serin');
  const documents = (text: string): AnyObject[] =>
    text
      .split(/^---$/m)
      .map((one) => parse(one))
      .filter(Boolean);

  const rendered = async (...set: string[]): Promise<string> =>
    helm('template', 'serin', CHART, '--kube-version=1.34', '--include-crds', ...set.flatMap((one) => ['--set', one]));

  /** Without Helm's own label, and with arguments in an order that does not matter. */
  const comparable = (objects: AnyObject[]): AnyObject => {
    for (const object of objects) {
      delete object.metadata.labels?.['app.kubernetes.io/managed-by'];
      if (object.kind === 'Deployment') object.spec.template.spec.containers[0].args.sort();
    }
    return Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
  };
  /** As the constructs make it; the chart says nothing of analysis intervals. */
  const program = (props: SerinControllerProps) =>
    comparable(synthesised(namespace, { ...props, flags: { ...props.flags, minInterval: undefined } as never }));

  const OPTIONS = [
    'keda',
    'externalMetrics',
    'controllerGuard',
    'serviceMonitor',
    'alertRules',
    'dashboard',
    'networkPolicy',
  ];
  const EVERY = OPTIONS.map((name) => `${name}=true`);
  const PROVIDERS = [TrafficProvider.ISTIO, TrafficProvider.LINKERD, TrafficProvider.NGINX, TrafficProvider.TRAEFIK];

  test('has nothing that Helm warns of', async () => {
    expect(await helm('lint', '--strict', CHART)).toContain('0 chart(s) failed');
  });

  test('renders what the constructs synthesise', async () => {
    const flags = { meshProvider: TrafficProvider.ISTIO };
    expect(comparable(documents(await rendered()))).toEqual(program({ flags }));
    for (const watched of [{}, { watchNamespace: 'shop' }]) {
      const set = Object.entries(watched).map((one) => one.join('='));
      const shared = documents(await rendered('shards=24', 'replicas=3', ...set));
      expect(comparable(shared)).toEqual(program({ ...watched, replicas: 3, flags: { ...flags, shards: 24 } }));
    }
    const everything = await rendered(
      'watchNamespace=shop',
      ...EVERY,
      `trafficProviders={${PROVIDERS}}`,
      'flags.enable-config-tracking=false',
    );
    expect(comparable(documents(everything))).toEqual(
      program({
        watchNamespace: 'shop',
        trafficProviders: PROVIDERS,
        flags: { ...flags, configTracking: false },
        keda: true,
        externalMetrics: true,
        guard: {},
        serviceMonitor: {},
        alertRules: {},
        dashboard: {},
        networkPolicy: {},
      }),
    );
  });

  const VALUES = [
    ['image', 'image.repository=registry.example.com/serin', 'image.tag=1'],
    ['imagePullSecrets', 'imagePullSecrets[0].name=registry'],
    ['replicas', 'replicas=1'],
    ['shards', 'shards=16'],
    ['watchNamespace', `watchNamespace=${namespace}`],
    ['trafficProviders', 'trafficProviders={nginx,contour,traefik,linkerd}'],
    ['flags', 'flags.metrics-server=http://prometheus:9090', 'flags.enable-config-tracking=false'],
    [
      'env',
      'env[0].name=SLACK_URL',
      'env[0].valueFrom.secretKeyRef.name=chat',
      'env[0].valueFrom.secretKeyRef.key=url',
    ],
    ['resources', 'resources.limits.memory=1Gi'],
    ...OPTIONS.map((name) => [name, `${name}=true`]),
  ] as [string, ...string[]][];

  test('each value is tried', async () => {
    const values = parse(await helm('show', 'values', CHART));
    expect(VALUES.map(([name]) => name).sort()).toEqual(Object.keys(values).sort());
  });

  test.each(VALUES)('%s changes something, and the API server takes it', async (_, ...set) => {
    const text = await rendered(...set);
    expect(text).not.toBe(await rendered());
    await tried(text);
  });

  test('is packed with its definitions, installed and uninstalled', async () => {
    await helm('package', CHART, '--destination', folder);
    const definitions = await helm('show', 'crds', join(folder, `serin-${version}.tgz`));
    expect([...definitions.matchAll(/^ {2}name: (\S+)$/gm)].map(([, name]) => name).sort()).toEqual(
      ['alertproviders', 'canaries', 'metrictemplates'].map((name) => `${name}.flagger.app`),
    );
    await helm('install', 'mover', join(folder, `serin-${version}.tgz`), '--skip-crds', '--wait', '--timeout=60s');
    expect((await read(plane, namespace, 'deployment', 'mover')).status.availableReplicas).toBe(2);
    await helm('uninstall', 'mover');
    expect((await plane.tryKubectl(['get', 'clusterrole', 'mover'])).code).not.toBe(0);
  });
});
