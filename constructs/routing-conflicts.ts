/** Routing objects of the user's that would fight with those that the controller makes for a Canary of the program. */
import type { ApiObject } from 'cdk8s';
import type { Canary as CanaryManifest } from '../model/canary';
import { gateways, hosts, providerOf } from '../model/defaults';
import { at, objectsOf, textOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { apexName, canaryServiceName, primaryServiceName } from '../model/names';
import type { Canary } from './canary';
import { jsonOf, releasesBeside, scopePathOf } from './program';
import type { INamedRef } from './references';
import type { RouteAction } from './route-action';

/** A Canary of the same chart and namespace, as it will be applied. */
interface Neighbour {
  /** Path of its construct. */
  readonly path: string;
  readonly manifest: CanaryManifest;
}

function neighboursOf(object: ApiObject, isRoutedBy: (provider: string) => boolean): Neighbour[] {
  return releasesBeside(object)
    .map(({ canary }) => ({ path: scopePathOf(canary), manifest: manifestOf(canary) }))
    .filter((found): found is Neighbour => found.manifest !== undefined && isRoutedBy(providerOf(found.manifest)));
}

const manifestOf = (canary: ApiObject) => jsonOf(canary) as CanaryManifest | undefined;

const isIstio = (provider: string) => provider === 'istio';
const isGateway = (provider: string) => provider.startsWith('gatewayapi');
const isDelegate = (canary: CanaryManifest) => at(canary, 'spec', 'service', 'delegation') === true;
const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** What is wrong between a VirtualService and the Canaries of its program, each with the value and the remedy. */
export function virtualServiceConflicts(
  object: ApiObject,
  manifest: KubeObject,
  actions: readonly RouteAction[],
): string[] {
  const { name, namespace } = manifest.metadata;
  const ownHosts = textsOf(at(manifest, 'spec', 'hosts')).map((host) => hostKey(host, namespace));
  const ownGateways = gateways({ ...manifest, spec: { service: manifest['spec'] } } as never).map((gateway) =>
    gatewayKey(gateway, namespace),
  );
  const fights = neighboursOf(object, isIstio).flatMap(({ path, manifest: canary }) => {
    if (name === apexName(canary)) return [takenName('VirtualService', name, path)];
    if (isDelegate(canary)) return [];
    const host = hosts(canary, apexName(canary)).find((each) => ownHosts.includes(hostKey(each, namespace)));
    const gateway = gateways(canary).find((each) => ownGateways.includes(gatewayKey(each, namespace)));
    if (host === undefined || gateway === undefined) return [];
    return [
      `spec.hosts: ${host} at gateway ${gateway} is routed by the VirtualService of [${path}] too, and two of them fight: ` +
        'delegate to the Canary (its service.delegation, and RouteAction.delegate here), or leave the host to it',
    ];
  });
  return [...fights, ...actions.flatMap((action, index) => delegationProblems(action, `spec.http[${index}].delegate`))];
}

const takenName = (kind: string, name: string, path: string) =>
  `metadata.name: ${name} is the name of the ${kind} that the controller makes for [${path}], and would be overwritten: ` +
  'give it another name';

/** A Canary can be delegated to when it makes a VirtualService, and one without hosts. */
function delegationProblems({ _canary: canary, _delegate: other }: RouteAction, where: string): string[] {
  if (other) return hostedDelegate(other, where);
  const manifest = canary && manifestOf(canary.apiObject);
  if (!canary || !manifest) return [];
  return canaryDelegate(canary, manifest).map((text) => `${where}: [${canary.node.path}] ${text}`);
}

function canaryDelegate(canary: Canary, manifest: CanaryManifest): string[] {
  const provider = providerOf(manifest);
  if (provider !== 'istio')
    return [`has provider ${provider}, which makes no VirtualService: forward to MeshHost.apexOf`];
  if (isDelegate(manifest)) return [];
  return [`(${canary.kind} ${canary.name}) does not take delegated requests: set service.delegation of the Canary`];
}

function hostedDelegate(other: INamedRef, where: string): string[] {
  const { apiObject, node } = other as { apiObject?: ApiObject; node?: { path: string } };
  const theirs = textsOf(at(apiObject && jsonOf(apiObject), 'spec', 'hosts'));
  if (theirs.length === 0) return [];
  return [
    `${where}: [${node?.path}] has hosts of its own (${theirs.join(', ')}), and a delegate has none: remove its hosts and gateways`,
  ];
}

/** What is wrong between a DestinationRule and the Canaries of its program. */
export function destinationRuleConflicts(object: ApiObject, manifest: KubeObject): string[] {
  const { name, namespace } = manifest.metadata;
  const host = textOf(at(manifest, 'spec', 'host')) ?? '';
  return neighboursOf(object, isIstio).flatMap(({ path, manifest: canary }) => {
    const generated = [primaryServiceName(canary), canaryServiceName(canary)];
    if (generated.some((each) => hostKey(each, namespace) === hostKey(host, namespace))) {
      return [
        `spec.host: ${host} is a Service of [${path}], whose DestinationRule the controller makes: ` +
          'put the policy into service.trafficPolicy of the Canary',
      ];
    }
    return generated.includes(name) ? [takenName('DestinationRule', name, path)] : [];
  });
}

/** What is wrong between an HTTPRoute and the Canaries of its program. */
export function httpRouteConflicts(object: ApiObject, manifest: KubeObject): string[] {
  const { name, namespace } = manifest.metadata;
  return neighboursOf(object, isGateway).flatMap(({ path, manifest: canary }) => {
    if (name === apexName(canary)) return [takenName('HTTPRoute', name, path)];
    const service = at(canary, 'spec', 'service');
    if (objectsOf(at(service, 'match')).length > 0 || !takesEverything(manifest)) return [];
    const theirs = parentsOf(at(service, 'gatewayRefs'), namespace);
    const parent = parentsOf(at(manifest, 'spec', 'parentRefs'), namespace).find((each) => theirs.includes(each));
    const canaryHosts = textsOf(at(service, 'hosts'));
    const host = textsOf(at(manifest, 'spec', 'hostnames')).find((each) => canaryHosts.includes(each));
    if (parent === undefined || host === undefined) return [];
    return [
      `spec.hostnames: every request for ${host} at Gateway ${parent.split('\n')[0]} is routed by the HTTPRoute of [${path}] ` +
        'too, and the older one gets them all: give the route conditions, or leave the host to the Canary',
    ];
  });
}

/** Warnings about backends: a Service of a Canary that is called past its HTTPRoute. */
export function unsplitBackends(object: ApiObject, manifest: KubeObject): string[] {
  const neighbours = neighboursOf(object, isGateway);
  return objectsOf(at(manifest, 'spec', 'rules')).flatMap((rule, index) =>
    objectsOf(rule['backendRefs']).flatMap(({ name, namespace }, place) => {
      const own = namespace === undefined || namespace === manifest.metadata.namespace;
      const found = neighbours.find(({ manifest: canary }) => own && apexName(canary) === name);
      if (!found) return [];
      return [
        `spec.rules[${index}].backendRefs[${place}]: Service ${name} of [${found.path}] is the primary's alone, because the ` +
          'split is in the HTTPRoute of the Canary: add the host to service.hosts of the Canary to have it split',
      ];
    }),
  );
}

const takesEverything = (manifest: KubeObject): boolean =>
  objectsOf(at(manifest, 'spec', 'rules')).some((rule) =>
    objectsOf(rule['matches']).every(({ path, ...rest }) => {
      return (
        Object.keys(rest).length === 0 &&
        (path === undefined || (at(path, 'value') === '/' && at(path, 'type') !== 'Exact'))
      );
    }),
  );

/** Gateways by name and namespace. */
const parentsOf = (references: unknown, namespace = ''): string[] =>
  objectsOf(references).map((parent) => [parent['name'], parent['namespace'] ?? namespace].join('\n'));

const CLUSTER_DOMAIN = '.svc.cluster.local';

/** The full name of a host: `podinfo`, `podinfo.test` and `podinfo.test.svc` of namespace test are one. */
function hostKey(host: string, namespace = ''): string {
  if (!host.includes('.') && host !== '*') return `${host}.${namespace}${CLUSTER_DOMAIN}`;
  const [, service = '', own] = /^([^.]+)\.([^.]+)(\.svc)?$/.exec(host) ?? [];
  return own === namespace && own !== '' ? `${service}.${own}${CLUSTER_DOMAIN}` : host;
}

/** `<namespace>/<name>` of a gateway, whichever way it is written; `mesh` stays. */
function gatewayKey(reference: string, namespace = ''): string {
  if (reference === 'mesh' || reference.includes('/')) return reference;
  const [name = '', own = namespace] = reference.split('.');
  return `${own}/${name}`;
}
