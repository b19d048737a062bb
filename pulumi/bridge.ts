/** A cdk8s chart as Pulumi resources. */
import * as pulumi from '@pulumi/pulumi';
import type { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Canary } from '../model/canary';
import { namespaceOf } from '../model/defaults';
import { at, textOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { CANARY_ANNOTATION } from '../model/objects/metadata';
import { type Bridged, dependenciesOf, isCanary } from './bridge-order';
import type { WaitArgs } from './canary-args';
import { KubeResource } from './kube-resource';
import { outcomeFor } from './outcome';
import { TARGET_ANNOTATIONS } from './references';
import type { Outcome } from './wait';

/** How a cdk8s chart becomes resources. */
export interface BridgeOptions extends pulumi.ComponentResourceOptions {
  /**
   * Name of the component.
   * @default - the path of the chart
   */
  readonly name?: string;
  /**
   * Whether and how `pulumi up` waits for the outcomes of the chart's Canaries; false does not wait.
   * @default - it waits
   */
  readonly wait?: WaitArgs | false;
}

/** The resources of a chart. */
export class BridgedChart extends pulumi.ComponentResource {
  /** By the path of the ApiObject in the cdk8s program, such as `podinfo/canary/Resource`. */
  public readonly resources: ReadonlyMap<string, KubeResource>;
  /** Of each Canary, by the path of its ApiObject; none with `wait: false`. */
  public readonly outcomes: ReadonlyMap<string, pulumi.Output<Outcome>>;

  /** @internal */
  public constructor(name: string, bridged: Bridged[], wait: WaitArgs | false, opts: pulumi.ComponentResourceOptions) {
    super('serin:index:Chart', name, {}, opts);
    const resources = new Map<string, KubeResource>();
    for (const each of bridged) {
      const dependsOn = dependenciesOf(each, bridged).flatMap(({ path }) => resources.get(path) ?? []);
      const own = { parent: this, dependsOn, ignoreChanges: ignoredChanges(each.object, bridged) };
      resources.set(each.path, new KubeResource(each.path, annotated(each.object, bridged), own));
    }
    this.resources = resources;
    this.outcomes = new Map(
      wait === false
        ? []
        : canariesOf(bridged).map(({ path, object }) => [path, this.outcomeOf(object, bridged, wait)]),
    );
    this.registerOutputs({ outcomes: Object.fromEntries(this.outcomes) });
  }

  private outcomeOf(canary: Canary, bridged: Bridged[], wait: WaitArgs): pulumi.Output<Outcome> {
    const { name, namespace } = canary.metadata;
    const applied = bridged.filter(({ object }) => object === canary || isTargetOf(object, canary));
    const ids = applied.map(({ path }) => this.resources.get(path)?.id);
    const { apiVersion, kind, name: target } = canary.spec.targetRef;
    return outcomeFor({
      owner: this,
      wait,
      canary: pulumi.all(ids).apply(() => ({ name, namespace })),
      target: pulumi.output({ apiVersion, kind, name: target, namespace }),
      spec: pulumi.output<unknown>(canary.spec),
    });
  }
}

/**
 * Creates one Kubernetes resource for each object of a chart and of the charts in it, after what it depends on: as the chart
 * says, its Namespace, and the definition of its kind. Dependencies on other charts are yours to give, with `dependsOn`. With
 * `Bootstrap.SYNTH` the objects of the Canary's bootstrap chart are among them: they come before the Canary, are created
 * once, and are never changed again by Pulumi. So are the replicas of targets, which the controller scales.
 * @throws Error with every problem that the chart's own validations find.
 */
export function bridge(chart: Chart, options: BridgeOptions = {}): BridgedChart {
  const { name = chart.node.path || 'chart', wait = {}, ...opts } = options;
  const constructs = constructsOf(chart);
  refuseProblems(chart, constructs);
  const objects = constructs
    .filter(isApiObject)
    .map((source): Bridged => ({ path: source.node.path, source, object: source.toJson() as KubeObject }));
  return new BridgedChart(name, inOrder(objects), wait, opts);
}

/** What is in the chart, and in the charts beside it that its Canaries made. */
function constructsOf(chart: Chart): IConstruct[] {
  const own = chart.node.findAll();
  const beside = own.flatMap((each) => (each as { bootstrapChart?: Chart }).bootstrapChart?.node.findAll() ?? []);
  return [...new Set([...own, ...beside])];
}

/** Also of another copy of cdk8s. */
const isApiObject = (each: IConstruct): each is ApiObject => 'toJson' in each && 'apiVersion' in each && 'kind' in each;

/** What `app.synth()` checks. */
function refuseProblems(chart: Chart, constructs: IConstruct[]): void {
  const problems = constructs.flatMap((each) => each.node.validate().map((text) => `[${each.node.path}] ${text}`));
  if (problems.length > 0) {
    throw new Error(`chart ${chart.node.path} has ${problems.length} errors:\n  ${problems.join('\n  ')}`);
  }
}

/** Each one after what it depends on; the order of the chart otherwise. */
function inOrder(bridged: Bridged[]): Bridged[] {
  const sorted = new Set<Bridged>();
  const visit = (each: Bridged, above: ReadonlySet<Bridged>) => {
    if (sorted.has(each)) return;
    if (above.has(each)) throw new Error(`${each.path} depends on itself`);
    for (const needed of dependenciesOf(each, bridged)) visit(needed, new Set([...above, each]));
    sorted.add(each);
  };
  for (const each of bridged) visit(each, new Set());
  return [...sorted];
}

type BridgedCanary = Bridged & { object: Canary };

const canariesOf = (bridged: Bridged[]): BridgedCanary[] =>
  bridged.filter((each): each is BridgedCanary => isCanary(each.object));

function isTargetOf(object: KubeObject, canary: Canary): boolean {
  const { kind, name } = canary.spec.targetRef;
  return object.kind === kind && object.metadata.name === name && namespaceIn(object) === namespaceOf(canary);
}

const isTarget = (object: KubeObject, bridged: Bridged[]): boolean =>
  canariesOf(bridged).some((canary) => isTargetOf(object, canary.object));

const namespaceIn = (object: KubeObject): string => object.metadata.namespace || 'default';

const isOwned = (object: KubeObject): boolean =>
  textOf(at(object, 'metadata', 'annotations', CANARY_ANNOTATION)) !== undefined;

const OWNED_FIELDS = ['spec', 'data', 'binaryData', 'stringData', 'type', 'metadata'];

/** The controller's are live weights, the primary's template and replicas, and the replicas of targets. */
function ignoredChanges(object: KubeObject, bridged: Bridged[]): string[] {
  if (isOwned(object)) return OWNED_FIELDS;
  return isTarget(object, bridged) && at(object, 'spec', 'replicas') !== undefined ? ['spec.replicas'] : [];
}

/** Targets and what the controller owns are scaled by the controller: Pulumi does not wait for their pods. */
function annotated(object: KubeObject, bridged: Bridged[]): KubeObject {
  const target = isTarget(object, bridged);
  if (!target && !isOwned(object)) return object;
  const added = target ? TARGET_ANNOTATIONS : { 'pulumi.com/skipAwait': 'true' };
  return { ...object, metadata: { ...object.metadata, annotations: { ...added, ...object.metadata.annotations } } };
}
