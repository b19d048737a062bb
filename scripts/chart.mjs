#!/usr/bin/env node
/**
 * Generates charts/serin from the constructs in constructs/install, with marks where values go; its crds/ is a link to ours.
 * `--check` writes nothing and exits 1 when a file is stale.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { stringify } from 'yaml';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const chartFolder = join(root, 'charts', 'serin');
const { version } = createRequire(import.meta.url)('../package.json');
const HEADER = '# Generated from constructs/install by scripts/chart.mjs. Do not edit.';

/** The constructs, from their sources. */
async function sources() {
  const { outputFiles } = await build({
    stdin: {
      contents: "export * from './serin-controller'; export * from './permissions'; export * from '../canary-props';",
      resolveDir: join(root, 'constructs', 'install'),
      loader: 'ts',
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    external: ['cdk8s', 'constructs'],
  });
  // As if it were a file among them, for what it reads beside itself.
  const module = new Module(join(root, 'constructs', 'install', 'chart.cjs'));
  module.filename = module.id;
  module.paths = [join(root, 'node_modules')];
  module._compile(outputFiles[0].text, module.filename);
  return module.exports;
}

const {
  SerinController,
  PROVIDER_PERMISSIONS,
  CONFIG_TRACKING,
  KEDA,
  EXTERNAL_METRICS,
  LEASE_PERMISSIONS,
  SHARD_PERMISSIONS,
  permissionsOf,
  policyRules,
} = await sources();
const { App, Chart } = createRequire(import.meta.url)('cdk8s');

/** Marks that a manifest may carry as texts, and what the chart has in their place. */
const MARKS = {
  // Before the shorter one.
  'serin-mark-namespace': '{{ .Release.Namespace }}',
  'serin-mark-name': '{{ .Release.Name }}',
  'serin-mark-watched': '{{ .Values.watchNamespace }}',
  'serin-mark-image': '"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"',
};

function synthesised(props) {
  const chart = new Chart(new App(), 'chart', { namespace: 'serin-mark-namespace' });
  const metadata = { name: 'serin-mark-name', labels: { 'app.kubernetes.io/managed-by': 'Helm' } };
  new SerinController(chart, 'serin', {
    metadata,
    image: 'serin-mark-image',
    customResourceDefinitions: false,
    ...props,
  });
  return chart.toJson();
}

const yaml = (value) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

/** Text that is nobody's template until marks are put in. */
function template(object) {
  const literal = yaml(object).replaceAll('{{', '{{ "{{" }}');
  return Object.entries(MARKS).reduce((text, [mark, value]) => text.replaceAll(mark, value), literal);
}

const guarded = (condition, text) => `{{- if ${condition} }}\n${text.trimEnd()}\n{{- end }}\n`;

/** Puts a value in place of a block: `key:` with everything that is indented below it. */
function replaceBlock(text, key, value) {
  const [, before = '', dash = ''] = new RegExp(`^( *)(- )?${key}:`, 'm').exec(text) ?? [];
  const indent = before + ' '.repeat(dash.length);
  const block = new RegExp(`^${before}${dash}${key}:.*\\n(?:${indent}(?: |- ).*\\n)*`, 'm');
  if (!block.test(text)) throw new Error(`no ${key} in the template`);
  return text.replace(block, () => value(indent, before + dash));
}

const nested = (key, path) => (indent, start) =>
  `${start}${key}:\n${indent}  {{- toYaml .Values.${path} | nindent ${indent.length + 2} }}\n`;

function deployment(object) {
  let text = template(object);
  text = replaceBlock(text, 'replicas', (_, start) => `${start}replicas: {{ .Values.replicas }}\n`);
  text = replaceBlock(text, 'resources', nested('resources', 'resources'));
  text = replaceBlock(text, 'args', (indent, start) => {
    const lines = [
      `${start}args:`,
      `${indent}  - controller`,
      `${indent}  {{- with .Values.watchNamespace }}`,
      `${indent}  - --namespace={{ . }}`,
      `${indent}  {{- end }}`,
      `${indent}  {{- if .Values.shards }}`,
      `${indent}  - --shards={{ .Values.shards }}`,
      `${indent}  {{- else }}`,
      `${indent}  - --enable-leader-election=true`,
      `${indent}  {{- end }}`,
      `${indent}  - --leader-election-namespace={{ .Values.watchNamespace | default .Release.Namespace }}`,
      `${indent}  {{- range $name, $value := .Values.flags }}`,
      `${indent}  - {{ printf "--%s=%v" $name $value | quote }}`,
      `${indent}  {{- end }}`,
      `${indent}{{- with .Values.env }}`,
      `${indent}env:`,
      `${indent}  {{- toYaml . | nindent ${indent.length + 2} }}`,
      `${indent}{{- end }}`,
    ];
    return `${lines.join('\n')}\n`;
  });
  return replaceBlock(
    text,
    'serviceAccountName',
    (indent, start) =>
      `${start}serviceAccountName: {{ .Release.Name }}\n${indent}{{- with .Values.imagePullSecrets }}\n` +
      `${indent}imagePullSecrets:\n${indent}  {{- toYaml . | nindent ${indent.length + 2} }}\n${indent}{{- end }}\n`,
  );
}

const WITHOUT_TRACKING = 'eq (toString (index .Values.flags "enable-config-tracking")) "false"';

const text = (permissions) => yaml(policyRules(permissions)).replace(/^/gm, '  ').trimEnd();

/** The rules that are always there, and those that a value asks for. */
function rules() {
  const options = { trafficProviders: [], configTracking: false, keda: false, externalMetrics: false };
  const credentials = permissionsOf(options).find(({ resources }) => resources.includes('secrets'));
  const always = permissionsOf(options).filter((permission) => permission !== credentials);
  const providersOf = new Map();
  for (const [provider, permissions] of PROVIDER_PERMISSIONS) {
    for (const one of permissions) providersOf.set(one, [...(providersOf.get(one) ?? []), provider]);
  }
  const when = (condition, permission) => `  {{- if ${condition} }}\n${text([permission])}\n  {{- end }}`;
  const asked = (providers) => {
    const each = providers.map((name) => `(has "${name}" .Values.trafficProviders)`);
    return each.length > 1 ? `or ${each.join(' ')}` : each[0].slice(1, -1);
  };
  return [
    'rules:',
    text(always),
    `  {{- if ${WITHOUT_TRACKING} }}\n${text([credentials])}\n  {{- else }}\n${text([CONFIG_TRACKING])}\n  {{- end }}`,
    ...[...providersOf].map(([permission, providers]) => when(asked(providers), permission)),
    when('.Values.keda', KEDA),
    when('.Values.externalMetrics', EXTERNAL_METRICS),
  ].join('\n');
}

const CLUSTER = synthesised({ serviceMonitor: {}, alertRules: {}, dashboard: {}, networkPolicy: {}, guard: {} });
const NAMESPACED = synthesised({ watchNamespace: 'serin-mark-watched' });
const of = (objects, kind, name = 'serin-mark-name') =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

const role = (object) => replaceBlock(template(object), 'rules', () => `${rules()}\n`);

/** One Lease of a known name, or one for each replica and shard. */
const leaseRole = (object) =>
  replaceBlock(template(object), 'rules', () =>
    [
      'rules:',
      `  {{- if .Values.shards }}\n${text(SHARD_PERMISSIONS)}`,
      `  {{- else }}\n${text(LEASE_PERMISSIONS)}\n  {{- end }}\n`,
    ].join('\n'),
  );

/** Roles for the cluster, or for one namespace. */
const access = () => {
  const lease = (objects) => [
    leaseRole(of(objects, 'Role', 'serin-mark-name-lease')),
    template(of(objects, 'RoleBinding', 'serin-mark-name-lease')),
  ];
  const cluster = [role(of(CLUSTER, 'ClusterRole')), template(of(CLUSTER, 'ClusterRoleBinding'))];
  const namespaced = [role(of(NAMESPACED, 'Role')), template(of(NAMESPACED, 'RoleBinding'))];
  const whole = (own, objects) => [...own, ...lease(objects)].join('---\n');
  return `{{- if .Values.watchNamespace }}\n${whole(namespaced, NAMESPACED)}{{- else }}\n${whole(cluster, CLUSTER)}{{- end }}\n`;
};

const guard = CLUSTER.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));

