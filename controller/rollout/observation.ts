/** Everything one tick may look at, gathered once. The same observation always gives the same decision. */
import type { Canary, MetricTemplate, Phase } from '../../model/canary';
import type { KubeObject, ObjectMeta } from '../../model/kube';
import { apexName, primaryWorkloadName } from '../../model/names';
import type { ConfigRef } from '../../model/revision';
import type { NoRouter, Router } from '../../model/traffic/router';
import type { Routes } from '../../model/traffic/routes';
import type { Settings } from './settings';

/** A config that the target's template uses, with the metadata that is watched; none when there is no such object. */
export interface SeenConfig {
  ref: ConfigRef;
  metadata?: ObjectMeta;
}

export interface Observation {
  /** Unix milliseconds. */
  now: number;
  settings: Settings;
  canary: Canary;
  target?: KubeObject;
  primary?: KubeObject;
  services: { apex?: KubeObject; canary?: KubeObject; primary?: KubeObject };
  autoscaler?: KubeObject;
  primaryAutoscaler?: KubeObject;
  /** Live routing objects. */
  routing: readonly KubeObject[];
  /** The router of the Canary's provider, or why there is none. */
  router: Router | NoRouter;
  /** What the live routing objects say; absent before there are any. */
  routes?: Routes;
  /** Why the live routes cannot be read, or are not served yet; `pending` passes by itself within moments. */
  routesProblem?: { text: string; pending: boolean };
  /** Istio gateways that the Canary names and that do not exist. */
  missingGateways: string[];
  /** Promoted templates that were kept, ControllerRevisions of this Canary. */
  revisions: readonly KubeObject[];
  /** Who moves the traffic: during a run the provider that it began with. */
  provider: string;
  configs: SeenConfig[];
  /** Copies of configs that this Canary controls, metadata only; seen while a promotion ends. */
  configCopies?: readonly KubeObject[];
  /** Services that select the pods of both sides: their callers bypass the split (W25). */
  straySelectors?: readonly string[];
  /** Templates by `<namespace>/<name>`. */
  templates: ReadonlyMap<string, MetricTemplate>;
  /** An older Canary that has the same target. */
  rival?: string;
  /** A fresh random UUID, for the annotation that makes the primary roll. */
  freshId: string;
}

export const phaseOf = (seen: Observation): Phase => seen.canary.status?.phase ?? '';

export const namespaceOf = ({ canary }: Observation): string => canary.metadata.namespace ?? 'default';

/** `<canary>.<namespace>`, the `<cd>.<ns>` of the texts. */
export const canaryKey = (seen: Observation): string => `${seen.canary.metadata.name}.${namespaceOf(seen)}`;

/** `<target>.<namespace>`, the `<t>.<ns>` of the texts. */
export const targetKey = (seen: Observation): string => `${seen.canary.spec.targetRef.name}.${namespaceOf(seen)}`;

/** `<target>-primary.<namespace>` */
export const primaryKey = (seen: Observation): string => `${primaryWorkloadName(seen.canary)}.${namespaceOf(seen)}`;

export const providerOf = ({ provider }: Observation): string => provider;

export const apexOf = ({ canary }: Observation): string => apexName(canary);
