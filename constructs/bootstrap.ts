import { type ApiObject, Chart, Names } from 'cdk8s';
import { Construct } from 'constructs';
import type { Canary } from '../model/canary';
import type { KubeObject } from '../model/kube';
import { bootstrapManifest } from './bootstrap-manifest';
import { type Delivery, madeOnce } from './delivery';
import { DerivedObject } from './derived-object';
import { apiObjectOf, type IObjectRef } from './references';
import { once } from './synthesis';
import { targetConfigs } from './target-configs';

/** Who makes the primary, the Services and the routes of a Canary. */
export enum Bootstrap {
  /** The controller, when it first sees the Canary. The manifest has the Canary alone. */
  CONTROLLER = 'controller',
  /**
   * The program: they go to a manifest of their own, `<chart>-bootstrap`, that is applied once, together with the first
   * version. The controller adopts them. Later versions are released with the other manifest alone; with Flux and Argo CD
   * both stay where they are (`delivery`). An application that serves already under the apex name starts with CONTROLLER,
   * which waits for the primary before it moves the traffic.
   */
  SYNTH = 'synth',
}

/** What a Canary's objects are made from. */
export interface BootstrapSources {
  readonly canary: ApiObject;
  readonly target: IObjectRef;
  readonly autoscaler: IObjectRef | undefined;
  readonly selectorLabels: readonly string[] | undefined;
  readonly delivery: Delivery | undefined;
}

const keyOf = (object: { kind: string; metadata: { name: string } }) => `${object.kind}-${object.metadata.name}`;

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The objects of a Canary with `Bootstrap.SYNTH`, in a chart of the program's own beside the Canary's chart. */
export class BootstrapObjects {
  public readonly chart: Chart;
  /** What is in the chart. */
  public readonly apiObjects: ApiObject[] = [];
  private readonly keys: string[] = [];

  public constructor(private readonly sources: BootstrapSources) {
    this.chart = chartBeside(Chart.of(sources.canary));
    const scope = new Construct(this.chart, sources.canary.node.path);
    for (const object of this.tryDerive() ?? []) {
      const key = keyOf(object);
      this.keys.push(key);
      const derive = () => this.derive().find((each) => keyOf(each) === key) ?? object;
      this.apiObjects.push(new DerivedObject(scope, key, object, derive));
    }
  }

  /** What stands in the way of synthesising, each with its remedy. */
  public problems(): string[] {
    try {
      const missing = this.missingConfigs();
      if (missing.length > 0) return missing;
      const late = this.derive()
        .map(keyOf)
        .filter((key) => !this.keys.includes(key));
      if (late.length === 0) return [];
      return [`bootstrap: ${late.join(', ')} came after the Canary: create the Canary after its target is complete`];
    } catch (error) {
      return [`bootstrap: ${reasonOf(error)}: correct it, or use Bootstrap.CONTROLLER`];
    }
  }

  private missingConfigs(): string[] {
    const target = manifestSource(this.sources.target, 'target');
    return targetConfigs(target).missing.map(
      ({ kind, name }) =>
        `bootstrap: ${kind} ${name}, which the target uses, is not in this program: define it, so that its copy ` +
        `${name}-primary can be synthesised, make the reference optional, or use Bootstrap.CONTROLLER`,
    );
  }

  private tryDerive(): KubeObject[] | undefined {
    try {
      return this.derive();
    } catch {
      return undefined; // problems() says why, when everything is there
    }
  }

  private derive(): KubeObject[] {
    return once(this.sources.canary, 'derived', () => this.deriveAnew());
  }

  private deriveAnew(): KubeObject[] {
    const { canary, target, autoscaler, selectorLabels, delivery } = this.sources;
    const workload = manifestSource(target, 'target');
    const inNamespace = canary.metadata.namespace !== undefined;
    const objects = bootstrapManifest({
      canary: canary.toJson() as Canary,
      target: workload.toJson(),
      autoscaler: autoscaler && manifestSource(autoscaler, 'autoscaler').toJson(),
      configs: targetConfigs(workload).found,
      selectorLabels,
    }).map((object) => madeOnce(object, delivery));
    return inNamespace ? objects : objects.map(withoutNamespace);
  }
}

/** Without a namespace in the program, `kubectl -n` decides. */
function withoutNamespace(object: KubeObject): KubeObject {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** At the root of the program: a chart within a chart would make cdk8s number the files of all charts. */
function chartBeside(chart: Chart): Chart {
  const { root } = chart.node;
  const id = `${Names.toDnsLabel(chart)}-bootstrap`;
  return (root.node.tryFindChild(id) as Chart | undefined) ?? new Chart(root, id);
}

function manifestSource(object: IObjectRef, prop: string): ApiObject {
  const found = apiObjectOf(object);
  if (found) return found;
  throw new Error(
    `${prop} ${object.kind} ${object.name} is a reference, and its manifest is needed: give the construct`,
  );
}
