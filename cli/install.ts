/** `serin install`: the controller's own manifests, for `kubectl apply -f -`. */
import { App, Chart } from 'cdk8s';
import { parse, stringify } from 'yaml';
import { PolicyAction, SerinController, type SerinControllerProps, type TrafficProvider } from '../constructs';
import { version } from '../package.json';
import { crdTexts } from './crds';

export interface InstallOptions {
  namespace: string;
  output: 'yaml' | 'json';
  /** False: the definitions are there already. */
  crds: boolean;
  meshProvider: string;
  /** More providers that Canaries name. */
  trafficProvider: string[];
  metricsServer?: string;
  namespaceScoped?: boolean;
  image?: string;
  replicas: number;
  /** All replicas work, and share so many parts. */
  shards?: number;
  keda?: boolean;
  externalMetrics?: boolean;
  /** False: ConfigMaps and Secrets are no part of a revision, and the role has next to no rights on them. */
  configTracking: boolean;
  guard?: boolean;
  /** What the policy does with an object that breaks a rule. */
  policy?: 'warn' | 'deny' | 'audit';
  serviceMonitor?: boolean;
  networkPolicy?: boolean;
  alertRules?: boolean;
  dashboard?: boolean;
}

const POLICY_ACTIONS = { warn: PolicyAction.WARN, deny: PolicyAction.DENY, audit: PolicyAction.AUDIT };

/**
 * What the verb prints: YAML documents, or one List as JSON. What comes after the definitions is in the order of need.
 * @throws Error with the construct's path, the value and the remedy
 */
export function installText(options: InstallOptions): string {
  const objects = controllerObjects(options);
  const definitions = options.crds ? crdTexts() : [];
  if (options.output === 'json') {
    const items = [...definitions.map((one) => parse(one) as unknown), ...objects];
    return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2)}\n`;
  }
  const texts = objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }));
  return [...definitions, ...texts].map((one) => (one.endsWith('\n') ? one : `${one}\n`)).join('---\n');
}

function controllerObjects(options: InstallOptions): unknown[] {
  const chart = new Chart(new App(), 'install', { namespace: options.namespace });
  new SerinController(chart, 'serin', propsOf(options));
  return chart.toJson();
}

function propsOf(options: InstallOptions): SerinControllerProps {
  const meshProvider = options.meshProvider as TrafficProvider;
  const switchedOn = (['guard', 'serviceMonitor', 'networkPolicy', 'alertRules', 'dashboard'] as const).filter(
    (option) => options[option],
  );
  return {
    image: options.image ?? `serin:${version}`,
    // The bundle has the texts, but no files for the construct to read.
    customResourceDefinitions: false,
    replicas: options.replicas,
    trafficProviders: [...new Set([meshProvider, ...(options.trafficProvider as TrafficProvider[])])],
    ...(options.namespaceScoped && { watchNamespace: options.namespace }),
    keda: options.keda ?? false,
    externalMetrics: options.externalMetrics ?? false,
    flags: {
      meshProvider,
      ...(options.metricsServer !== undefined && { metricsServer: options.metricsServer }),
      ...(options.configTracking === false && { configTracking: false }),
      ...(options.shards !== undefined && { shards: options.shards }),
    },
    ...(options.policy !== undefined && { policy: { action: POLICY_ACTIONS[options.policy] } }),
    ...Object.fromEntries(switchedOn.map((option) => [option, {}])),
  };
}
