/** Where the API server keeps things. */
import type { ResourceType } from '../../model/kube';

/** `status` and `scale`: parts of an object with a door of their own. */
export type Subresource = 'status' | 'scale';

/** The path of a collection: all namespaces when `namespace` is absent. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.apiVersion.includes('/') ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
  const scope = type.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${type.plural}`;
}

/**
 * The path of one object, or of a part of it.
 * @throws Error when a namespaced kind comes without a namespace: the URL would mean something else.
 */
export function objectPath(
  type: ResourceType,
  namespace: string | undefined,
  name: string,
  subresource?: Subresource,
): string {
  if (type.namespaced && !namespace) throw new Error(`${type.kind} ${name} needs a namespace`);
  const part = subresource ? `/${subresource}` : '';
  return `${collectionPath(type, namespace)}/${encodeURIComponent(name)}${part}`;
}

/** `?a=1&b=2` of what is set, or nothing. */
export function queryString(parameters: Record<string, string | number | boolean | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : '';
}
