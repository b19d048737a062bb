import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { App, Chart, Duration } from 'cdk8s';
import * as plus33 from 'cdk8s-plus-33';
import {
  type ControllerFlags,
  IstioReporter,
  LogEncoding,
  LogLevel,
  SerinController,
  type SerinControllerProps,
  TrafficProvider,
} from '../../constructs';
import { credentialVariables, flagArguments } from '../../constructs/install/controller-flags';
import { LEASE_PERMISSIONS, PROVIDER_PERMISSIONS, permissionsOf } from '../../constructs/install/permissions';
import { FLAGS, metricsFlags, parseFlags, providerFlag } from '../../controller/flags';
import { Telemetry } from '../../controller/telemetry/metrics';
import { ROUTING_TYPES, SUPPORTED_PROVIDERS } from '../../model/traffic/router';
import { version } from '../../package.json';
import type { Manifest } from './fixtures';
import { offencesIn } from './jsii-shape';

const EVERYTHING: SerinControllerProps = {
  guard: {},
  policy: {},
  serviceMonitor: { labels: { release: 'prometheus' }, interval: Duration.seconds(30) },
  networkPolicy: { fromNamespaces: { 'kubernetes.io/metadata.name': 'monitoring' } },
  alertRules: {},
  dashboard: {},
};

/** Manifests by `Kind/name`. */
function installed(props: SerinControllerProps = {}): Record<string, Manifest> {
  const chart = new Chart(new App(), 'install', { namespace: 'istio-system' });
  new SerinController(chart, 'serin', { customResourceDefinitions: false, ...props });
  const objects: Manifest[] = chart.toJson();
  return Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
}

const containerOf = (objects: Record<string, Manifest>): Manifest =>
  objects['Deployment/serin'].spec.template.spec.containers[0];

describe('objects', () => {
  it('by default', () => {
    expect(Object.keys(installed())).toEqual([
      'ServiceAccount/serin',
      'ClusterRole/serin',
      'ClusterRoleBinding/serin',
      'Role/serin-lease',
      'RoleBinding/serin-lease',
      'Deployment/serin',
      'Service/serin',
      'PodDisruptionBudget/serin',
    ]);
  });

  it('with every option', () => {
    const more = Object.keys(installed(EVERYTHING)).filter((name) => !(name in installed()));
    expect(more).toEqual([
      'ValidatingAdmissionPolicy/serin-controller-guard',
      'ValidatingAdmissionPolicyBinding/serin-controller-guard',
      'ValidatingAdmissionPolicy/serin-canary-policy',
      'ValidatingAdmissionPolicyBinding/serin-canary-policy',
      'ValidatingAdmissionPolicy/serin-canary-policy-templates',
      'ValidatingAdmissionPolicyBinding/serin-canary-policy-templates',
      'NetworkPolicy/serin',
      'ServiceMonitor/serin',
      'PrometheusRule/serin',
      'ConfigMap/serin-dashboard',
    ]);
  });

  it('the definitions come first and are those of crds/', () => {
    const kinds = Object.keys(installed({ customResourceDefinitions: true })).slice(0, 3);
    expect(kinds).toEqual(
      ['alertproviders', 'canaries', 'metrictemplates'].map((name) => `CustomResourceDefinition/${name}.flagger.app`),
    );
  });

  it('only namespaced ones have a namespace', () => {
    const objects = Object.values(installed({ ...EVERYTHING, customResourceDefinitions: true }));
    const without = objects.filter(({ metadata }) => metadata.namespace === undefined).map(({ kind }) => kind);
    expect([...new Set(without)]).toEqual([
      'CustomResourceDefinition',
      'ClusterRole',
      'ClusterRoleBinding',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ]);
  });

  it('one replica has no disruption budget, which would block every drain', () => {
    expect(installed({ replicas: 1 })).not.toHaveProperty('PodDisruptionBudget/serin');
  });

  it('the guard knows the ServiceAccount', () => {
    const objects = installed({ guard: {}, metadata: { name: 'mover', namespace: 'delivery' } });
    const { matchConditions } = objects['ValidatingAdmissionPolicy/serin-controller-guard'].spec;
    expect(matchConditions[0].expression).toContain('"system:serviceaccount:delivery:mover"');
  });

  it('the policy knows the flags and the namespace', () => {
    const flags = { minInterval: Duration.minutes(1), noCrossNamespaceRefs: true };
    const objects = installed({ policy: {}, flags, watchNamespace: 'shop' });
    const policy = objects['ValidatingAdmissionPolicy/serin-canary-policy'];
    const messages = policy.spec.validations.map(({ message }: Manifest) => message);
    expect(messages).toContainEqual(expect.stringContaining('spec.analysis.interval: is raised to 60s'));
    expect(messages).toContainEqual(expect.stringContaining('cross-namespace references are blocked'));
    expect(policy.metadata).not.toHaveProperty('namespace');
    expect(objects['ValidatingAdmissionPolicyBinding/serin-canary-policy'].spec.matchResources).toEqual({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
    });
  });

  it('stands beside any cdk8s-plus', () => {
    const chart = new Chart(new App(), 'install', { namespace: 'delivery' });
    const namespace = new plus33.Namespace(chart, 'namespace', { metadata: { name: 'delivery' } });
    const controller = new SerinController(chart, 'serin', { customResourceDefinitions: false });
    controller.node.addDependency(namespace);
    expect(chart.toJson()[0].kind).toBe('Namespace');
  });
});

