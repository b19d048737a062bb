/** `serin controller`: the flags are the controller's own; this file only sorts their help. */
import { flagsHelp } from '../controller/flags';
import { runController } from '../controller/main';
import { isRouter, KNOWN_PROVIDERS, routerFor } from '../model/traffic/router';
import type { Colours } from './terminal';

export const runControllerVerb = runController;

/** Flags by what they are about; one that is not named here still shows, at the end. */
const GROUPS: Record<string, readonly string[]> = {
  Cluster: ['kubeconfig', 'master', 'namespace'],
  'Traffic and metrics': ['mesh-provider', 'metrics-server', 'metrics-batching'],
  Releases: [
    'selector-labels',
    'include-label-prefix',
    'enable-config-tracking',
    'no-cross-namespace-refs',
    'allowed-hosts',
    'deny-local-addresses',
    'min-interval',
    'drain',
  ],
  Process: [
    'port',
    'log-level',
    'zap-encoding',
    'threadiness',
    'enable-leader-election',
    'leader-election-namespace',
    'shards',
    'version',
  ],
  Notifications: ['event-webhook', 'cluster-name'],
};

/** The text of `serin controller --help`. */
export function controllerHelp({ bold, cyan, dim }: Colours): string {
  const lines = new Map(
    flagsHelp()
      .split('\n')
      .map((line) => [/--([a-z-]+)/.exec(line)?.[1] ?? '', line]),
  );
  const grouped = new Set(Object.values(GROUPS).flat());
  const rest = [...lines.keys()].filter((name) => !grouped.has(name));
  const sections = Object.entries({ ...GROUPS, Other: rest }).map(([title, names]) => {
    const known = names.flatMap((name) => lines.get(name) ?? []);
    return `${bold(`${title}:`)}\n${known.map((line) => line.replace(/--[a-z-]+/, cyan)).join('\n')}`;
  });
  const providers = KNOWN_PROVIDERS.filter((name) => isRouter(routerFor(name)));
  return `${[
    `${bold('Usage:')} serin controller [flags]`,
    'Runs the controller that moves releases, until it is told to end. One dash or two, --flag value or --flag=value.',
    ...sections,
    `${bold('Providers:')}\n  ${providers.join(', ')}`,
    `${bold('Examples:')}\n  serin controller --kubeconfig ~/.kube/config --metrics-server http://localhost:9090\n  ${dim('# in a cluster, with two replicas')}\n  serin controller --enable-leader-election --log-level info`,
  ].join('\n\n')}\n`;
}
