/** What the installation of a controller is made of. */
import type { ApiObjectMetadata, Duration } from 'cdk8s';
import type { CanaryPolicyProps } from '../canary-policy';
import type { TrafficProvider } from '../canary-props';
import type { ControllerGuardProps } from '../controller-guard';
import type { ControllerCredentials, ControllerFlags } from './controller-flags';

/** Compute resources of a container, as Kubernetes writes them. */
export interface ContainerResources {
  /**
   * @default - cpu 50m, memory 128Mi
   */
  readonly requests?: { [resource: string]: string };
  /**
   * @default - memory 512Mi
   */
  readonly limits?: { [resource: string]: string };
}

/** How the Prometheus operator finds the controller's metrics. */
export interface ServiceMonitorOptions {
  /**
   * Labels that the operator selects by.
   * @default - none
   */
  readonly labels?: { [key: string]: string };
  /**
   * @default Duration.seconds(15)
   */
  readonly interval?: Duration;
}

/** Alerts for the Prometheus operator. */
export interface AlertRuleOptions {
  /**
   * Labels that the operator selects by.
   * @default - none
   */
  readonly labels?: { [key: string]: string };
}

/** A dashboard for Grafana's sidecar. */
export interface DashboardOptions {
  /**
   * Labels that the sidecar selects by.
   * @default - grafana_dashboard: "1"
   */
  readonly labels?: { [key: string]: string };
}

/** Who reaches the controller. Where it goes itself (API server, metrics, any webhook) stays open. */
export interface NetworkPolicyOptions {
  /**
   * Labels of the namespaces that may reach its only port, 8080.
   * @default - every namespace
   */
  readonly fromNamespaces?: { [key: string]: string };
}

/** How the controller runs and what it may do. */
export interface SerinControllerProps {
  /**
   * @default - name `serin`, the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /**
   * @default - serin:<version of this package>
   */
  readonly image?: string;
  /**
   * Names of Secrets with the credentials of the registry.
   * @default - none
   */
  readonly imagePullSecrets?: string[];
  /**
   * One works, the others wait for its Lease.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * @default - cpu 50m and memory 128Mi requested, memory limited to 512Mi
   */
  readonly resources?: ContainerResources;
  /**
   * The only namespace whose Canaries are looked at, with a Role there.
   * @default - all namespaces, with a ClusterRole
   */
  readonly watchNamespace?: string;
  /**
   * Every provider that Canaries name: the controller is allowed the routing objects of these.
   * @default - the flag meshProvider
   */
  readonly trafficProviders?: TrafficProvider[];
  /**
   * ScaledObjects as autoscalers are allowed.
   * @default false
   */
  readonly keda?: boolean;
  /**
   * MetricTemplates may ask the external metrics API.
   * @default false
   */
  readonly externalMetrics?: boolean;
  /**
   * @default - the controller's own
   */
  readonly flags?: ControllerFlags;
  /**
   * @default - none
   */
  readonly credentials?: ControllerCredentials;
  /**
   * The definitions of the three kinds.
   * @default true
   */
  readonly customResourceDefinitions?: boolean;
  /**
   * Refuses changes of what Canaries own by anyone but this controller.
   * @default - none
   */
  readonly guard?: ControllerGuardProps;
  /**
   * The rules of synthesis at the API server; what the flags of this controller mean to them is filled in.
   * @default - none
   */
  readonly policy?: CanaryPolicyProps;
  /**
   * @default - none
   */
  readonly serviceMonitor?: ServiceMonitorOptions;
  /**
   * @default - none
   */
  readonly networkPolicy?: NetworkPolicyOptions;
  /**
   * @default - none
   */
  readonly alertRules?: AlertRuleOptions;
  /**
   * @default - none
   */
  readonly dashboard?: DashboardOptions;
}
