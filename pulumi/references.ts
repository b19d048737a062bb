/** How a Pulumi program names the objects around a Canary. */
import * as pulumi from '@pulumi/pulumi';

/** A resource of `@pulumi/kubernetes`, as far as it names the object. */
export interface ObjectResource {
  readonly apiVersion: pulumi.Input<string>;
  readonly kind: pulumi.Input<string>;
  readonly metadata: pulumi.Input<{ name?: string | undefined; namespace?: string | undefined }>;
}

/** An object that is not in the program. */
export interface ObjectName {
  readonly apiVersion: pulumi.Input<string>;
  readonly kind: pulumi.Input<string>;
  readonly name: pulumi.Input<string>;
  /**
   * @default - the namespace of the Canary
   */
  readonly namespace?: pulumi.Input<string | undefined>;
}

/** An object of a kind: a resource, or `{ apiVersion, kind, name }`. */
export type ObjectArg = ObjectResource | ObjectName;

/** An object whose kind is clear from the place: a resource, or `{ name, namespace }`. */
export type NamedArg =
  | { readonly metadata: pulumi.Input<{ name?: string | undefined; namespace?: string | undefined }> }
  | { readonly name: pulumi.Input<string>; readonly namespace?: pulumi.Input<string | undefined> };

/** A reference whose parts are known. */
export interface KnownObject {
  apiVersion: string;
  kind: string;
  name: string;
  namespace: string | undefined;
}

/** The parts of a reference, once the resource has them. */
export function knownObject(object: ObjectArg): pulumi.Output<KnownObject> {
  const named = namesOf(object);
  return pulumi
    .all([object.apiVersion, object.kind, named.name, named.namespace])
    .apply(([apiVersion, kind, name, namespace]) => ({ apiVersion, kind, name: name ?? '', namespace }));
}

/** Name and namespace of a reference. */
export function namesOf(object: ObjectArg | NamedArg) {
  if (!('metadata' in object)) return { name: pulumi.output(object.name), namespace: pulumi.output(object.namespace) };
  const metadata = pulumi.output(object.metadata);
  return { name: metadata.apply((known) => known?.name), namespace: metadata.apply((known) => known?.namespace) };
}

/**
 * For the metadata of the target of a Canary. The controller scales the target, so Pulumi must neither wait for its pods
 * (the outcome of the Canary says more) nor stop when the field `replicas` has another owner.
 */
export const TARGET_ANNOTATIONS: Readonly<Record<string, string>> = {
  'pulumi.com/skipAwait': 'true',
  'pulumi.com/patchForce': 'true',
};
