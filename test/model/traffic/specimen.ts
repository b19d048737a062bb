/** Canaries for the routers' tests, and a stand-in for what serves the objects that routers write. */
import fc from 'fast-check';
import type { Canary } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import type { Router } from '../../../model/traffic/router';
import { type Routes, routesFor } from '../../../model/traffic/routes';
import { aCanary } from '../tutorial';

// biome-ignore lint/suspicious/noExplicitAny: tests look into raw JSON
export const raw = (object: unknown): any => object;

export const GATEWAY = { name: 'public', namespace: 'gateways' };

/** A Canary with nothing that only some providers have. */
export function plainCanary(analysis: object = {}, service: object = {}): Canary {
  return aCanary((canary) => {
    raw(canary).spec.service = { port: 9898, targetPort: 9898, ...service };
    const { stepWeight, maxWeight, ...rest } = raw(canary).spec.analysis;
    const progressive = 'iterations' in analysis ? {} : { stepWeight, maxWeight };
    raw(canary).spec.analysis = { ...rest, ...progressive, ...analysis };
    raw(canary).spec.ingressRef = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web' };
  });
}

export const anIngress = (): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: 'web',
    namespace: 'test',
    uid: 'uid-ingress',
    labels: { app: 'podinfo', 'argocd.argoproj.io/instance': 'shop' },
    annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '8m', 'nginx.ingress.kubernetes.io/canary': 'false' },
  },
  spec: {
    ingressClassName: 'nginx',
    rules: [
      {
        host: 'app.example.com',
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: 'podinfo', port: { number: 80 } } } },
            { path: '/api', pathType: 'Prefix', backend: { service: { name: 'api', port: { number: 80 } } } },
          ],
        },
      },
    ],
  },
});

/** As a cluster holds it after a while: written, numbered, and accepted by every parent. */
export function served(object: KubeObject, generation = 1): KubeObject {
  const copy = structuredClone(object);
  copy.metadata = { ...copy.metadata, uid: 'uid-live', generation, resourceVersion: String(generation) };
  if (copy.kind === 'HTTPRoute') copy['status'] = { parents: acceptedBy(copy, generation) };
  return copy;
}

export const acceptedBy = (route: KubeObject, observedGeneration: number): object[] =>
  raw(route).spec.parentRefs.map((parentRef: object) => ({
    parentRef,
    controllerName: 'example.com/gateway',
    conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted', observedGeneration }],
  }));

/** Writes over a cluster's objects, as the controller does it. */
export function written(live: readonly KubeObject[], objects: readonly KubeObject[]): KubeObject[] {
  const same = (a: KubeObject, b: KubeObject) => a.kind === b.kind && a.metadata.name === b.metadata.name;
  const others = live.filter((old) => !objects.some((object) => same(old, object)));
  return [...others, ...objects.map((object) => served(object, (object.metadata.generation ?? 0) + 1))];
}

/** Anything that changes inputs throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

export const splits = (router: Router, canary: Canary): fc.Arbitrary<Routes> =>
  fc
    .record({ weight: fc.integer({ min: 0, max: 100 }), mirrored: fc.boolean() })
    .map(({ weight, mirrored }) => routesFor(weight, mirrored && router.canMirror(canary)));
