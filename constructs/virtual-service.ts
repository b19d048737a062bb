import { ApiObject, type ApiObjectMetadata, type Duration, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { validateVirtualService } from '../model/rules/virtual-service';
import type { CorsPolicy, HeaderPolicy, HttpMatch, RetryPolicy, RewritePolicy } from './http-policy';
import { type RouteDestination, renderDestination } from './mesh-host';
import { checkAtSynth } from './problems';
import type { IGateway, INamedRef, IObjectRef } from './references';
import { render } from './render';
import type { RouteAction } from './route-action';
import { virtualServiceConflicts } from './routing-conflicts';

/** What happens to some requests. */
export interface VirtualServiceRoute {
  /**
   * Shown in Istio's logs and metrics.
   * @default - none
   */
  readonly name?: string;
  /**
   * Which requests: any of the conditions.
   * @default - every request
   */
  readonly match?: HttpMatch[];
  /** What happens to the requests. */
  readonly action: RouteAction;
  /**
   * @default - path and host are left alone
   */
  readonly rewrite?: RewritePolicy;
  /**
   * Timeout of a request.
   * @default - none
   */
  readonly timeout?: Duration;
  /**
   * @default - Istio's own: two more attempts on connection failures
   */
  readonly retries?: RetryPolicy;
  /**
   * @default - headers are left alone
   */
  readonly headers?: HeaderPolicy;
  /**
   * @default - none
   */
  readonly corsPolicy?: CorsPolicy;
  /**
   * Gets a copy of each request; its answers are thrown away.
   * @default - none
   */
  readonly mirror?: RouteDestination;
  /**
   * Percent of requests that are copied.
   * @default 100
   */
  readonly mirrorPercentage?: number;
  /**
   * Istio's fault injection, forwarded as it is.
   * @default - none
   */
  readonly fault?: { [field: string]: unknown };
}

/** What a VirtualService is made of. */
export interface VirtualServiceProps {
  /**
   * @default - a generated name, the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /**
   * Hosts that clients call.
   * @default - none: a delegate of another VirtualService
   */
  readonly hosts?: string[];
  /**
   * @default - [Gateway.MESH], unless it is a delegate
   */
  readonly gateways?: IGateway[];
  /**
   * Namespaces that see it: `.` for its own, `*` for all.
   * @default - every namespace
   */
  readonly exportTo?: string[];
  /**
   * The first one that matches is taken.
   * @default - those of `addRoute`
   */
  readonly routes?: VirtualServiceRoute[];
  /**
   * Istio's routes of TCP connections, forwarded as they are.
   * @default - none
   */
  readonly tcp?: { [field: string]: unknown }[];
  /**
   * Istio's routes of TLS connections by SNI, forwarded as they are.
   * @default - none
   */
  readonly tls?: { [field: string]: unknown }[];
}

/**
 * Istio routes of your own, around those that the controller makes for a Canary: a root that delegates to it, or routes to
 * other services.
 */
export class VirtualService extends Construct implements IObjectRef, INamedRef {
  /** The object itself. */
  public readonly apiObject: ApiObject;
  private readonly routes: VirtualServiceRoute[];

  public constructor(scope: Construct, id: string, props: VirtualServiceProps = {}) {
    super(scope, id);
    this.routes = [...(props.routes ?? [])];
    const { metadata, routes: _, gateways, ...rest } = props;
    const fields = { ...rest, gateways: gateways?.map(({ reference }) => reference) };
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'VirtualService',
      ...(metadata && { metadata }),
      spec: Lazy.any({ produce: () => render({ ...fields, http: this.renderRoutes() }) }),
    });
    checkAtSynth(this, this.apiObject, validateVirtualService, (manifest) =>
      virtualServiceConflicts(
        this.apiObject,
        manifest,
        this.routes.map(({ action }) => action),
      ),
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

  /** Adds a route behind those that are there. */
  public addRoute(route: VirtualServiceRoute): void {
    this.routes.push(route);
  }

  private renderRoutes(): unknown[] | undefined {
    if (this.routes.length === 0) return undefined;
    return this.routes.map(({ action, mirror, mirrorPercentage, ...rest }) => ({
      ...rest,
      ...action._render(),
      mirror: mirror && renderDestination(mirror),
      mirrorPercentage: mirrorPercentage === undefined ? undefined : { value: mirrorPercentage },
    }));
  }
}
