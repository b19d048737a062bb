/** Makes a user's objects playable: what lies outside of them (Prometheus, chats, credentials) is inside the sandbox. */
import type { AlertProvider, Canary, MetricTemplate, TrafficProvider } from '../model/canary';
import { namespaceOf } from '../model/defaults';
import { at, textOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { WrittenWrong } from './quantities';
import type { Scenario } from './scenario';

export const METRICS_HOST = 'scripted-metrics.serin';
export const CHAT_HOST = 'chat.serin';
/** Names the webhook of a call: several may have one URL. */
export const HOOK_TAG = 'serin-hook';

export interface Prepared {
  objects: KubeObject[];
  /** Hosts of webhooks, and of Prometheus servers. */
  hookHosts: Set<string>;
  prometheusHosts: Set<string>;
  /** Hosts of chats, with the AlertProvider's name. */
  chats: Map<string, string>;
}

/** @throws WrittenWrong for metrics that nobody here can answer */
export function prepare(scenario: Scenario, provider: string): Prepared {
  const objects = structuredClone([...scenario.objects]);
  const prepared: Prepared = { objects, hookHosts: new Set(), prometheusHosts: new Set(), chats: new Map() };
  const secrets = new Set(objects.filter(({ kind }) => kind === 'Secret').map(keyOf));
  for (const object of [...objects]) {
    if (object.kind !== 'Canary') continue;
    canary(object as Canary, scenario, prepared);
    (object as Canary).spec.provider = provider as TrafficProvider;
  }
  for (const object of objects) {
    if (object.kind === 'MetricTemplate') template(object as MetricTemplate, secrets, prepared);
    if (object.kind === 'AlertProvider') chat(object as AlertProvider, prepared);
  }
  return { ...prepared, objects: inOrder(withNamespaces(objects)) };
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

function canary(object: Canary, scenario: Scenario, prepared: Prepared): void {
  const { spec } = object;
  if (spec.metricsServer) prepared.prometheusHosts.add(new URL(spec.metricsServer).host);
  for (const webhook of spec.analysis.webhooks ?? []) {
    const url = new URL(webhook.url);
    prepared.hookHosts.add(url.host);
    url.searchParams.set(HOOK_TAG, webhook.name);
    webhook.url = url.href;
  }
  for (const metric of spec.analysis.metrics ?? []) {
    if (!scenario.metrics.has(metric.name)) continue;
    if (!metric.templateRef && !metric.query) {
      const remedy = 'built-in metrics follow from the behaviour of the version: script metrics of a template or query';
      throw new WrittenWrong('metric', metric.name, remedy);
    }
    delete metric.query;
    const name = `scripted-${metric.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
    metric.templateRef = { name, namespace: namespaceOf(object) };
    prepared.objects.push(scripted(name, namespaceOf(object), metric.name));
  }
}

const scripted = (name: string, namespace: string, query: string): MetricTemplate => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'MetricTemplate',
  metadata: { name, namespace },
  spec: { provider: { type: 'prometheus', address: `http://${METRICS_HOST}` }, query },
});

/** Credentials are not needed here, and rightly not in the program. */
function template({ metadata, spec }: MetricTemplate, secrets: ReadonlySet<string>, prepared: Prepared): void {
  const { provider } = spec;
  if (provider.type !== 'prometheus') {
    // One that no metric asks does no harm.
    if (!isAsked(metadata.name, prepared.objects)) return;
    const remedy = `${provider.type} is not here: say what the metric answers, rollout(…).metric('name', 12)`;
    throw new WrittenWrong('MetricTemplate', metadata.name, remedy);
  }
  const secret = `${metadata.namespace ?? 'default'}/${provider.secretRef?.name}`;
  if (provider.secretRef && !secrets.has(secret)) delete provider.secretRef;
  if (provider.address) {
    const { host } = new URL(provider.address);
    if (host !== METRICS_HOST) prepared.prometheusHosts.add(host);
  }
}

const isAsked = (name: string, objects: readonly KubeObject[]): boolean =>
  objects
    .filter(({ kind }) => kind === 'Canary')
    .some((one) => (one as Canary).spec.analysis.metrics?.some((metric) => metric.templateRef?.name === name));

/** Alerts go to a chat of the sandbox, wherever they would go. */
function chat({ metadata, spec }: AlertProvider, prepared: Prepared): void {
  const host = `${metadata.name}.${metadata.namespace ?? 'default'}.${CHAT_HOST}`;
  delete spec.secretRef;
  delete spec.proxy;
  spec.address = `http://${host}/`;
  prepared.chats.set(host, metadata.name);
}

const CLUSTER_SCOPED = new Set(['Namespace', 'CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding']);

/** Whatever namespace is spoken of is there. */
function withNamespaces(objects: KubeObject[]): KubeObject[] {
  const named = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
  const wanted = new Set(['default', ...named]);
  const added: KubeObject[] = [];
  for (const object of objects) {
    if (CLUSTER_SCOPED.has(object.kind)) continue;
    const namespace = textOf(at(object, 'metadata', 'namespace')) ?? 'default';
    object.metadata.namespace = namespace;
    if (wanted.has(namespace)) continue;
    wanted.add(namespace);
    added.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  }
  return [...added, ...objects];
}

/** Namespaces before what is in them, Canaries after what they speak of. */
function inOrder(objects: readonly KubeObject[]): KubeObject[] {
  const rank = ({ kind }: KubeObject) => (kind === 'Namespace' ? 0 : kind === 'Canary' ? 2 : 1);
  return [...objects].sort((a, b) => rank(a) - rank(b));
}
