import { type ApiObject, Chart, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import type * as model from '../model/canary';
import { houseProblems, validate } from '../model/validate';
import { type CanaryAlert, renderAnalysis } from './analysis';
import { type ArgoCdIgnoreDifference, argoCdDifferences } from './argo-cd-differences';
import { Bootstrap, BootstrapObjects } from './bootstrap';
import type { CanaryProps } from './canary-props';
import { type Delivery, leaveReplicasToTheCluster } from './delivery';
import { Gateway } from './gateway';
import { houseRulesOf } from './house-rules';
import { KeptObject } from './kept-object';
import type { Metric } from './metric';
import { checkAtSynth } from './problems';
import { apexOf, type NamedReference, type Release, register } from './program';
import { programHints, programProblems } from './program-rules';
import { apiObjectOf, type INamedRef, type IObjectRef } from './references';
import { objectReference, primaryScalerFields, render } from './render';
import { renderService } from './service';
import { completeService } from './target-manifest';
import type { Webhook } from './webhook';

/** A workload under progressive delivery. */
export class Canary extends Construct implements IObjectRef, INamedRef {
  /** The object of the manifest, for patches and dependencies. */
  public readonly apiObject: ApiObject;
  /** With `Bootstrap.SYNTH`: the chart of the objects that the controller will own, a manifest that is applied once. */
  public readonly bootstrapChart?: Chart;
  private readonly metrics: Metric[];
  private readonly webhooks: Webhook[];
  private readonly alerts: CanaryAlert[];
  private readonly madeOnce: ApiObject[];

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: CanaryProps,
  ) {
    super(scope, id);
    this.metrics = [...(props.analysis.metrics ?? [])];
    this.webhooks = [...(props.analysis.webhooks ?? [])];
    this.alerts = [...(props.analysis.alerts ?? [])];
    this.apiObject = new KeptObject(this, 'Resource', {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      metadata: { name: props.target.name, ...namespaceOf(props.target), ...props.metadata },
      spec: Lazy.any({ produce: () => this.renderSpec() }),
    });
    const manifest = apiObjectOf(props.target);
    if (manifest && props.delivery) {
      leaveReplicasToTheCluster(manifest, props.delivery, props.autoscaler !== undefined);
    }
    for (const neighbour of [props.target, props.autoscaler]) this.comeAfter(neighbour);
    const objects = props.bootstrap === Bootstrap.SYNTH ? new BootstrapObjects(this.release) : undefined;
    this.madeOnce = objects?.apiObjects ?? [];
    if (objects) this.bootstrapChart = objects.chart;
    register(this.release);
    const rules = (manifest: model.Canary) => [
      ...validate(manifest),
      ...houseRulesOf(this).flatMap((house) => houseProblems(manifest, house)),
    ];
    const more = (manifest: model.Canary) => {
      const problems = programProblems(this.release, manifest);
      return problems.length > 0 ? problems : (objects?.problems() ?? []);
    };
    checkAtSynth(this, this.apiObject, rules, more, { hints: () => programHints(this.release) });
  }

  /** Such as `flagger.app/v1beta1`. */
  public get apiVersion(): string {
    return this.apiObject.apiVersion;
  }

  /** `Canary`. */
  public get kind(): string {
    return this.apiObject.kind;
  }

  /** Name of the object. */
  public get name(): string {
    return this.apiObject.name;
  }

  /** Namespace of the object; undefined when the program names none. */
  public get namespace(): string | undefined {
    return this.apiObject.metadata.namespace;
  }

  /** Name of the Service that users call; primary and canary are `<name>-primary` and `<name>-canary`. */
  public get apexName(): string {
    return apexOf(this.props);
  }

  /** How the manifests reach the cluster. */
  public get delivery(): Delivery | undefined {
    return this.props.delivery;
  }

  /** What an Argo CD Application must leave alone, for its `spec.ignoreDifferences`. Call it when the program is complete. */
  public argoCdIgnoreDifferences(): ArgoCdIgnoreDifference[] {
    return argoCdDifferences(this.release, this.madeOnce);
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

  private get release(): Release {
    const { target, autoscaler, ingress, service, selectorLabels, delivery } = this.props;
    const { references } = this;
    return { canary: this.apiObject, target, autoscaler, ingress, service, selectorLabels, delivery, references };
  }

  private get references(): NamedReference[] {
    const templates = this.metrics.flatMap(({ name, _template: ref }) =>
      ref ? [{ prop: `metric ${name}`, kind: 'MetricTemplate', ref }] : [],
    );
    const rooms = this.alerts.map(({ name, provider: ref }) => ({ prop: `alert ${name}`, kind: 'AlertProvider', ref }));
    const gateways = (this.props.service?.gateways ?? []).flatMap((gateway) =>
      gateway instanceof Gateway ? [{ prop: 'service.gateways', kind: 'Gateway', ref: gateway }] : [],
    );
    return [...templates, ...rooms, ...gateways];
  }

  /** Puts the Canary behind a construct of its own chart in the manifest. Across charts it would rename their files. */
  private comeAfter(neighbour: IObjectRef | undefined): void {
    if (!Construct.isConstruct(neighbour)) return;
    // From object to object: of constructs, cdk8s would add these beside them, and go through all of them for each chart.
    if (Chart.of(neighbour) === Chart.of(this)) this.apiObject.node.addDependency(apiObjectOf(neighbour) ?? neighbour);
  }

  private renderSpec(): unknown {
    const { target, autoscaler, analysis, progressDeadline, upstream } = this.props;
    const service = completeService(this.props.service, target);
    return render({
      provider: this.props.provider,
      metricsServer: this.props.metricsServer,
      progressDeadlineSeconds: progressDeadline?.toSeconds(),
      targetRef: objectReference(target),
      autoscalerRef: autoscaler && { ...objectReference(autoscaler), ...primaryScalerFields(this.props.primaryScaler) },
      ingressRef: objectReference(this.props.ingress),
      routeRef: objectReference(this.props.route),
      upstreamRef: upstream && { ...objectReference(upstream), namespace: this.props.upstreamNamespace },
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

/** The namespace that the target names itself; its chart's counts too. */
function namespaceOf(target: IObjectRef): { namespace?: string } {
  const namespace = apiObjectOf(target)?.metadata.namespace;
  return namespace === undefined ? {} : { namespace };
}
