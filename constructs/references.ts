/**
 * How a release points at other objects: structurally, so that a cdk8s-plus construct of any version, a plain ApiObject
 * and a literal all fit.
 */

import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';

/** An object of a kind: a construct, or `{ apiVersion, kind, name }`. */
export interface IObjectRef {
  /** Such as `apps/v1`. */
  readonly apiVersion: string;
  /** Such as `Deployment`. */
  readonly kind: string;
  /** Name of the object. */
  readonly name: string;
}

/** An object whose kind is clear from the place: a construct, or `{ name, namespace }`. */
export interface INamedRef {
  /** Name of the object. */
  readonly name: string;
  /**
   * @default - the namespace of the one that refers to it
   */
  readonly namespace?: string | undefined;
}

/** An Istio gateway: a `Gateway` construct, `Gateway.MESH`, or `Gateway.fromName`. */
export interface IGateway {
  /** As a VirtualService names it: `<name>.<namespace>.svc.cluster.local`, `<namespace>/<name>`, `<name>` or `mesh`. */
  readonly reference: string;
}

/**
 * The ApiObject of a reference that is a construct of this program.
 * @internal
 */
export function apiObjectOf(ref: IObjectRef): ApiObject | undefined {
  if (!Construct.isConstruct(ref)) return undefined;
  const found: unknown = ApiObject.isApiObject(ref) ? ref : ref.node.defaultChild;
  return ApiObject.isApiObject(found) ? (found as ApiObject) : undefined;
}

/**
 * The namespace that a reference names, or that the metadata of a construct of cdk8s-plus does.
 * @internal
 */
export function namespaceOfRef(ref: INamedRef): string | undefined {
  const { metadata } = ref as { metadata?: { namespace?: string } };
  return ref.namespace ?? metadata?.namespace;
}

/**
 * What is wrong with a Secret that can only be in the namespace of the object that names it.
 * @internal
 */
export function strayedSecret(secret: INamedRef | undefined, where: string, object: ApiObject): string[] {
  const theirs = secret && namespaceOfRef(secret);
  const own = object.metadata.namespace;
  if (!secret || theirs === undefined || own === undefined || theirs === own) return [];
  return [
    `${where}: Secret ${secret.name} is in namespace ${theirs}, and is looked for in ${own}, where the ${object.kind} is: ` +
      'put both into one namespace',
  ];
}
