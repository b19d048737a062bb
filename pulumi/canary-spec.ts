/** From the args to the spec of the manifest. */
import type * as pulumi from '@pulumi/pulumi';
import type { Duration } from 'cdk8s';
import { type CanaryAnalysis, renderAnalysis } from '../constructs/analysis';
import type { PrimaryScaler } from '../constructs/canary-props';
import { objectReference, primaryScalerFields, render } from '../constructs/render';
import { type CanaryService, renderService } from '../constructs/service';
import type { KubeObject } from '../model/kube';
import type { CanaryArgs } from './canary-args';
import { settled } from './inputs';
import { type KnownObject, knownObject, type ObjectArg } from './references';
import { completeService, workloadOf } from './target';

/** The args with every input known. */
interface KnownArgs {
  target: KnownObject;
  /** The target's manifest, when it is a resource of the program. */
  workload?: KubeObject;
  autoscaler?: KnownObject;
  primaryScaler?: PrimaryScaler;
  provider?: string;
  metricsServer?: string;
  progressDeadline?: Duration;
  ingress?: KnownObject;
  route?: KnownObject;
  upstream?: KnownObject;
  service?: CanaryService;
  analysis: CanaryAnalysis;
  skipAnalysis?: boolean;
  revertOnDeletion?: boolean;
  suspend?: boolean;
}

const known = (object: ObjectArg | undefined) => object && knownObject(object);

/** The spec, once every input is known. `refuse` makes the error of what cannot be rendered. */
export function canarySpec(args: CanaryArgs, refuse: (message: string) => Error): pulumi.Output<unknown> {
  const { metadata: _, wait: __, selectorLabels: ___, target, autoscaler, ingress, route, upstream, ...rest } = args;
  return settled<KnownArgs>(
    {
      ...rest,
      target: knownObject(target),
      workload: workloadOf(target),
      autoscaler: known(autoscaler),
      ingress: known(ingress),
      route: known(route),
      upstream: known(upstream),
    },
    renderSpec,
    refuse,
  );
}

function renderSpec(args: KnownArgs): unknown {
  const { target, autoscaler, progressDeadline, upstream } = args;
  const service = completeService(args.service, target, args.workload);
  return render({
    provider: args.provider,
    metricsServer: args.metricsServer,
    progressDeadlineSeconds: progressDeadline?.toSeconds(),
    targetRef: objectReference(target),
    autoscalerRef: autoscaler && { ...objectReference(autoscaler), ...primaryScalerFields(args.primaryScaler) },
    ingressRef: objectReference(args.ingress),
    routeRef: objectReference(args.route),
    upstreamRef: upstream && { ...objectReference(upstream), namespace: upstream.namespace },
    service: service && renderService(service),
    analysis: renderAnalysis(args.analysis),
    skipAnalysis: args.skipAnalysis,
    revertOnDeletion: args.revertOnDeletion,
    suspend: args.suspend,
  });
}
