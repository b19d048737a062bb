/** The controller's flags, spelled as the reference spells them (spec behaviour-reference 8.1): names, defaults, help. */
import { parseDuration } from '../model/duration';
import { isRouter, routerFor } from '../model/traffic/router';
import type { OutboundRules } from './outbound';

export interface Flag {
  name: string;
  default: string | number | boolean;
  help: string;
  /** The environment variable that wins over the flag. */
  env?: string;
}

export const FLAGS = [
  { name: 'kubeconfig', default: '', help: 'path to a kubeconfig; in-cluster when empty' },
  { name: 'master', default: '', help: 'address of the API server, overrides the kubeconfig' },
  { name: 'metrics-server', default: 'http://prometheus:9090', help: 'Prometheus URL of built-in and inline metrics' },
  {
    name: 'metrics-server-secret',
    default: '',
    help: 'NAMESPACE/NAME of its credentials, keys as in a MetricTemplate',
  },
  { name: 'metrics-server-timeout', default: '5s', help: 'limit of one query' },
  { name: 'metrics-server-insecure-skip-verify', default: false, help: 'do not check its certificate' },
  {
    name: 'metrics-batching',
    default: true,
    help: 'Canaries that ask the same built-in metric at the same time share a query',
  },
  {
    name: 'istio-reporter',
    default: 'destination',
    help: 'series of built-in metrics: destination, source or waypoint',
  },
  { name: 'mesh-provider', default: 'istio', help: 'traffic provider of Canaries that name none' },
  { name: 'namespace', default: '', help: 'watch one namespace only; also the namespace of the lease' },
  { name: 'port', default: 8080, help: 'HTTP port of /metrics, /healthz and /readyz' },
  { name: 'log-level', default: 'debug', help: 'debug, info, warn, error, fatal or panic' },
  { name: 'zap-encoding', default: 'json', help: 'json or console' },
  { name: 'control-loop-interval', default: '10s', help: 'kept for compatibility: Serin watches, it does not poll' },
  { name: 'threadiness', default: 32, help: 'Canaries worked on at the same time' },
  { name: 'kubeconfig-qps', default: 100, help: 'kept for compatibility: the API server says when to slow down' },
  { name: 'kubeconfig-burst', default: 250, help: 'kept for compatibility' },
  {
    name: 'selector-labels',
    default: 'app,name,app.kubernetes.io/name',
    help: 'labels that tell a target apart, by preference',
  },
  {
    name: 'ingress-annotations-prefix',
    default: 'nginx.ingress.kubernetes.io',
    help: 'prefix of ingress-nginx annotations',
  },
  { name: 'ingress-class', default: '', help: 'ingress class of HTTPProxies (Contour)' },
  { name: 'include-label-prefix', default: '', help: 'prefixes of labels copied to the primary; * copies all' },
  { name: 'enable-config-tracking', default: true, help: 'ConfigMaps and Secrets are part of a revision' },
  { name: 'enable-leader-election', default: false, help: 'one of several replicas works, by a Lease' },
  {
    name: 'shards',
    default: 0,
    help: 'parts into which replicas divide the Canaries, some 8 a replica; 0: undivided',
  },
  { name: 'leader-election-namespace', default: 'kube-system', help: 'namespace of the Lease' },
  { name: 'no-cross-namespace-refs', default: false, help: 'references may not leave the namespace of the Canary' },
  {
    name: 'allowed-hosts',
    default: '',
    help: 'hosts that objects may name: names, .suffixes, addresses, CIDR; all when empty',
  },
  {
    name: 'deny-local-addresses',
    default: false,
    help: 'refuse loopback, link-local and cloud metadata addresses in objects',
  },
  { name: 'event-webhook', default: '', help: 'URL that receives every event', env: 'EVENT_WEBHOOK_URL' },
  {
    name: 'webhook-signing-key',
    default: '',
    help: 'key that signs webhooks (Standard Webhooks)',
    env: 'WEBHOOK_SIGNING_KEY',
  },
  { name: 'slack-url', default: '', help: 'Slack webhook or API URL of alerts', env: 'SLACK_URL' },
  { name: 'slack-token', default: '', help: 'bot token of the Slack API', env: 'SLACK_TOKEN' },
  { name: 'slack-proxy-url', default: '', help: 'proxy to Slack', env: 'SLACK_PROXY_URL' },
  { name: 'slack-user', default: 'flagger', help: 'name that alerts are sent under' },
  { name: 'slack-channel', default: '', help: 'channel of alerts; needed with slack-url' },
  { name: 'msteams-url', default: '', help: 'Teams webhook of alerts; wins over Slack', env: 'MSTEAMS_URL' },
  { name: 'msteams-proxy-url', default: '', help: 'proxy to Teams', env: 'MSTEAMS_PROXY_URL' },
  { name: 'cluster-name', default: '', help: 'name of the cluster in alerts' },
  { name: 'min-interval', default: '10s', help: 'floor of analysis intervals' },
  { name: 'drain', default: '2s', help: 'time between taking traffic off pods and taking the pods away' },
  { name: 'version', default: false, help: 'print the version and exit' },
] as const satisfies readonly Flag[];

/** Flags of the reference that do nothing here yet: setting one is an error, not silence. */
export const NOT_BUILT_FLAGS = ['kubeconfig-service-mesh'] as const;

