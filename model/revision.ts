/** What counts as a change: hashes of targets and configs (spec workloads 3, api.md 9.9). */
import { hash } from 'node:crypto';
import { configKey } from './config-refs';
import { at, canonicalJson, isObject, type JsonObject, objectOf, textOf } from './json';
import type { KubeObject } from './kube';

export { type ConfigKind, type ConfigRef, configKey, configRefs, renameConfigs } from './config-refs';

/** Marks a hash as Serin's; the reference's are ten characters without it. */
const PREFIX = 's1-';

/** No node carries this label, so a DaemonSet that asks for it has no pods. */
export const SCALE_TO_ZERO = 'flagger.app/scale-to-zero';

const sha256 = (text: string): string => hash('sha256', text);

/** 80 bits: a collision would be a missed release. */
const hashOf = (value: unknown): string => PREFIX + sha256(canonicalJson(meaningful(value) ?? null)).slice(0, 20);

/** Whether a stored hash was written by another controller and cannot be compared. */
export const isForeignHash = (hash: string | undefined): boolean =>
  hash !== undefined && hash !== '' && !hash.startsWith(PREFIX);

/**
 * The hash of what makes a revision: the pod template of a Deployment or DaemonSet (without Serin's own scale-to-zero
 * key), the spec of a Service, the latest revision's name of a Knative Service. Key order and absent, null or empty
 * values do not count.
 */
export const templateHash = (target: KubeObject): string => hashOf(revisionOf(target));

function revisionOf(target: KubeObject): unknown {
  if (target.kind !== 'Service') return templateOf(target);
  if (target.apiVersion === 'serving.knative.dev/v1') return textOf(at(target, 'status', 'latestCreatedRevisionName'));
  return target['spec'];
}

/** The pod template of a workload, without the scale-to-zero key of DaemonSets. */
export function templateOf(target: KubeObject): JsonObject {
  const template = objectOf(at(target, 'spec', 'template'));
  return target.kind === 'DaemonSet' ? withoutScaleToZero(template) : template;
}

function withoutScaleToZero(template: JsonObject): JsonObject {
  const podSpec = objectOf(template['spec']);
  if (!isObject(podSpec['nodeSelector'])) return template;
  const { [SCALE_TO_ZERO]: _, ...rest } = podSpec['nodeSelector'];
  const { nodeSelector: __, ...others } = podSpec;
  return { ...template, spec: Object.keys(rest).length > 0 ? { ...others, nodeSelector: rest } : others };
}

/**
 * Without null and empty values, so that an API server that starts to write them changes nothing. Empty objects stay
 * where they mean something: as items of lists, as label selectors (all, instead of none) and as sources of volumes.
 */
export function meaningful(value: unknown, keepEmpty = false): unknown {
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value.map((item) => meaningful(item, true) ?? null);
  }
  if (!isObject(value)) return value === null ? undefined : value;
  const fields = Object.entries(value)
    .map(([key, inner]) => [key, meaningful(inner, meansAll(key) || (keepEmpty && volumeSources.has(key)))] as const)
    .filter(([, inner]) => inner !== undefined);
  return fields.length === 0 && !keepEmpty ? undefined : Object.fromEntries(fields);
}

const meansAll = (key: string): boolean => /selector$/i.test(key) && key !== 'nodeSelector';

/** Sources that may be empty; only looked for in items of lists. `emptyDir` is the server's own default. */
const volumeSources = new Set(['projected', 'downwardAPI', 'ephemeral', 'configMap', 'secret']);

/** Secret types that are tracked and copied. */
const trackedSecretTypes = new Set([
  'Opaque',
  'kubernetes.io/basic-auth',
  'kubernetes.io/ssh-auth',
  'kubernetes.io/tls',
]);

/** Whether a ConfigMap or Secret is hashed and copied: not opted out, and of a type that applications own. */
export function isTracked(config: KubeObject): boolean {
  const optOut = config.metadata.annotations?.['flagger.app/config-tracking'];
  if (optOut?.startsWith('disable')) return false;
  return config.kind !== 'Secret' || trackedSecretTypes.has(textOf(config['type']) ?? 'Opaque');
}

/**
 * The value in status.trackedConfigs: the reference's own checksum of `data`, to the byte, so that a takeover is no
 * change. With `binaryData`, which the reference ignores, both are hashed (W7).
 */
export function configChecksum(config: KubeObject): string {
  const data = goJson(config['data']);
  const binary = objectOf(config['binaryData']);
  const text = Object.keys(binary).length > 0 ? `{"binaryData":${goJson(binary)},"data":${data}}` : data;
  return sha256(text).slice(0, 16);
}

/** A map of strings as Go's encoding/json writes it; absent and empty are `null`. */
function goJson(value: unknown): string {
  const entries = Object.entries(objectOf(value));
  if (entries.length === 0) return 'null';
  entries.sort(([left], [right]) => byCodePoint(left, right));
  return `{${entries.map(([key, text]) => `${goString(key)}:${goString(String(text))}`).join(',')}}`;
}

/** The order of UTF-8 bytes, which JavaScript's own order of UTF-16 units is not. */
function byCodePoint(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  const index = a.findIndex((char, position) => char !== b[position]);
  return (a[index]?.codePointAt(0) ?? -1) - (b[index]?.codePointAt(0) ?? -1) || a.length - b.length;
}

/** JSON.stringify differs from Go in five characters and in lone surrogates. */
const goString = (text: string): string =>
  JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** status.trackedConfigs for the configs that were read: tracked ones only. */
export const trackedConfigsOf = (configs: readonly KubeObject[]): Record<string, string> =>
  Object.fromEntries(
    configs
      .filter(isTracked)
      .map((config) => [configKey({ kind: config.kind as never, name: config.metadata.name }), configChecksum(config)]),
  );

/** The opaque `checksum` of webhook payloads: stable over a run, different for another revision or config. */
export const webhookChecksum = (
  trackedConfigs: Record<string, string> | undefined,
  lastAppliedSpec: string | undefined,
): string => hashOf({ trackedConfigs, lastAppliedSpec });
