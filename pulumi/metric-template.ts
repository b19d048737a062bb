import type * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Metric, type TemplateMetricOptions } from '../constructs/metric';
import type { MetricProvider } from '../constructs/metric-template';
import { render } from '../constructs/render';
import { validateMetricTemplate } from '../model/validate';
import { CustomObject, checkedObject, refusalOf } from './custom-object';
import { type Inputs, settled } from './inputs';
import type { NamedArg } from './references';

/** The props of the construct `MetricTemplate`, each of them a pulumi Input. */
export interface MetricTemplateArgs {
  /**
   * @default - a generated name, the provider's namespace
   */
  readonly metadata?: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
  /** Who answers the query. */
  readonly provider: { readonly [Key in keyof Omit<MetricProvider, 'secret'>]: Inputs<MetricProvider[Key]> } & {
    /**
     * A Secret with the credentials, in the namespace of the template.
     * @default - none
     */
    readonly secret?: NamedArg;
  };
  /** In the provider's language, with `{{ target }}`, `{{ namespace }}`, `{{ interval }}`, `{{ variables.<name> }}`, … */
  readonly query: pulumi.Input<string>;
}

interface Known {
  provider: { secret?: { name: string } };
  query: string;
}

/** A query that many Canaries share. */
export class MetricTemplate extends CustomObject {
  public readonly resource: k8s.apiextensions.CustomResource;

  public constructor(name: string, args: MetricTemplateArgs, opts?: pulumi.ComponentResourceOptions) {
    super('serin:index:MetricTemplate', name, {}, opts);
    const make = ({ provider: { secret, ...provider }, query }: Known) =>
      render({ provider: { ...provider, secretRef: secret && { name: secret.name } }, query });
    const { provider, query } = args;
    const spec = settled({ provider, query }, make, refusalOf(this, 'MetricTemplate', name));
    const metadata = pulumi.output(args.metadata ?? {});
    this.resource = checkedObject(this, name, {
      kind: 'MetricTemplate',
      metadata,
      spec,
      rules: validateMetricTemplate,
    });
    this.registerOutputs({ name: this.name, namespace: this.namespace });
  }

  /** A check of this query's result, for `analysis.metrics`. */
  public metric(options: TemplateMetricOptions): pulumi.Output<Metric> {
    return pulumi
      .all([this.name, this.namespace])
      .apply(([name, namespace]) => Metric.template({ name, namespace }, options));
  }
}
