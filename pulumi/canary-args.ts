/** What a Canary of a Pulumi program is made of. */
import type * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import type { Duration } from 'cdk8s';
import type { CanaryAlert, CanaryAnalysis } from '../constructs/analysis';
import type { PrimaryScaler, TrafficProvider } from '../constructs/canary-props';
import type { CanaryService } from '../constructs/service';
import type { Inputs } from './inputs';
import type { NamedArg, ObjectArg } from './references';

/** How `outcome` is found out: it reads the Canary and its target from the API server. */
export interface WaitArgs {
  /**
   * Path or contents of the kubeconfig.
   * @default - that of the Kubernetes provider, then `kubernetes:kubeconfig`, `KUBECONFIG`, `~/.kube/config`, and the
   * service account of the pod that runs the program
   */
  readonly kubeconfig?: pulumi.Input<string>;
  /**
   * The context in it.
   * @default - that of the Kubernetes provider, then `kubernetes:context`, then the current one
   */
  readonly context?: pulumi.Input<string>;
  /**
   * How long the run may take. Approvals by hand count: give them time.
   * @default - twice what the analysis takes, at least an hour
   */
  readonly deadline?: Duration;
}

/** Events of one Canary that go to one provider. */
export type CanaryAlertArgs = Inputs<Omit<CanaryAlert, 'provider'>> & {
  /** An `AlertProvider`, or its name. */
  readonly provider: NamedArg;
};

/** The props of the constructs' Canary, all of them inputs. The controller makes the primary, Services and routes. */
export interface CanaryArgs {
  /**
   * @default - the target's name and namespace
   */
  readonly metadata?: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
  /** The workload that is delivered: a Deployment, DaemonSet or Service, or `{ apiVersion, kind, name }`. */
  readonly target: ObjectArg;
  /**
   * The autoscaler of the target.
   * @default - none
   */
  readonly autoscaler?: ObjectArg;
  /**
   * Where the primary's autoscaler differs.
   * @default - as the target's
   */
  readonly primaryScaler?: Inputs<PrimaryScaler>;
  /**
   * Who moves the traffic.
   * @default - the controller's `-mesh-provider`
   */
  readonly provider?: Inputs<TrafficProvider>;
  /**
   * Base URL of the Prometheus of the built-in metrics.
   * @default - the controller's `-metrics-server`
   */
  readonly metricsServer?: pulumi.Input<string>;
  /**
   * How long a workload may stay unready before the run fails, in whole seconds.
   * @default - ten minutes
   */
  readonly progressDeadline?: Inputs<Duration>;
  /**
   * The Ingress of the target (nginx, skipper).
   * @default - none
   */
  readonly ingress?: ObjectArg;
  /**
   * The ApisixRoute of the target (apisix).
   * @default - none
   */
  readonly route?: ObjectArg;
  /**
   * The Upstream whose settings are copied (gloo); its namespace counts.
   * @default - none
   */
  readonly upstream?: ObjectArg;
  /**
   * How the workload is exposed.
   * @default - on the first container port of the target
   */
  readonly service?: Inputs<CanaryService>;
  /** How a new version is judged and how fast it gets traffic. */
  readonly analysis: Inputs<CanaryAnalysis>;
  /**
   * Promote healthy versions without analysing them.
   * @default false
   */
  readonly skipAnalysis?: pulumi.Input<boolean>;
  /**
   * Undo what was taken over when the Canary is deleted.
   * @default false
   */
  readonly revertOnDeletion?: pulumi.Input<boolean>;
  /**
   * Freeze: no reconciliation, no repair, a run keeps its weights.
   * @default false
   */
  readonly suspend?: pulumi.Input<boolean>;
  /**
   * The controller's `-selector-labels`: one of the target's match labels must be among them.
   * @default - app, name, app.kubernetes.io/name
   */
  readonly selectorLabels?: string[];
  /**
   * Whether and how `pulumi up` waits for the outcome; false does not wait.
   * @default - it waits
   */
  readonly wait?: WaitArgs | false;
}
