import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import type { KubeObject } from '../model/kube';

/** The fields of generated objects besides metadata. */
const FIELDS = ['spec', 'type', 'data', 'binaryData'];

/** An ApiObject that is computed again at synthesis, when the objects that it is made from are complete. */
export class DerivedObject extends ApiObject {
  private readonly held: { object: KubeObject };

  /** `object` gives kind, name and namespace, `derive` the rest. */
  public constructor(
    scope: Construct,
    id: string,
    object: KubeObject,
    private readonly derive: () => KubeObject,
  ) {
    const held = { object };
    const { name, namespace } = object.metadata;
    const fields = FIELDS.map((field) => [field, Lazy.any({ produce: () => held.object[field] })]);
    super(scope, id, {
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: namespace === undefined ? { name } : { name, namespace },
      ...Object.fromEntries(fields),
    });
    this.held = held;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the signature is cdk8s' own.
  public override toJson(): any {
    this.held.object = this.derive();
    const { labels, annotations } = this.held.object.metadata;
    for (const [key, value] of Object.entries(labels ?? {})) this.metadata.addLabel(key, value);
    for (const [key, value] of Object.entries(annotations ?? {})) this.metadata.addAnnotation(key, value);
    return super.toJson();
  }
}
