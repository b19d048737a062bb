/** What the controller would make for a Canary that it sees for the first time, as plain objects. */
import type { Canary } from '../model/canary';
import { configKey } from '../model/config-refs';
import { providerOf } from '../model/defaults';
import { objectOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { selectorLabel, selectorLabelError } from '../model/names';
import { primaryAutoscaler } from '../model/objects/autoscaler';
import { configCopy } from '../model/objects/config-copies';
import { REVISION_ANNOTATION } from '../model/objects/metadata';
import { primaryWorkload } from '../model/objects/primary-workload';
import { canaryServices } from '../model/objects/services';
import { isRouter, routerFor } from '../model/traffic/router';
import { ALL_TO_PRIMARY } from '../model/traffic/routes';

/** `flagger-id` of a primary that was never promoted; fixed, so that the same program synthesises the same. */
const BOOTSTRAP_ID = '00000000-0000-4000-8000-000000000000';

export interface BootstrapInputs {
  readonly canary: Canary;
  readonly target: KubeObject;
  readonly autoscaler: KubeObject | undefined;
  /** ConfigMaps and Secrets of the target. */
  readonly configs: readonly KubeObject[];
  readonly selectorLabels: readonly string[] | undefined;
}

/**
 * Config copies, primary, Services, autoscaler and routes, in the order in which they should be applied.
 * @throws Error when the target has no selector label, or its kind or the traffic provider is not supported.
 */
export function bootstrapManifest(inputs: BootstrapInputs): KubeObject[] {
  const { canary, target, autoscaler, configs, selectorLabels } = inputs;
  const selector = selectorLabel(target, selectorLabels);
  if (!selector) throw new Error(selectorLabelError(target, selectorLabels));
  const router = routerFor(providerOf(canary));
  if (!isRouter(router)) throw new Error(router.error);
  const services = canaryServices(canary, selector, target);
  return [
    ...configs.map((config) => configCopy(canary, config)).filter((copy) => copy !== undefined),
    primary(inputs),
    services.canary,
    services.primary,
    services.apex,
    ...(autoscaler ? [primaryAutoscaler(canary, autoscaler)] : []),
    ...router.render(canary, ALL_TO_PRIMARY, [], { selector }),
  ];
}

/**
 * The primary without what is only known in a cluster: the hash of the target as the API server completes it, and, with
 * an autoscaler, the number of replicas, so that applying the manifest again does not take the autoscaler's back.
 */
function primary({ canary, target, autoscaler, configs, selectorLabels }: BootstrapInputs): KubeObject {
  const trackedConfigs = configs.map(({ kind, metadata }) =>
    configKey({ kind: kind as 'Secret', name: metadata.name }),
  );
  const built = primaryWorkload(canary, target, {
    flaggerId: BOOTSTRAP_ID,
    trackedConfigs,
    ...(selectorLabels && { selectorLabels }),
  });
  const { [REVISION_ANNOTATION]: _, ...annotations } = built.metadata.annotations ?? {};
  const { replicas, ...rest } = objectOf(built['spec']);
  const spec = autoscaler || replicas === undefined ? rest : { replicas, ...rest };
  return { ...built, metadata: { ...built.metadata, annotations }, spec };
}
