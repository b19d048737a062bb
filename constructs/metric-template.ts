import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { validateMetricTemplate } from '../model/validate';
import { checkAtSynth } from './problems';
import { type INamedRef, strayedSecret } from './references';
import { render } from './render';

/** Who answers the query. */
export enum MetricProviderType {
  PROMETHEUS = 'prometheus',
  INFLUXDB = 'influxdb',
  DATADOG = 'datadog',
  EXTERNAL_METRICS = 'externalmetrics',
  STACKDRIVER = 'stackdriver',
  CLOUDWATCH = 'cloudwatch',
  NEWRELIC = 'newrelic',
  GRAPHITE = 'graphite',
  DYNATRACE = 'dynatrace',
  KEPTN = 'keptn',
  SPLUNK = 'splunk',
}

export interface MetricProvider {
  readonly type: MetricProviderType;
  /**
   * Base URL; needed by prometheus, influxdb, graphite, dynatrace and splunk.
   * @default - the provider's own
   */
  readonly address?: string;
  /**
   * Extra request headers (prometheus).
   * @default - none
   */
  readonly headers?: { [name: string]: string[] };
  /**
   * A Secret with the credentials, in the namespace of the template.
   * @default - no credentials
   */
  readonly secret?: INamedRef;
  /**
   * Needed by cloudwatch.
   * @default - none
   */
  readonly region?: string;
  /**
   * Do not check the certificate (prometheus, graphite, externalmetrics).
   * @default false
   */
  readonly insecureSkipVerify?: boolean;
}

export interface MetricTemplateProps {
  /**
   * @default - a generated name, the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
  readonly provider: MetricProvider;
  /** In the provider's language, with `{{ target }}`, `{{ namespace }}`, `{{ interval }}`, `{{ variables.<name> }}`, … */
  readonly query: string;
}

/** A query that many Canaries share. */
export class MetricTemplate extends Construct implements INamedRef {
  public readonly apiObject: ApiObject;

  public constructor(scope: Construct, id: string, props: MetricTemplateProps) {
    super(scope, id);
    const { secret, ...provider } = props.provider;
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'MetricTemplate',
      ...(props.metadata && { metadata: props.metadata }),
      spec: render({
        provider: { ...provider, secretRef: secret && { name: secret.name } },
        query: props.query,
      }),
    });
    checkAtSynth(this, this.apiObject, validateMetricTemplate, () =>
      strayedSecret(secret, 'provider.secret', this.apiObject),
    );
  }

  public get name(): string {
    return this.apiObject.name;
  }

  public get namespace(): string | undefined {
    return this.apiObject.metadata.namespace;
  }
}