const TEMPLATES = {
  'service-account': template(of(CLUSTER, 'ServiceAccount')),
  access: access(),
  deployment: deployment(of(CLUSTER, 'Deployment')),
  service: template(of(CLUSTER, 'Service')),
  'pod-disruption-budget': guarded('gt (int .Values.replicas) 1', template(of(CLUSTER, 'PodDisruptionBudget'))),
  'network-policy': guarded('.Values.networkPolicy', template(of(CLUSTER, 'NetworkPolicy'))),
  'service-monitor': guarded('.Values.serviceMonitor', template(of(CLUSTER, 'ServiceMonitor'))),
  'alert-rules': guarded('.Values.alertRules', template(of(CLUSTER, 'PrometheusRule'))),
  dashboard: guarded('.Values.dashboard', template(of(CLUSTER, 'ConfigMap', 'serin-mark-name-dashboard'))),
  'controller-guard': guarded('.Values.controllerGuard', guard.map(template).join('---\n')),
};

const VALUES = {
  image: { repository: 'serin', tag: '' },
  imagePullSecrets: [],
  replicas: 2,
  shards: 0,
  watchNamespace: '',
  trafficProviders: ['istio'],
  keda: false,
  externalMetrics: false,
  flags: { 'mesh-provider': 'istio', 'log-level': 'info' },
  env: [],
  resources: of(CLUSTER, 'Deployment').spec.template.spec.containers[0].resources,
  controllerGuard: false,
  networkPolicy: false,
  serviceMonitor: false,
  alertRules: false,
  dashboard: false,
};

