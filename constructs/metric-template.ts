import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { validateMetricTemplate } from '../model/validate';
import { checkAtSynth } from './problems';
import { type INamedRef, strayedSecret } from './references';
import { render } from './render';

/** Who answers the query. */
export enum MetricProviderType {
  /** Prometheus, and all that speaks its query API. */
  PROMETHEUS = 'prometheus',
  /** InfluxDB 2, in Flux. */
  INFLUXDB = 'influxdb',
  /** Datadog. */
  DATADOG = 'datadog',
  /** The external metrics API of the cluster. */
  EXTERNAL_METRICS = 'externalmetrics',
  /** Google Cloud Monitoring, in MQL. */
  STACKDRIVER = 'stackdriver',
  /** Amazon CloudWatch. */
  CLOUDWATCH = 'cloudwatch',
  /** New Relic, in NRQL. */
  NEWRELIC = 'newrelic',
  /** Graphite's render API. */
  GRAPHITE = 'graphite',
  /** Dynatrace. */
  DYNATRACE = 'dynatrace',
  /** Keptn. The controller refuses it. */
  KEPTN = 'keptn',
  /** Splunk Observability, in SignalFlow. */
  SPLUNK = 'splunk',
}

/** A metrics server and how to reach it. */
export interface MetricProvider {
  /** Which kind of server it is: it decides the language of the query. */
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

/** A query and who answers it. */
export interface MetricTemplateProps {
  /**
   * @default - a generated name, the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /** Who answers the query. */
  readonly provider: MetricProvider;
  /** In the provider's language, with `{{ target }}`, `{{ namespace }}`, `{{ interval }}`, `{{ variables.<name> }}`, … */
  readonly query: string;
}

/** A query that many Canaries share. */
export class MetricTemplate extends Construct implements INamedRef {
  /** The object of the manifest, for patches and dependencies. */
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

  /** Name of the object, as metrics of Canaries refer to it. */
  public get name(): string {
    return this.apiObject.name;
  }

  /** Namespace of the object; undefined when the program names none. */
  public get namespace(): string | undefined {
    return this.apiObject.metadata.namespace;
  }
}