describe('the Deployment', () => {
  it('gives its pods no more than they need', () => {
    const { spec } = installed()['Deployment/serin'].spec.template;
    expect(spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      privileged: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(spec.volumes).toBeUndefined();
  });

  it('runs two replicas of this version with a lease, spread over nodes and zones', () => {
    const { replicas, template } = installed()['Deployment/serin'].spec;
    expect(replicas).toBe(2);
    expect(template.spec.topologySpreadConstraints).toMatchObject([
      { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
    ]);
    const [zones] = template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
    expect(zones.podAffinityTerm.topologyKey).toBe('topology.kubernetes.io/zone');
    expect(template.spec.containers[0].image).toBe(`serin:${version}`);
    expect(template.spec.containers[0].args).toEqual([
      'controller',
      '--enable-leader-election=true',
      '--leader-election-namespace=istio-system',
      '--mesh-provider=istio',
      '--log-level=info',
    ]);
  });

  it('asks the paths and the port that the controller serves', () => {
    const { livenessProbe, readinessProbe, ports } = containerOf(installed());
    expect([livenessProbe.httpGet.path, readinessProbe.httpGet.path]).toEqual(['/healthz', '/readyz']);
    expect(ports).toEqual([{ name: 'http', containerPort: parseFlags([]).port }]);
  });

  it('selects what the Service, the budget and the monitor select', () => {
    const objects = installed(EVERYTHING);
    const { labels } = objects['Deployment/serin'].spec.template.metadata;
    expect(objects['Service/serin'].spec.selector).toEqual(labels);
    expect(objects['PodDisruptionBudget/serin'].spec.selector.matchLabels).toEqual(labels);
    expect(objects['NetworkPolicy/serin'].spec.podSelector.matchLabels).toEqual(labels);
    expect(objects['Service/serin'].metadata.labels).toMatchObject(
      objects['ServiceMonitor/serin'].spec.selector.matchLabels,
    );
  });

  it('overrides one resource and keeps the others', () => {
    const { resources } = containerOf(installed({ resources: { requests: { cpu: '1' } } }));
    expect(resources).toEqual({ requests: { cpu: '1', memory: '128Mi' }, limits: { memory: '512Mi' } });
  });

  it('takes credentials from Secrets', () => {
    const slackUrl = { name: 'chat', key: 'url' };
    const { env } = containerOf(installed({ credentials: { slackUrl }, flags: { slackChannel: 'releases' } }));
    expect(env).toEqual([{ name: 'SLACK_URL', valueFrom: { secretKeyRef: { name: 'chat', key: 'url' } } }]);
  });
});

describe('flags', () => {
  const ALL: Required<ControllerFlags> = {
    meshProvider: TrafficProvider.LINKERD,
    metricsServer: 'http://metrics:9090',
    metricsServerSecret: 'istio-system/metrics',
    metricsServerTimeout: Duration.seconds(7),
    metricsServerInsecureSkipVerify: true,
    metricsBatching: false,
    istioReporter: IstioReporter.WAYPOINT,
    logLevel: LogLevel.WARN,
    logEncoding: LogEncoding.CONSOLE,
    threadiness: 8,
    shards: 16,
    selectorLabels: ['app', 'team'],
    includeLabelPrefixes: ['*'],
    ingressAnnotationsPrefix: 'nginx.example.com',
    ingressClass: 'contour',
    configTracking: false,
    noCrossNamespaceRefs: true,
    allowedHosts: ['.example.com', '10.0.0.0/8'],
    denyLocalAddresses: true,
    minInterval: Duration.minutes(1),
    drain: Duration.millis(500),
    clusterName: 'blue',
    slackUser: 'serin',
    slackChannel: 'releases',
    slackProxyUrl: 'http://proxy:3128',
    msteamsProxyUrl: 'http://proxy:3129',
  };

  it('reach the controller as they were meant', () => {
    const flags = parseFlags(flagArguments(ALL));
    expect(providerFlag(flags)).toBe('linkerd');
    expect(metricsFlags(flags)).toEqual({
      metricsBatching: false,
      reporter: 'waypoint',
      builtinServer: {
        address: 'http://metrics:9090',
        timeoutMs: 7000,
        insecureSkipVerify: true,
        secret: { namespace: 'istio-system', name: 'metrics' },
      },
    });
    expect(flags).toMatchObject({
      threadiness: 8,
      'selector-labels': 'app,team',
      'allowed-hosts': '.example.com,10.0.0.0/8',
      'deny-local-addresses': true,
      'min-interval': '1m',
      drain: '500ms',
      'enable-config-tracking': false,
    });
  });

  /** Set by other props, or without effect in a cluster. */
  const ELSEWHERE = [
    ...['kubeconfig', 'master', 'port', 'version', 'control-loop-interval', 'kubeconfig-qps', 'kubeconfig-burst'],
    ...['namespace', 'enable-leader-election', 'leader-election-namespace'],
  ];

  it('are all there, or come from a Secret', () => {
    const secret = { name: 'a', key: 'b' };
    const given = flagArguments(ALL).map((argument) => argument.replace(/^--([^=]+)=.*$/, '$1'));
    const credentials = ['slackUrl', 'slackToken', 'msteamsUrl', 'eventWebhookUrl', 'webhookSigningKey'] as const;
    const variables = credentialVariables(Object.fromEntries(credentials.map((name) => [name, secret]))).map(
      (variable) => (variable as { name: string }).name,
    );
    const missing = FLAGS.filter(
      (flag) => !given.includes(flag.name) && !('env' in flag && variables.includes(flag.env)),
    ).map(({ name }) => name);
    expect(missing.sort()).toEqual([...ELSEWHERE].sort());
    expect(variables).toHaveLength(credentials.length);
  });
});

describe('rights', () => {
  const rulesOf = (props: SerinControllerProps, role = 'ClusterRole/serin'): Manifest[] => installed(props)[role].rules;
  const groups = (rules: Manifest[]) => new Set(rules.flatMap(({ apiGroups }) => apiGroups));

  it('name every verb and resource: only metrics of other people have no names', () => {
    const options = { configTracking: true, keda: true, externalMetrics: true };
    const all = [...permissionsOf({ ...options, trafficProviders: [...PROVIDER_PERMISSIONS.keys()] })];
    const starred = [...all, ...LEASE_PERMISSIONS].filter(({ apiGroup, resources, verbs }) =>
      [apiGroup, ...resources, ...verbs].some((text) => text.includes('*')),
    );
    expect(starred.map(({ apiGroup }) => apiGroup)).toEqual(['external.metrics.k8s.io']);
    expect(all.filter(({ why }) => why === '')).toEqual([]);
  });

  it('routes of a provider come with the provider', () => {
    expect(groups(rulesOf({}))).toContain('networking.istio.io');
    const nginx = groups(rulesOf({ flags: { meshProvider: TrafficProvider.NGINX } }));
    expect(nginx).toContain('networking.k8s.io');
    expect(nginx).not.toContain('networking.istio.io');
  });

  it('every provider that works is known, with every kind that it writes', () => {
    expect([...PROVIDER_PERMISSIONS.keys()].sort()).toEqual([...SUPPORTED_PROVIDERS].sort());
    const writable = [...PROVIDER_PERMISSIONS.values()]
      .flat()
      .filter(({ verbs }) => verbs.includes('update'))
      .flatMap(({ apiGroup, resources }) => resources.map((resource) => `${apiGroup}/${resource}`));
    const routed = ROUTING_TYPES.map(({ apiVersion, plural }) => `${apiVersion.split('/')[0]}/${plural}`);
    expect(new Set(writable)).toEqual(new Set(routed));
  });

  it('replicas that share the Canaries have no leader, and the rights on the Leases of their shards', () => {
    const props = { replicas: 3, flags: { shards: 24 } };
    expect(containerOf(installed(props)).args).toContain('--shards=24');
    expect(containerOf(installed(props)).args).not.toContain('--enable-leader-election=true');
    expect(rulesOf(props, 'Role/serin-lease')).toEqual([
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        verbs: ['get', 'list', 'create', 'update', 'delete'],
      },
    ]);
  });

  it('options come with their kinds', () => {
    expect(groups(rulesOf({}))).not.toContain('keda.sh');
    expect(groups(rulesOf({ keda: true, externalMetrics: true }))).toEqual(
      new Set([...groups(rulesOf({})), 'keda.sh', 'external.metrics.k8s.io']),
    );
  });

  it('without config tracking Secrets are read by name only, and ConfigMaps not at all', () => {
    const rules = rulesOf({ flags: { configTracking: false } });
    expect(rules.filter(({ resources }) => resources.includes('secrets'))).toEqual([
      { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
    ]);
    expect(rules.filter(({ resources }) => resources.includes('configmaps'))).toEqual([]);
  });

  it('the Lease is the only one', () => {
    expect(rulesOf({}, 'Role/serin-lease').map(({ verbs, resourceNames }) => [verbs, resourceNames])).toEqual([
      [['create'], undefined],
      [['get', 'update'], ['flagger-leader-election']],
    ]);
  });

  it('for one namespace there is nothing of the cluster', () => {
    const objects = installed({ watchNamespace: 'shop' });
    expect(Object.keys(objects).filter((name) => name.startsWith('Cluster'))).toEqual([]);
    for (const name of ['Role/serin', 'RoleBinding/serin', 'Role/serin-lease', 'RoleBinding/serin-lease']) {
      expect(objects[name].metadata.namespace).toBe('shop');
    }
    expect(objects['RoleBinding/serin'].subjects).toEqual([
      { kind: 'ServiceAccount', name: 'serin', namespace: 'istio-system' },
    ]);
    expect(containerOf(objects).args).toEqual(
      expect.arrayContaining(['--namespace=shop', '--leader-election-namespace=shop']),
    );
  });
});

describe('what cannot work is said at synthesis', () => {
  it.each<[SerinControllerProps, string]>([
    [{ trafficProviders: [TrafficProvider.GLOO] }, 'trafficProviders: gloo is not built: take out of istio, '],
    [
      { trafficProviders: [TrafficProvider.ISTIO], flags: { meshProvider: TrafficProvider.NGINX } },
      'trafficProviders: flags.meshProvider (nginx) is not among them: add it',
    ],
    [{ replicas: 1.5 }, 'replicas: must be a whole number (1.5)'],
    [{ flags: { metricsServerSecret: 'metrics' } }, 'flags.metricsServerSecret: must be NAMESPACE/NAME ("metrics")'],
    [
      { watchNamespace: 'shop', flags: { metricsServerSecret: 'other/metrics' } },
      'flags.metricsServerSecret: with watchNamespace the controller reads only shop ("other/metrics")',
    ],
    [{ credentials: { slackUrl: { name: 'a', key: 'b' } } }, 'flags.slackChannel: is not given'],
  ])('%j', (props, message) => {
    expect(() => installed(props)).toThrow(`[install/serin] ${message}`);
  });

  it('no namespace', () => {
    const chart = new Chart(new App(), 'install');
    expect(() => new SerinController(chart, 'serin')).toThrow(
      '[install/serin] the controller needs a namespace: give it in metadata or to the chart',
    );
  });
});

describe('what is asked of Prometheus', () => {
  const objects = installed(EVERYTHING);
  const rules: Manifest[] = objects['PrometheusRule/serin'].spec.groups[0].rules;
  const board = JSON.parse(objects['ConfigMap/serin-dashboard'].data['serin.json']);
  const queries: [string, string][] = [
    ...rules.map(({ alert, expr }): [string, string] => [alert, expr]),
    ...board.panels.map(({ title, targets }: Manifest): [string, string] => [title, targets[0].expr]),
  ];
  const exported = new Telemetry().registry.getMetricsAsArray().map((metric) => (metric as unknown as Manifest).name);

  it.each(queries)('%s is PromQL over metrics that are exported', (_title, query) => {
    const names: string[] = [];
    parser.parse(query).iterate({
      enter: ({ name, from, to, type }) => {
        if (type.isError) throw new Error(`${query} at ${from}`);
        if (name === 'Identifier') names.push(query.slice(from, to));
      },
    });
    const metrics = names.filter((name) => /^(flagger|serin)_/.test(name)).map((name) => name.replace(/_bucket$/, ''));
    expect(metrics).not.toEqual([]);
    expect(metrics.filter((name) => !exported.includes(name))).toEqual([]);
  });

  it('alerts on failed releases and on a controller that is down', () => {
    expect(rules.map(({ alert }) => alert)).toEqual(expect.arrayContaining(['SerinReleaseFailed', 'SerinDown']));
  });

  it('places panels beside each other', () => {
    const places = board.panels.map(({ gridPos: { x, y } }: Manifest) => `${x},${y}`);
    expect(new Set(places).size).toBe(board.panels.length);
  });
});

it('what operators and sidecars select by is theirs to say', () => {
  const objects = installed({ ...EVERYTHING, dashboard: { labels: { team: 'web' } } });
  expect(objects['ServiceMonitor/serin'].metadata.labels).toMatchObject({ release: 'prometheus' });
  expect(objects['ServiceMonitor/serin'].spec.endpoints).toEqual([{ port: 'http', path: '/metrics', interval: '30s' }]);
  expect(objects['ConfigMap/serin-dashboard'].metadata.labels).toMatchObject({ team: 'web' });
  expect(objects['NetworkPolicy/serin'].spec.ingress).toEqual([
    {
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      ports: [{ port: 8080, protocol: 'TCP' }],
    },
  ]);
});

describe('the public door is jsii-shaped', () => {
  const folder = join(__dirname, '..', '..', 'constructs', 'install');
  it.each(readdirSync(folder))('%s', (name) => {
    expect(offencesIn(join(folder, name), { needsDefaults: true })).toEqual([]);
  });
});
