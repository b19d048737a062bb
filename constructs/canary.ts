import { ApiObject, type ApiObjectMetadata, Chart, type Duration, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { validate } from '../model/validate';
import { type CanaryAlert, type CanaryAnalysis, renderAnalysis } from './analysis';
import { Bootstrap, BootstrapObjects } from './bootstrap';
import type { Metric } from './metric';
import { checkAtSynth } from './problems';
import type { INamedRef, IObjectRef } from './references';
import { render } from './render';
import { type CanaryService, renderService } from './service';
import type { Webhook } from './webhook';

/** Who moves the traffic. */
export enum TrafficProvider {
  APISIX = 'apisix',
  APPMESH = 'appmesh',
  APPMESH_V1BETA2 = 'appmesh:v1beta2',
  CONTOUR = 'contour',
  GATEWAY_API_V1 = 'gatewayapi:v1',
  GATEWAY_API_V1BETA1 = 'gatewayapi:v1beta1',
  GLOO = 'gloo',
  ISTIO = 'istio',
  KNATIVE = 'knative',
  KUBERNETES = 'kubernetes',
  KUMA = 'kuma',
  LINKERD = 'linkerd',
  NGINX = 'nginx',
  OSM = 'osm',
  SKIPPER = 'skipper',
  SMI_V1ALPHA1 = 'smi:v1alpha1',
  SMI_V1ALPHA2 = 'smi:v1alpha2',
  SMI_V1ALPHA3 = 'smi:v1alpha3',
  TRAEFIK = 'traefik',
}

/** Where the primary's autoscaler differs from the target's. */
export interface PrimaryScaler {
  /**
   * @default - as the target's
   */
  readonly minReplicas?: number;
  /**
   * @default - as the target's
   */
  readonly maxReplicas?: number;
  /**
   * KEDA: name of a trigger to the primary's query.
   * @default - the target's queries with the primary's name in them
   */
  readonly queries?: { [trigger: string]: string };
}

export interface CanaryProps {
  /**
   * @default - the target's name and namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /** The workload that is delivered: a Deployment of any cdk8s-plus, an ApiObject, or `{ apiVersion, kind, name }`. */
  readonly target: IObjectRef;
  /**
   * The autoscaler of the target.
   * @default - none
   */
  readonly autoscaler?: IObjectRef;
  /**
   * Where the primary's autoscaler differs.
   * @default - as the target's
   */
  readonly primaryScaler?: PrimaryScaler;
  /**
   * Who moves the traffic.
   * @default - the controller's `-mesh-provider`
   */
  readonly provider?: TrafficProvider;
  /**
   * Base URL of the Prometheus of the built-in metrics.
   * @default - the controller's `-metrics-server`
   */
  readonly metricsServer?: string;
  /**
   * How long a workload may stay unready before the run fails, in whole seconds.
   * @default - ten minutes
   */
  readonly progressDeadline?: Duration;
  /**
   * The Ingress of the target (nginx, skipper).
   * @default - none
   */
  readonly ingress?: IObjectRef;
  /**
   * The ApisixRoute of the target (apisix).
   * @default - none
   */
  readonly route?: IObjectRef;
  /**
   * The Upstream whose settings are copied (gloo).
   * @default - none
   */
  readonly upstream?: IObjectRef;
  /**
   * Namespace of the Upstream.
   * @default - the namespace of the Canary
   */
  readonly upstreamNamespace?: string;
  /**
   * How the workload is exposed; needed for every target that is not a Service.
   * @default - none
   */
  readonly service?: CanaryService;
  readonly analysis: CanaryAnalysis;
  /**
   * Promote healthy versions without analysing them.
   * @default false
   */
  readonly skipAnalysis?: boolean;
  /**
   * Undo what was taken over when the Canary is deleted.
   * @default false
   */
  readonly revertOnDeletion?: boolean;
  /**
   * Freeze: no reconciliation, no repair, a run keeps its weights.
   * @default false
   */
  readonly suspend?: boolean;
  /**
   * Who makes the primary, the Services and the routes.
   * @default Bootstrap.CONTROLLER
   */
  readonly bootstrap?: Bootstrap;
}

/** A workload under progressive delivery. */
export class Canary extends Construct implements IObjectRef, INamedRef {
  public readonly apiObject: ApiObject;
  /** With `Bootstrap.SYNTH`: the chart of the objects that the controller will own, a manifest that is applied once. */
  public readonly bootstrapChart?: Chart;
  private readonly metrics: Metric[];
  private readonly webhooks: Webhook[];
  private readonly alerts: CanaryAlert[];

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: CanaryProps,
  ) {
    super(scope, id);
    this.metrics = [...(props.analysis.metrics ?? [])];
    this.webhooks = [...(props.analysis.webhooks ?? [])];
    this.alerts = [...(props.analysis.alerts ?? [])];
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      metadata: { name: props.target.name, ...namespaceOf(props.target), ...props.metadata },
      spec: Lazy.any({ produce: () => this.renderSpec() }),
    });
    for (const neighbour of [props.target, props.autoscaler]) this.comeAfter(neighbour);
    const objects =
      props.bootstrap === Bootstrap.SYNTH
        ? new BootstrapObjects({ canary: this.apiObject, target: props.target, autoscaler: props.autoscaler })
        : undefined;
    if (objects) this.bootstrapChart = objects.chart;
    checkAtSynth(this, this.apiObject, validate, () => objects?.problems() ?? []);
  }

  public get apiVersion(): string {
    return this.apiObject.apiVersion;
  }

  public get kind(): string {
    return this.apiObject.kind;
  }

  public get name(): string {
    return this.apiObject.name;
  }

  public get namespace(): string | undefined {
    return this.apiObject.metadata.namespace;
  }

  /** Adds a check to the analysis. */
  public addMetric(metric: Metric): void {
    this.metrics.push(metric);
  }

  /** Adds a webhook to the analysis. */
  public addWebhook(webhook: Webhook): void {
    this.webhooks.push(webhook);
  }

  /** Adds an alert to the analysis. */
  public addAlert(alert: CanaryAlert): void {
    this.alerts.push(alert);
  }

  /** Puts the Canary behind a construct of its own chart in the manifest. Across charts it would rename their files. */
  private comeAfter(neighbour: IObjectRef | undefined): void {
    if (!Construct.isConstruct(neighbour)) return;
    if (Chart.of(neighbour) === Chart.of(this)) this.node.addDependency(neighbour);
  }

  private renderSpec(): unknown {
    const { target, autoscaler, service, analysis, progressDeadline, upstream } = this.props;
    return render({
      provider: this.props.provider,
      metricsServer: this.props.metricsServer,
      progressDeadlineSeconds: progressDeadline?.toSeconds(),
      targetRef: reference(target),
      autoscalerRef: autoscaler && { ...reference(autoscaler), ...primaryScaler(this.props.primaryScaler) },
      ingressRef: reference(this.props.ingress),
      routeRef: reference(this.props.route),
      upstreamRef: upstream && { ...reference(upstream), namespace: this.props.upstreamNamespace },
      service: service && renderService(service),
      analysis: renderAnalysis({
        ...analysis,
        ...listed('metrics', this.metrics),
        ...listed('webhooks', this.webhooks),
        ...listed('alerts', this.alerts),
      }),
      skipAnalysis: this.props.skipAnalysis,
      revertOnDeletion: this.props.revertOnDeletion,
      suspend: this.props.suspend,
    });
  }
}

/** A list only when it has something. */
function listed(name: string, items: unknown[]): { [name: string]: unknown } {
  return items.length > 0 ? { [name]: items } : {};
}

function reference(object: IObjectRef | undefined) {
  return object && { apiVersion: object.apiVersion, kind: object.kind, name: object.name };
}

function primaryScaler(scaler: PrimaryScaler | undefined) {
  if (!scaler) return {};
  const { minReplicas, maxReplicas, queries } = scaler;
  const bounded = minReplicas !== undefined || maxReplicas !== undefined;
  return {
    primaryScalerQueries: queries,
    primaryScalerReplicas: bounded ? { minReplicas, maxReplicas } : undefined,
  };
}

/** The namespace that the target names itself; its chart's counts too. */
function namespaceOf(target: IObjectRef): { namespace?: string } {
  if (!Construct.isConstruct(target)) return {};
  const { namespace } = ApiObject.of(target).metadata;
  return namespace === undefined ? {} : { namespace };
}
