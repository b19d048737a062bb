/** Kinds of routers that the sandbox does not have by itself, and the gateway that accepts routes. */
import type { KubeObject } from '../model/kube';
import { RESOURCES } from '../model/kube';
import type { Clock } from '../model/ports';
import type { ObjectStore } from '../sandbox/api/store';

const anything = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

function definition(group: string, kind: string, plural: string, versions: string[]): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: anything,
        subresources: { status: {} },
      })),
    },
  };
}

const HTTP_ROUTE = definition('gateway.networking.k8s.io', 'HTTPRoute', 'httproutes', ['v1', 'v1beta1']);
const PER_PROVIDER: Readonly<Record<string, KubeObject>> = {
  'gatewayapi:v1': HTTP_ROUTE,
  'gatewayapi:v1beta1': HTTP_ROUTE,
  linkerd: HTTP_ROUTE,
  nginx: definition('networking.k8s.io', 'Ingress', 'ingresses', ['v1']),
  traefik: definition('traefik.io', 'TraefikService', 'traefikservices', ['v1alpha1']),
  contour: definition('projectcontour.io', 'HTTPProxy', 'httpproxies', ['v1']),
};

/** What a provider installs. */
export const routingKinds = (provider: string): KubeObject[] =>
  PER_PROVIDER[provider] ? [PER_PROVIDER[provider]] : [];

const ACCEPTED_AFTER_MS = 150;

/** Reports on every HTTPRoute a moment after it changed, as a gateway does. */
export function acceptRoutes(store: ObjectStore, clock: Clock): void {
  store.watch(RESOURCES.httpRoute, undefined, ({ type, object, previous }) => {
    if (type === 'DELETED' || object.metadata.generation === previous?.metadata.generation) return;
    clock.after(ACCEPTED_AFTER_MS, () => accept(store, object));
  });
}

function accept(store: ObjectStore, { metadata: { name, namespace } }: KubeObject): void {
  const ref = { ...RESOURCES.httpRoute, namespace, name };
  if (!store.get(ref)) return;
  const report = (draft: KubeObject) => {
    const { parentRefs = [] } = draft['spec'] as { parentRefs?: object[] };
    const observedGeneration = draft.metadata.generation;
    const condition = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', observedGeneration };
    draft['status'] = {
      parents: parentRefs.map((parentRef) => ({ parentRef, controllerName: 'sim', conditions: [condition] })),
    };
  };
  store.modify(ref, report, { subresource: 'status' });
}
