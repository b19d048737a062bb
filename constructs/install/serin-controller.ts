import { ApiObject, type ApiObjectMetadata, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { CanaryPolicy, type CanaryPolicyProps } from '../canary-policy';
import { TrafficProvider } from '../canary-props';
import { ControllerGuard } from '../controller-guard';
import { goDuration } from '../render';
import { alertRules } from './alert-rules';
import { clusterScoped } from './cluster-scoped';
import { ControllerAccess } from './controller-access';
import { credentialVariables, flagArguments, LogLevel } from './controller-flags';
import type { SerinControllerProps } from './controller-props';
import { deploymentSpec, networkPolicySpec, serviceSpec } from './controller-workload';
import { CustomResourceDefinitions } from './custom-resource-definitions';
import { dashboard } from './dashboard';
import { defaultImage } from './package-files';
import { installProblems } from './problems';

const RESOURCES = { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } };

/** The controller in a cluster: everything that it needs, and no right that it does not. */
export class SerinController extends Construct {
  /** The Deployment of the controller. */
  public readonly deployment: ApiObject;
  /** The Service of its metrics and probes. */
  public readonly service: ApiObject;
  /** Its ServiceAccount and roles. */
  public readonly access: ControllerAccess;
  private readonly name: string;
  private readonly metadata: ApiObjectMetadata;
  private readonly selector: { [key: string]: string };

  /** @throws Error when neither `metadata` nor the chart names a namespace. */
  public constructor(scope: Construct, id: string, props: SerinControllerProps = {}) {
    super(scope, id);
    const namespace = props.metadata?.namespace ?? Chart.of(this).namespace;
    if (namespace === undefined) {
      throw new Error(`[${this.node.path}] the controller needs a namespace: give it in metadata or to the chart`);
    }
    this.name = props.metadata?.name ?? 'serin';
    this.selector = { 'app.kubernetes.io/name': 'serin', 'app.kubernetes.io/instance': this.name };
    this.metadata = {
      ...props.metadata,
      name: this.name,
      namespace,
      labels: { ...props.metadata?.labels, ...this.selector },
    };
    const trafficProviders = props.trafficProviders ?? [props.flags?.meshProvider ?? TrafficProvider.ISTIO];
    this.node.addValidation({ validate: () => installProblems(props, trafficProviders) });
    if (props.customResourceDefinitions ?? true) new CustomResourceDefinitions(this, 'Definitions');
    this.access = new ControllerAccess(this, 'Access', {
      name: this.name,
      namespace,
      metadata: this.metadata,
      watchNamespace: props.watchNamespace,
      trafficProviders,
      configTracking: props.flags?.configTracking ?? true,
      sharded: isSharded(props),
      keda: props.keda ?? false,
      externalMetrics: props.externalMetrics ?? false,
    });
    const replicas = props.replicas ?? 2;
    this.deployment = this.make('Deployment', 'apps/v1', this.deploymentSpec(namespace, replicas, props));
    this.service = this.make('Service', 'v1', serviceSpec(this.selector));
    if (replicas > 1) {
      this.make('PodDisruptionBudget', 'policy/v1', { minAvailable: 1, selector: { matchLabels: this.selector } });
    }
    this.addOptions(namespace, props);
  }

  private make(kind: string, apiVersion: string, spec: object, labels: { [key: string]: string } = {}): ApiObject {
    const metadata = { ...this.metadata, labels: { ...this.metadata.labels, ...labels } };
    return new ApiObject(this, kind, { apiVersion, kind, metadata, spec });
  }

  private deploymentSpec(namespace: string, replicas: number, props: SerinControllerProps): object {
    const { watchNamespace, flags } = props;
    return deploymentSpec({
      serviceAccountName: this.name,
      labels: this.selector,
      image: props.image ?? defaultImage(),
      imagePullSecrets: props.imagePullSecrets ?? [],
      replicas,
      args: [
        'controller',
        ...(watchNamespace === undefined ? [] : [`--namespace=${watchNamespace}`]),
        ...(isSharded(props) ? [] : ['--enable-leader-election=true']),
        `--leader-election-namespace=${watchNamespace ?? namespace}`,
        ...flagArguments({ meshProvider: TrafficProvider.ISTIO, logLevel: LogLevel.INFO, ...flags }),
      ],
      env: credentialVariables(props.credentials ?? {}),
      resources: {
        requests: { ...RESOURCES.requests, ...props.resources?.requests },
        limits: { ...RESOURCES.limits, ...props.resources?.limits },
      },
    });
  }

  private addOptions(namespace: string, props: SerinControllerProps): void {
    const { serviceMonitor, networkPolicy } = props;
    if (props.guard) {
      const guard = new ControllerGuard(this, 'Guard', {
        controllerNamespace: namespace,
        controllerServiceAccount: this.name,
        ...props.guard,
      });
      clusterScoped(guard.policy, guard.binding);
    }
    if (props.policy) new CanaryPolicy(this, 'CanaryPolicy', { ...policyDefaults(props), ...props.policy });
    if (networkPolicy) {
      this.make(
        'NetworkPolicy',
        'networking.k8s.io/v1',
        networkPolicySpec(this.selector, networkPolicy.fromNamespaces),
      );
    }
    const operator = 'monitoring.coreos.com/v1';
    if (serviceMonitor) {
      const interval = serviceMonitor.interval ? goDuration(serviceMonitor.interval) : '15s';
      const endpoints = [{ port: 'http', path: '/metrics', interval }];
      this.make(
        'ServiceMonitor',
        operator,
        { selector: { matchLabels: this.selector }, endpoints },
        serviceMonitor.labels,
      );
    }
    if (props.alertRules) {
      this.make(
        'PrometheusRule',
        operator,
        { groups: [{ name: 'serin', rules: alertRules() }] },
        props.alertRules.labels,
      );
    }
    if (props.dashboard) this.addDashboard(props.dashboard.labels ?? { grafana_dashboard: '1' });
  }

  private addDashboard(labels: { [key: string]: string }): void {
    new ApiObject(this, 'Dashboard', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...this.metadata, name: `${this.name}-dashboard`, labels: { ...this.metadata.labels, ...labels } },
      data: { 'serin.json': JSON.stringify(dashboard(), undefined, 2) },
    });
  }
}

/** What the flags mean to the rules, and the namespaces that are looked at. */
function policyDefaults({ flags = {}, watchNamespace }: SerinControllerProps): CanaryPolicyProps {
  const { meshProvider, minInterval, noCrossNamespaceRefs } = flags;
  const controller = {
    ...(meshProvider !== undefined && { meshProvider }),
    ...(minInterval && { minInterval }),
    ...(noCrossNamespaceRefs !== undefined && { noCrossNamespaceRefs }),
  };
  const namespaceLabels = watchNamespace === undefined ? undefined : { 'kubernetes.io/metadata.name': watchNamespace };
  return { controller, ...(namespaceLabels && { namespaceLabels }) };
}

const isSharded = ({ flags }: SerinControllerProps): boolean => (flags?.shards ?? 0) > 0;
