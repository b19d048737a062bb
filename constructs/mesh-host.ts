import type { Canary } from './canary';
import type { HeaderPolicy } from './http-policy';
import { type INamedRef, namespaceOfRef } from './references';

/** A host as Istio knows it. */
export class MeshHost {
  /** A host by name: a short one is a Service of the namespace of the object that names it. */
  public static of(host: string): MeshHost {
    return new MeshHost(() => host);
  }

  /** A Service: a construct of any cdk8s-plus, or `{ name, namespace }`. */
  public static service(service: INamedRef): MeshHost {
    return new MeshHost(() => serviceHost(service.name, namespaceOfRef(service)));
  }

  /** What the users of a Canary call: its traffic is split as the Canary says. */
  public static apexOf(canary: Canary): MeshHost {
    return new MeshHost(() => serviceHost(canary.apexName, canary.namespace));
  }

  private constructor(private readonly host: () => string) {}

  /** @internal */
  public _render(): string {
    return this.host();
  }
}

/** Where requests go. */
export interface RouteDestination {
  /** The Service. */
  readonly host: MeshHost;
  /**
   * Number of the port.
   * @default - the only port of the Service
   */
  readonly port?: number;
  /**
   * Name of a subset of the host's DestinationRule.
   * @default - every pod
   */
  readonly subset?: string;
}

/** One side of a split. */
export interface WeightedDestination {
  /** Who gets them. */
  readonly destination: RouteDestination;
  /** Percent. The weights of a route sum up to 100. */
  readonly weight: number;
  /**
   * Changes of headers on this side only.
   * @default - none
   */
  readonly headers?: HeaderPolicy;
}

/**
 * A destination as a manifest has it.
 * @internal
 */
export const renderDestination = ({ host, port, subset }: RouteDestination): object => ({
  host,
  port: port === undefined ? undefined : { number: port },
  subset,
});

const serviceHost = (name: string, namespace: string | undefined) =>
  namespace === undefined ? name : `${name}.${namespace}.svc.cluster.local`;