export type FlagName = (typeof FLAGS)[number]['name'];
export type Flags = Record<FlagName, string | number | boolean>;

/** The command line cannot be used; the message says what to do. */
export class FlagError extends Error {
  readonly code = 'FlagInvalid';
}

/**
 * Reads Go-style flags: one dash or two, `-name value` or `-name=value`; booleans take a value only with `=`.
 * @throws FlagError
 */
export function parseFlags(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Flags {
  const flags = Object.fromEntries(FLAGS.map((flag) => [flag.name, flag.default])) as Flags;
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const match = /^--?([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(arg);
    if (!match) throw new FlagError(`unexpected argument "${arg}": flags look like --name=value, see --help`);
    const [, name = '', inline] = match;
    const flag = flagNamed(name);
    const boolean = typeof flag.default === 'boolean';
    const text = inline ?? (boolean ? 'true' : rest.shift());
    if (text === undefined) throw new FlagError(`flag --${name} needs a value`);
    flags[flag.name as FlagName] = typedValue(flag, text);
  }
  for (const flag of FLAGS as readonly Flag[]) {
    const value = flag.env && env[flag.env];
    if (value) flags[flag.name as FlagName] = typedValue(flag, value);
  }
  return flags;
}

function flagNamed(name: string): Flag {
  const flag = FLAGS.find((known) => known.name === name);
  if (flag) return flag;
  if ((NOT_BUILT_FLAGS as readonly string[]).includes(name)) {
    throw new FlagError(`flag --${name} is not supported: leave it out (docs/differences.md)`);
  }
  throw new FlagError(`unknown flag --${name}, see --help`);
}

function typedValue(flag: Flag, text: string): string | number | boolean {
  if (typeof flag.default === 'boolean') {
    if (/^(true|t|1)$/i.test(text)) return true;
    if (/^(false|f|0)$/i.test(text)) return false;
    throw new FlagError(`flag --${flag.name} takes true or false, not "${text}"`);
  }
  if (typeof flag.default === 'number') {
    if (/^\d+$/.test(text)) return Number(text);
    throw new FlagError(`flag --${flag.name} takes a whole number, not "${text}"`);
  }
  return text;
}

/** A duration flag in milliseconds. @throws FlagError */
export function durationFlag(flags: Flags, name: FlagName): number {
  const ms = parseDuration(flags[name]);
  if (ms === undefined) throw new FlagError(`flag --${name} takes a duration such as 10s, not "${flags[name]}"`);
  return ms;
}

/** How the built-in metrics are asked. @throws FlagError */
export function metricsFlags(flags: Flags) {
  const [namespace, name, ...rest] = String(flags['metrics-server-secret']).split('/');
  if (flags['metrics-server-secret'] !== '' && (!namespace || !name || rest.length > 0)) {
    throw new FlagError(`flag --metrics-server-secret takes NAMESPACE/NAME, not "${flags['metrics-server-secret']}"`);
  }
  const reporter = String(flags['istio-reporter']);
  if (reporter !== 'destination' && reporter !== 'source' && reporter !== 'waypoint') {
    throw new FlagError(`flag --istio-reporter takes destination, source or waypoint, not "${reporter}"`);
  }
  return {
    reporter: reporter as 'destination' | 'source' | 'waypoint',
    metricsBatching: flags['metrics-batching'] === true,
    builtinServer: {
      address: String(flags['metrics-server']),
      timeoutMs: durationFlag(flags, 'metrics-server-timeout'),
      insecureSkipVerify: flags['metrics-server-insecure-skip-verify'] === true,
      ...(namespace && name && { secret: { namespace, name } }),
    },
  };
}

/** How replicas divide the work. @throws FlagError */
export function shardsFlag(flags: Flags): number {
  const count = Number(flags.shards);
  if (count > 0 && flags['enable-leader-election']) {
    throw new FlagError('--shards and --enable-leader-election exclude each other: with shards every replica works');
  }
  if (count > 1024) throw new FlagError(`flag --shards takes at most 1024, not ${count}`);
  return count;
}

/** Where objects may send the controller. What the flags themselves name, and the API server, is always allowed. */
export function outboundRules(flags: Flags, apiServer: string): OutboundRules {
  const named: FlagName[] = [
    'metrics-server',
    'event-webhook',
    'slack-url',
    'slack-proxy-url',
    'msteams-url',
    'msteams-proxy-url',
  ];
  return {
    allowedHosts: String(flags['allowed-hosts']),
    denyLocal: flags['deny-local-addresses'] === true,
    trusted: [apiServer, ...named.map((name) => String(flags[name]))],
  };
}

/** A provider that works. @throws FlagError that names the known ones (T12) */
export function providerFlag(flags: Flags): string {
  const provider = String(flags['mesh-provider']);
  const found = routerFor(provider);
  if (!isRouter(found)) throw new FlagError(`--mesh-provider: ${found.error}`);
  return provider;
}

/** The help of all flags, one a line. */
export const flagsHelp = (): string =>
  (FLAGS as readonly Flag[])
    .map(({ name, default: value, help, env }) => {
      const kind = typeof value === 'boolean' ? '' : ` ${typeof value === 'number' ? 'N' : 'TEXT'}`;
      const shown = value === '' ? '' : ` (default ${value})`;
      return `  --${`${name}${kind}`.padEnd(34)} ${help}${shown}${env ? `; ${env} wins` : ''}`;
    })
    .join('\n');