const WHY = {
  image: 'The tag is the version of the chart unless it is given.',
  replicas: 'One works, the others wait for its Lease, unless there are shards.',
  shards:
    'Parts into which the replicas divide the Canaries, some 8 a replica: then every replica works. 0: undivided.',
  watchNamespace: 'The only namespace whose Canaries are looked at, with a Role there; empty: all, with a ClusterRole.',
  trafficProviders: 'Every provider that Canaries name: the controller is allowed the routing objects of these.',
  keda: 'ScaledObjects as autoscalers are allowed.',
  externalMetrics: 'MetricTemplates may ask the external metrics API.',
  flags: 'Flags of `serin controller` by name, see `serin controller --help`.',
  env: 'Addresses and keys from Secrets, such as SLACK_URL.',
  controllerGuard: 'Refuses changes of what Canaries own by anyone but this controller.',
  networkPolicy: 'Closes every port but 8080.',
  serviceMonitor: 'For the Prometheus operator, as alertRules.',
  dashboard: "For Grafana's sidecar.",
};

const values = Object.entries(VALUES).map(
  ([key, value]) => `${WHY[key] ? `# ${WHY[key]}\n` : ''}${yaml({ [key]: value })}`,
);

const files = {
  'Chart.yaml': `${HEADER}\n${yaml({
    apiVersion: 'v2',
    name: 'serin',
    description: 'Progressive delivery for Kubernetes: the controller.',
    type: 'application',
    version,
    appVersion: version,
    kubeVersion: '>=1.30.0-0',
  })}`,
  'values.yaml': `${HEADER}\n${values.join('')}`,
  ...Object.fromEntries(
    Object.entries(TEMPLATES).map(([name, text]) => [`templates/${name}.yaml`, `${HEADER}\n${text}`]),
  ),
};

const check = process.argv.includes('--check');
const there = existsSync(chartFolder)
  ? readdirSync(chartFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(chartFolder.length + 1))
      .filter((name) => !name.startsWith('crds'))
  : [];
const stale = [
  ...Object.keys(files).filter(
    (name) => !there.includes(name) || readFileSync(join(chartFolder, name), 'utf8') !== files[name],
  ),
  ...there.filter((name) => files[name] === undefined),
];
for (const name of stale) {
  const path = join(chartFolder, name);
  if (check) {
    console.error(`charts/serin/${name} is stale: run \`node scripts/chart.mjs\``);
  } else if (files[name] === undefined) {
    rmSync(path);
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, files[name]);
    console.log(`wrote charts/serin/${name}`);
  }
}
process.exit(check && stale.length > 0 ? 1 : 0);
