import { ApiObject, type ApiObjectMetadata, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { validateDestinationRule } from '../model/rules/destination-rule';
import type { MeshHost } from './mesh-host';
import { checkAtSynth } from './problems';
import type { INamedRef, IObjectRef } from './references';
import { render } from './render';
import { destinationRuleConflicts } from './routing-conflicts';
import type { TrafficPolicy } from './traffic-policy';

/** Some pods of a host. */
export interface DestinationSubset {
  /** What routes call it. */
  readonly name: string;
  /** Labels of its pods, beside those that the Service selects by. */
  readonly labels: { [label: string]: string };
  /**
   * @default - the policy of the host
   */
  readonly trafficPolicy?: TrafficPolicy;
}

/** What a DestinationRule is made of. */
export interface DestinationRuleProps {
  /**
   * @default - a generated name, the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /** The Service that the rule is for. */
  readonly host: MeshHost;
  /**
   * @default - Istio's own
   */
  readonly trafficPolicy?: TrafficPolicy;
  /**
   * @default - those of `addSubset`
   */
  readonly subsets?: DestinationSubset[];
  /**
   * Namespaces that see it: `.` for its own, `*` for all.
   * @default - every namespace
   */
  readonly exportTo?: string[];
}

/** How Istio's proxies talk to a host of your own. Those of a Canary get `service.trafficPolicy` of the Canary. */
export class DestinationRule extends Construct implements IObjectRef, INamedRef {
  /** The object itself. */
  public readonly apiObject: ApiObject;
  private readonly subsets: DestinationSubset[];

  public constructor(scope: Construct, id: string, props: DestinationRuleProps) {
    super(scope, id);
    const { metadata, subsets = [], ...rest } = props;
    this.subsets = [...subsets];
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'DestinationRule',
      ...(metadata && { metadata }),
      spec: Lazy.any({
        produce: () => render({ ...rest, subsets: this.subsets.length > 0 ? this.subsets : undefined }),
      }),
    });
    checkAtSynth(this, this.apiObject, validateDestinationRule, (manifest) =>
      destinationRuleConflicts(this.apiObject, manifest),
    );
  }

  public get apiVersion(): string {
    return this.apiObject.apiVersion;
  }

  public get kind(): string {
    return this.apiObject.kind;
  }

  public get name(): string {
    return this.apiObject.name;
  }

  public get namespace(): string | undefined {
    return this.apiObject.metadata.namespace;
  }

  /** Adds a subset that routes can name. */
  public addSubset(subset: DestinationSubset): void {
    this.subsets.push(subset);
  }
}
