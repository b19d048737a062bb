import type { Canary } from './canary';
import { type RouteDestination, renderDestination, type WeightedDestination } from './mesh-host';
import { checkKind } from './reference-kinds';
import type { INamedRef } from './references';

/** Where a browser is sent. */
export interface RouteRedirect {
  /**
   * @default - the path of the request
   */
  readonly uri?: string;
  /**
   * Host, with a port where it is not the usual one.
   * @default - the host of the request
   */
  readonly authority?: string;
  /**
   * `http` or `https`.
   * @default - the scheme of the request
   */
  readonly scheme?: string;
  /**
   * HTTP status.
   * @default 301
   */
  readonly redirectCode?: number;
}

/** What a VirtualService does with the requests of a route: one thing. */
export class RouteAction {
  /** Sends all of them to one destination. */
  public static forward(destination: RouteDestination): RouteAction {
    return new RouteAction({ route: [{ destination: renderDestination(destination) }] });
  }

  /** Splits them by weight. What a Canary splits is not repeated here: forward to `MeshHost.apexOf`, or delegate. */
  public static split(destinations: WeightedDestination[]): RouteAction {
    const route = destinations.map(({ destination, ...rest }) => ({
      destination: renderDestination(destination),
      ...rest,
    }));
    return new RouteAction({ route });
  }

  /** Leaves them to the VirtualService that the controller makes for a Canary with `service.delegation`. */
  public static delegate(canary: Canary): RouteAction {
    return new RouteAction({ delegate: new Delegate(() => canary.apexName, canary) }, canary);
  }

  /** Leaves them to another VirtualService without hosts: a construct, or `{ name, namespace }`. */
  public static delegateTo(virtualService: INamedRef): RouteAction {
    checkKind(virtualService, 'VirtualService', 'RouteAction.delegateTo');
    return new RouteAction(
      { delegate: new Delegate(() => virtualService.name, virtualService) },
      undefined,
      virtualService,
    );
  }

  /** Sends the browser elsewhere. */
  public static redirect(redirect: RouteRedirect): RouteAction {
    return new RouteAction({ redirect });
  }

  /** Answers without asking anyone. */
  public static respond(status: number, body?: string): RouteAction {
    const text = body === undefined ? {} : { body: { string: body } };
    return new RouteAction({ directResponse: { status, ...text } });
  }

  private constructor(
    private readonly fields: { readonly [field: string]: unknown },
    /** @internal */
    public readonly _canary?: Canary,
    /** @internal */
    public readonly _delegate?: INamedRef,
  ) {}

  /** @internal */
  public _render(): { [field: string]: unknown } {
    return this.fields;
  }
}

/** Names are read at synthesis: metadata may change until then. */
class Delegate {
  public constructor(
    private readonly name: () => string,
    private readonly owner: INamedRef,
  ) {}

  public _render(): object {
    return { name: this.name(), namespace: this.owner.namespace };
  }
}
