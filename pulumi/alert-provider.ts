import type * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { AlertProviderProps } from '../constructs/alert-provider';
import { render } from '../constructs/render';
import { validateAlertProvider } from '../model/validate';
import { CustomObject, checkedObject, refusalOf } from './custom-object';
import { type Inputs, settled } from './inputs';
import type { NamedArg } from './references';

type Plain = Omit<AlertProviderProps, 'metadata' | 'secret'>;

/** The props of the construct `AlertProvider`, each of them a pulumi Input. */
export type AlertProviderArgs = { readonly [Key in keyof Plain]: Inputs<Plain[Key]> } & {
  /**
   * @default - a generated name, the provider's namespace
   */
  readonly metadata?: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
  /**
   * A Secret with `address` and (slack) `token`.
   * @default - none
   */
  readonly secret?: NamedArg;
};

/** A chat room that gets alerts. */
export class AlertProvider extends CustomObject {
  public readonly resource: k8s.apiextensions.CustomResource;

  public constructor(name: string, args: AlertProviderArgs, opts?: pulumi.ComponentResourceOptions) {
    super('serin:index:AlertProvider', name, {}, opts);
    const { metadata, ...rest } = args;
    const make = ({ secret, ...others }: { secret?: { name: string } }) =>
      render({ ...others, secretRef: secret && { name: secret.name } });
    const spec = settled(rest, make, refusalOf(this, 'AlertProvider', name));
    this.resource = checkedObject(this, name, {
      kind: 'AlertProvider',
      metadata: pulumi.output(metadata ?? {}),
      spec,
      rules: validateAlertProvider,
    });
    this.registerOutputs({ name: this.name, namespace: this.namespace });
  }
}
