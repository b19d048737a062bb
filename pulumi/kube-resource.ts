/** Any Kubernetes object as a resource of the Kubernetes provider. */
import { createRequire } from 'node:module';
import * as pulumi from '@pulumi/pulumi';
import type { KubeObject, ObjectMeta } from '../model/kube';

/** With the type that `@pulumi/kubernetes` gives the kind, so that the provider and its policies know it. */
export class KubeResource extends pulumi.CustomResource {
  public readonly apiVersion!: pulumi.Output<string>;
  public readonly kind!: pulumi.Output<string>;
  public readonly metadata!: pulumi.Output<ObjectMeta>;

  public constructor(name: string, object: KubeObject, opts: pulumi.CustomResourceOptions) {
    const { status: _, ...wanted } = object;
    const group = object.apiVersion.includes('/') ? object.apiVersion : `core/${object.apiVersion}`;
    const options = pulumi.mergeOptions(
      { version: providerVersion(), additionalSecretOutputs: secretsOf(object) },
      opts,
    );
    super(`kubernetes:${group}:${object.kind}`, name, isSecret(object) ? concealed(wanted) : wanted, options);
  }
}

const isSecret = ({ apiVersion, kind }: KubeObject): boolean => apiVersion === 'v1' && kind === 'Secret';

const SECRET_FIELDS = ['data', 'stringData'];

const secretsOf = (object: KubeObject): string[] => (isSecret(object) ? SECRET_FIELDS : []);

/** The state keeps these encrypted. */
const concealed = (object: { [field: string]: unknown }) =>
  Object.fromEntries(
    Object.entries(object).map(([field, value]) => [
      field,
      SECRET_FIELDS.includes(field) ? pulumi.secret(value) : value,
    ]),
  );

/** Of the package that the program has: another one would start a second provider. */
function providerVersion(): string {
  const { version } = createRequire(__filename)('@pulumi/kubernetes/package.json') as { version: string };
  return version.replace(/^v/, '');
}
