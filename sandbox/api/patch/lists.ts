/** How the lists of each kind merge: by the keys of their items, as a set of values, or only as a whole. */
import type { Json } from '../json';
import { at, isObject } from '../json';
import type { Kind } from '../kind';

export type ListRule =
  /** `mergeKey` is for strategic merge, `keys` (with their defaults) for server-side apply. */
  { type: 'map'; mergeKey: string; keys: string[]; defaults?: Json } | { type: 'set' };

const byKey = (mergeKey: string, keys = [mergeKey], defaults: Json = {}): ListRule => ({
  type: 'map',
  mergeKey,
  keys,
  defaults,
});

const ANYWHERE: Record<string, ListRule> = {
  containers: byKey('name'),
  initContainers: byKey('name'),
  ephemeralContainers: byKey('name'),
  env: byKey('name'),
  volumes: byKey('name'),
  volumeMounts: byKey('mountPath'),
  volumeDevices: byKey('devicePath'),
  imagePullSecrets: byKey('name'),
  hostAliases: byKey('ip'),
  topologySpreadConstraints: byKey('topologyKey', ['topologyKey', 'whenUnsatisfiable']),
  conditions: byKey('type'),
  ownerReferences: byKey('uid'),
  finalizers: { type: 'set' },
};

const PORTS_OF_CONTAINER = byKey('containerPort', ['containerPort', 'protocol'], { protocol: 'TCP' });
const PORTS_OF_SERVICE = byKey('port', ['port', 'protocol'], { protocol: 'TCP' });

/** The rule of the list at a path of field names; undefined when the list is replaced as a whole. */
export function listRule(kind: Kind, path: readonly string[]): ListRule | undefined {
  const field = path.at(-1) ?? '';
  if (path[0] === 'metadata')
    return field === 'ownerReferences' || field === 'finalizers' ? ANYWHERE[field] : undefined;
  if (kind.custom) return customListRule(kind, path);
  if (field === 'ports' && kind.kind === 'Service') return path.length === 2 ? PORTS_OF_SERVICE : undefined;
  if (field === 'ports') return path.at(-2)?.endsWith('ontainers') ? PORTS_OF_CONTAINER : undefined;
  if (kind.kind === 'Event' || kind.group === 'discovery.k8s.io') return undefined;
  return ANYWHERE[field];
}

/** Is the object at this path owned and replaced as a whole? */
export function isAtomicMap(kind: Kind, path: readonly string[]): boolean {
  if (kind.custom) return at(schemaAt(kind, path), 'x-kubernetes-map-type') === 'atomic';
  const field = path.at(-1);
  if (field === 'selector' || field === 'labelSelector' || field === 'nodeSelector') return path[0] === 'spec';
  return ['resourceFieldRef', 'fieldRef', 'configMapKeyRef', 'secretKeyRef', 'secretRef', 'involvedObject'].includes(
    field ?? '',
  );
}

function customListRule(kind: Kind, path: readonly string[]): ListRule | undefined {
  const schema = schemaAt(kind, path);
  if (!schema) return undefined;
  if (schema['x-kubernetes-list-type'] === 'set') return { type: 'set' };
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(keys)) return undefined;
  return { type: 'map', mergeKey: String(keys[0]), keys: keys.map(String) };
}

function schemaAt(kind: Kind, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((schema, field) => {
    const items = schema?.['items'];
    const object = isObject(items) ? items : schema;
    const next = at(object, 'properties', field) ?? object?.['additionalProperties'];
    return isObject(next) ? next : undefined;
  }, kind.schema);
}
