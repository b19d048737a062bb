/** Which ConfigMaps and Secrets a pod template refers to, and how to point those references elsewhere. */
import { at, isObject, type JsonObject, objectOf, objectsOf, textOf } from './json';

export type ConfigKind = 'ConfigMap' | 'Secret';

/** A followed reference (spec workloads 3.2). */
export interface ConfigRef {
  kind: ConfigKind;
  name: string;
  /** True when every use is optional; W9. */
  optional: boolean;
}

/** The key in status.trackedConfigs. */
export const configKey = (ref: { kind: ConfigKind; name: string }): string => `${ref.kind.toLowerCase()}/${ref.name}`;

/** One use of a config: the object that names it, and under which field. */
interface Use {
  kind: ConfigKind;
  holder: JsonObject;
  field: 'name' | 'secretName';
}

/** Every followed use, in the order volumes, containers, init containers. */
function usesIn(podSpec: unknown): Use[] {
  const uses: Use[] = [];
  const add = (kind: ConfigKind, holder: unknown, field: Use['field'] = 'name') => {
    if (isObject(holder)) uses.push({ kind, holder, field });
  };
  for (const volume of objectsOf(at(podSpec, 'volumes'))) {
    add('ConfigMap', volume['configMap']);
    add('Secret', volume['secret'], 'secretName');
    for (const source of objectsOf(at(volume, 'projected', 'sources'))) {
      add('ConfigMap', source['configMap']);
      add('Secret', source['secret']);
    }
  }
  for (const container of [...objectsOf(at(podSpec, 'containers')), ...objectsOf(at(podSpec, 'initContainers'))]) {
    for (const variable of objectsOf(container['env'])) {
      add('ConfigMap', at(variable, 'valueFrom', 'configMapKeyRef'));
      add('Secret', at(variable, 'valueFrom', 'secretKeyRef'));
    }
    for (const source of objectsOf(container['envFrom'])) {
      add('ConfigMap', source['configMapRef']);
      add('Secret', source['secretRef']);
    }
  }
  return uses;
}

/** The configs that a pod template (`{ metadata, spec }`) refers to, each once, in order of first use. */
export function configRefs(template: unknown): ConfigRef[] {
  const refs = new Map<string, ConfigRef>();
  for (const { kind, holder, field } of usesIn(objectOf(template)['spec'])) {
    const name = textOf(holder[field]);
    if (!name) continue;
    const key = configKey({ kind, name });
    const optional = holder['optional'] === true && (refs.get(key)?.optional ?? true);
    refs.set(key, { kind, name, optional });
  }
  return [...refs.values()];
}

/** A copy of a pod spec in which every followed reference has the name that `rename` gives. */
export function renameConfigs(podSpec: unknown, rename: (kind: ConfigKind, name: string) => string): JsonObject {
  const copy = structuredClone(objectOf(podSpec));
  for (const { kind, holder, field } of usesIn(copy)) {
    const name = textOf(holder[field]);
    if (name) holder[field] = rename(kind, name);
  }
  return copy;
}
