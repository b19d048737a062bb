/** What a program holds besides one object: its Canaries and its autoscalers, found without walking it for each. */
import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { at, textOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import type { Delivery } from './delivery';
import { apiObjectOf, type INamedRef, type IObjectRef } from './references';
import type { CanaryService } from './service';
import { once } from './synthesis';

/** A Canary and what it points at. */
export interface Release {
  readonly canary: ApiObject;
  readonly target: IObjectRef;
  readonly autoscaler: IObjectRef | undefined;
  readonly ingress: IObjectRef | undefined;
  readonly service: CanaryService | undefined;
  readonly selectorLabels: readonly string[] | undefined;
  readonly delivery: Delivery | undefined;
  /** Templates, chat rooms and gateways, and which prop names them. */
  readonly references: readonly NamedReference[];
}

export interface NamedReference {
  readonly prop: string;
  readonly kind: string;
  readonly ref: INamedRef;
}

/** What tells two Canaries apart. */
export type Identity = Pick<Release, 'canary' | 'target' | 'service'>;

/** The construct of an object: what users wrote. */
export const scopePathOf = (object: ApiObject): string => object.node.scope?.node.path ?? object.node.path;

interface Declared {
  /** Canaries by target, by apex and by place, in the order of their making. */
  readonly releases: Map<string, Release[]>;
  /** Autoscalers by target, of one validation of the program. */
  scalers?: { readonly byTarget: ReadonlyMap<string, ApiObject[]>; readonly readers: Set<IConstruct> } | undefined;
}

const programs = new WeakMap<IConstruct, Declared>();

function declaredIn({ node: { root } }: IConstruct): Declared {
  const found = programs.get(root) ?? { releases: new Map<string, Release[]>() };
  programs.set(root, found);
  return found;
}

/** Makes a Canary known to the other objects of its program. */
export function register(release: Release): void {
  const declared = declaredIn(release.canary);
  declared.scalers = undefined;
  for (const key of [targetKey(release.canary, release.target), apexKey(release), placeKey(release.canary)]) {
    addTo(declared.releases, key, release);
  }
}

const releasesAt = (object: ApiObject, key: string): readonly Release[] => declaredIn(object).releases.get(key) ?? [];

/** Canaries of the same target, in the order of their making. */
export const releasesOfTarget = (canary: ApiObject, target: IObjectRef) =>
  releasesAt(canary, targetKey(canary, target));

/** Canaries of the same apex name, in the order of their making. */
export const releasesOfApex = (identity: Identity) => releasesAt(identity.canary, apexKey(identity));

/** Canaries of the object's chart and namespace, in the order of their making. */
export const releasesBeside = (object: ApiObject) => releasesAt(object, placeKey(object));

/** Charts may go to different clusters: objects of the same name are the same within a chart only. */
const placeKey = (object: ApiObject) => [Chart.of(object).node.path, object.metadata.namespace ?? ''].join('\n');

const targetKey = (canary: ApiObject, target: IObjectRef) =>
  `target\n${placeKey(apiObjectOf(target) ?? canary)}\n${target.kind}\n${target.name}`;

export const apexOf = ({
  target,
  service,
}: Pick<Identity, 'target'> & { readonly service?: CanaryService | undefined }): string => service?.name ?? target.name;

const apexKey = (identity: Identity) => `apex\n${placeKey(identity.canary)}\n${apexOf(identity)}`;

const SCALERS = ['HorizontalPodAutoscaler', 'ScaledObject'];

/** The autoscalers of the program that scale the target. */
export function autoscalersOf(canary: ApiObject, target: IObjectRef): readonly ApiObject[] {
  const declared = declaredIn(canary);
  // A Canary that asks again belongs to another synthesis, and the program may have grown.
  if (!declared.scalers || declared.scalers.readers.has(canary)) {
    declared.scalers = { byTarget: scalersByTarget(canary.node.root), readers: new Set() };
  }
  declared.scalers.readers.add(canary);
  return declared.scalers.byTarget.get(targetKey(canary, target)) ?? [];
}

function scalersByTarget(root: IConstruct): Map<string, ApiObject[]> {
  const byTarget = new Map<string, ApiObject[]>();
  for (const scaler of root.node.findAll()) {
    if (!ApiObject.isApiObject(scaler) || !SCALERS.includes(scaler.kind)) continue;
    const scaled = at(jsonOf(scaler), 'spec', 'scaleTargetRef');
    const kind = textOf(at(scaled, 'kind')) ?? 'Deployment'; // KEDA's default
    const key = targetKey(scaler, { apiVersion: '', kind, name: textOf(at(scaled, 'name')) ?? '' });
    addTo(byTarget, key, scaler);
  }
  return byTarget;
}

function addTo<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

/** Undefined when it cannot be made; synthesis says why. */
export function jsonOf(object: ApiObject): KubeObject | undefined {
  try {
    return once(object, 'manifest', () => object.toJson() as KubeObject);
  } catch {
    return undefined;
  }
}
