import type { Canary } from './canary';
import { render } from './render';
import type { BackendReference } from './service';

/** Something that answers requests of an HTTPRoute. */
export class HttpBackend {
  /** A Service, or another kind of backend, by name. */
  public static of(backend: BackendReference): HttpBackend {
    return new HttpBackend(() => backend);
  }

  /** The Service that the users of a Canary call, with its port. */
  public static apexOf(canary: Canary): HttpBackend {
    return new HttpBackend((namespace) => {
      const { port } = canary.apiObject.toJson().spec.service ?? {};
      const away = canary.namespace === namespace ? undefined : canary.namespace;
      return { name: canary.apexName, namespace: away, port };
    });
  }

  private constructor(private readonly backend: (namespace: string | undefined) => object) {}

  /** @internal */
  public _reference(namespace: string | undefined): object {
    return { group: '', kind: 'Service', ...(render(this.backend(namespace)) as object) };
  }
}

/** One side of a split. */
export interface WeightedBackend {
  /** Who gets them. */
  readonly backend: HttpBackend;
  /** A share, in proportion to the sum of all weights of the route. */
  readonly weight: number;
}

/** Where a browser is sent. */
export interface HttpRedirect {
  /**
   * `http` or `https`.
   * @default - the scheme of the request
   */
  readonly scheme?: string;
  /**
   * @default - the host of the request
   */
  readonly hostname?: string;
  /**
   * @default - the usual one of the scheme
   */
  readonly port?: number;
  /**
   * The whole path.
   * @default - the path of the request
   */
  readonly path?: string;
  /**
   * 301 or 302; some gateways know more.
   * @default 302
   */
  readonly statusCode?: number;
}

/** What an HTTPRoute does with the requests of a rule: one thing. */
export class HttpRouteAction {
  /** Sends all of them to one backend. */
  public static forward(backend: HttpBackend): HttpRouteAction {
    return new HttpRouteAction((namespace) => ({ backendRefs: [backend._reference(namespace)] }));
  }

  /** Splits them by weight. What a Canary splits is not repeated here. */
  public static split(backends: WeightedBackend[]): HttpRouteAction {
    return new HttpRouteAction((namespace) => ({
      backendRefs: backends.map(({ backend, weight }) => ({ ...backend._reference(namespace), weight })),
    }));
  }

  /** Sends the browser elsewhere. */
  public static redirect(redirect: HttpRedirect): HttpRouteAction {
    const { path, ...rest } = redirect;
    const replaced = path === undefined ? undefined : { type: 'ReplaceFullPath', replaceFullPath: path };
    return new HttpRouteAction(() => ({
      filters: [{ type: 'RequestRedirect', requestRedirect: { ...rest, path: replaced } }],
    }));
  }

  private constructor(
    private readonly fields: (namespace: string | undefined) => { readonly [field: string]: unknown },
  ) {}

  /** @internal */
  public _fields(namespace: string | undefined): { readonly [field: string]: unknown } {
    return this.fields(namespace);
  }
}
