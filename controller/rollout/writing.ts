/** How a write of one object is put: its type, and whether it is a create or a replace. */
import type { KubeObject, ResourceType } from '../../model/kube';
import { RESOURCES } from '../../model/kube';
import type { Effect } from './decision';
import type { Observation } from './observation';

/** A map, not an object: a kind called `constructor` is none of them. */
const WORKLOADS: ReadonlyMap<unknown, ResourceType> = new Map<unknown, ResourceType>([
  ['DaemonSet', RESOURCES.daemonSet],
  ['Deployment', RESOURCES.deployment],
  ['Service', RESOURCES.service],
]);

/** The type of a Canary's target and primary. */
export const workloadType = ({ canary }: Pick<Observation, 'canary'>): ResourceType =>
  WORKLOADS.get(canary.spec?.targetRef?.kind) ?? RESOURCES.deployment;

/** A create where nothing is, else a replace that fails if somebody wrote in between. */
export const writeOf = (
  type: ResourceType,
  existing: KubeObject | undefined,
  object: KubeObject,
  context: string,
): Effect => (existing ? { write: 'replace', type, object, context } : { write: 'create', type, object, context });
