import { type ApiObject, JsonPatch } from 'cdk8s';

/**
 * Takes off the namespace that cdk8s gives every object of a chart: these objects have none.
 * @internal
 */
export function clusterScoped(...objects: ApiObject[]): void {
  for (const object of objects) {
    if (object.metadata.namespace !== undefined) object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
}
