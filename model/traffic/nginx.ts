/** ingress-nginx: a copy of the user's Ingress whose annotations make it the canary's (spec traffic 3.4, T15). */
import type { Canary } from '../canary';
import { namespaceOf } from '../defaults';
import { at, isObject, type JsonObject, numberOf, objectOf, objectsOf, sameJson, textOf } from '../json';
import { type KubeObject, RESOURCES } from '../kube';
import { apexName, canaryServiceName } from '../names';
import { copiedAnnotations, ownedMetadata, withFields, withoutToolkit } from '../objects/metadata';
import { isMatched } from './conditions';
import { nginxAnnotations } from './nginx-annotations';
import type { Router, RouterSettings } from './router-contract';
import { ALL_TO_CANARY, ALL_TO_PRIMARY, type Routes, routesFor } from './routes';
import { findLive, objectOver, revertedObjects } from './routing-object';
import { GATEWAY_ONLY, ISTIO_ONLY, skipsOf } from './skipped-fields';

const INGRESS = RESOURCES.ingress.kind;
const ON_THE_INGRESS = 'provider nginx copies the Ingress: set it there';

const sourceName = (canary: Canary): string => textOf(at(canary, 'spec', 'ingressRef', 'name')) ?? '';
const copyName = (canary: Canary): string => `${sourceName(canary)}-canary`;

export function nginxRouter({
  ingressAnnotationsPrefix: prefix = 'nginx.ingress.kubernetes.io',
}: RouterSettings): Router {
  const read = (canary: Canary, copy: KubeObject | undefined) => readSplit(canary, copy, prefix);
  return {
    provider: 'nginx',
    splitsTraffic: true,
    objects: (canary) => [
      { type: RESOURCES.ingress, name: sourceName(canary), readOnly: true },
      { type: RESOURCES.ingress, name: copyName(canary) },
    ],
    render(canary, routes, live) {
      if (isMatched(canary) && !canary.spec?.analysis?.iterations) {
        throw new Error('provider nginx sends all matching requests to the canary: give analysis.match iterations');
      }
      const copy = findLive(live, INGRESS, copyName(canary));
      const found = read(canary, copy);
      const split = routes ?? ('unreadable' in found ? ALL_TO_PRIMARY : found);
      const next = copyOf(canary, sourceOf(canary, live), split, copy, prefix);
      return copy && sameJson(next, copy) ? [] : [next];
    },
    read: (canary, live) => read(canary, findLive(live, INGRESS, copyName(canary))),
    // A copy that was made goes with the Canary; the user's Ingress was never changed.
    finalize: (canary, live) => revertedObjects(canary, [findLive(live, INGRESS, copyName(canary))]),
    canMirror: () => false,
    sessions: () => undefined,
    cookies: () => ({}),
    skips: (canary) => [
      ...skipsOf(canary, {
        ...ISTIO_ONLY,
        ...GATEWAY_ONLY,
        'analysis.mirror': 'provider nginx does not mirror',
        'analysis.sessionAffinity': 'provider nginx hands out no cookies of its own',
        'service.gateways': ON_THE_INGRESS,
        'service.hosts': ON_THE_INGRESS,
        'service.match': ON_THE_INGRESS,
        'service.headers': ON_THE_INGRESS,
        'service.rewrite': ON_THE_INGRESS,
        'service.corsPolicy': ON_THE_INGRESS,
        'service.retries': ON_THE_INGRESS,
        'service.timeout': ON_THE_INGRESS,
      }),
    ],
  };
}

/** @throws Error when there is no source, or it does not lead to the apex. */
function sourceOf(canary: Canary, live: readonly KubeObject[]): KubeObject {
  const name = sourceName(canary);
  if (name === '') throw new Error('provider nginx needs ingressRef');
  const source = findLive(live, INGRESS, name);
  if (!source) throw new Error(`Ingress ${name}.${namespaceOf(canary)} get query error: not found`);
  if (!leadsTo(source, apexName(canary))) throw new Error(`backend ${apexName(canary)} not found in ingress ${name}`);
  return source;
}

const backendsOf = ({ spec }: KubeObject): unknown[] => [
  at(spec, 'defaultBackend'),
  ...objectsOf(at(spec, 'rules'))
    .flatMap((rule) => objectsOf(at(rule, 'http', 'paths')))
    .map(({ backend }) => backend),
];

const leadsTo = (source: KubeObject, name: string): boolean =>
  backendsOf(source).some((backend) => at(backend, 'service', 'name') === name);

function copyOf(
  canary: Canary,
  source: KubeObject,
  split: Routes,
  live: KubeObject | undefined,
  prefix: string,
): KubeObject {
  const isCanaryKey = (key: string) => key === `${prefix}/canary` || key.startsWith(`${prefix}/canary-`);
  const without = (map: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(map).filter(([key]) => !isCanaryKey(key)));
  const copied = without(copiedAnnotations(source.metadata.annotations));
  const metadata = {
    labels: withoutToolkit(source.metadata.labels),
    annotations: { ...copied, ...nginxAnnotations(canary, split, prefix) },
  };
  const spec = toCanary(source['spec'], canary);
  const { apiVersion, kind } = RESOURCES.ingress;
  if (!live) return { apiVersion, kind, metadata: ownedMetadata(canary, copyName(canary), metadata), spec };
  // Canary annotations are ours, whichever they are: those of another split are stale (T15).
  const clean = withFields(live, { annotations: without(live.metadata.annotations) }, {});
  return objectOver(canary, clean, metadata, spec);
}

/** The same rules with the canary where the apex was. */
function toCanary(value: unknown, canary: Canary): JsonObject {
  const redirected = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(redirected);
    if (!isObject(inner)) return inner;
    const entries = Object.entries(inner).map(([key, field]) => [key, redirectedField(key, field)]);
    return Object.fromEntries(entries);
  };
  const redirectedField = (key: string, field: unknown): unknown =>
    key === 'service' && at(field, 'name') === apexName(canary)
      ? { ...objectOf(field), name: canaryServiceName(canary) }
      : redirected(field);
  return objectOf(redirected(value));
}

function readSplit(canary: Canary, copy: KubeObject | undefined, prefix: string) {
  const name = `Ingress ${copyName(canary)}.${namespaceOf(canary)}`;
  if (!copy) return { unreadable: `${name} get query error: not found` };
  const annotation = (key: string) => copy.metadata.annotations?.[`${prefix}/${key}`];
  if (annotation('canary') !== 'true') return { unreadable: `${name} has no annotation ${prefix}/canary: "true"` };
  if (annotation('canary-by-header') || annotation('canary-by-cookie')) return ALL_TO_CANARY;
  const text = annotation('canary-weight');
  const weight = numberOf(text ? Number(text) : undefined);
  if (weight === undefined || weight < 0 || weight > 100) {
    return { unreadable: `${name} annotation ${prefix}/canary-weight is ${text ?? 'missing'}: it must be 0 to 100` };
  }
  return routesFor(weight);
}
