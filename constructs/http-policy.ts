/** Conditions on requests and what happens to them on the way, in Istio's shape. */
import type { Duration } from 'cdk8s';

/** A condition on a text: set exactly one field. */
export interface StringMatch {
  /**
   * @default - no condition
   */
  readonly exact?: string;
  /**
   * @default - no condition
   */
  readonly prefix?: string;
  /**
   * RE2 syntax, of the whole text.
   * @default - no condition
   */
  readonly regex?: string;
}

/** A condition on a header of an A/B test: set exactly one field. */
export interface HeaderMatch {
  /**
   * @default - no condition
   */
  readonly exact?: string;
  /**
   * @default - no condition
   */
  readonly prefix?: string;
  /**
   * @default - no condition
   */
  readonly suffix?: string;
  /**
   * RE2 syntax, of the whole text.
   * @default - no condition
   */
  readonly regex?: string;
}

/** A condition of every generated route: all fields must hold. */
export interface HttpMatch {
  /**
   * @default - none
   */
  readonly name?: string;
  /**
   * @default - any
   */
  readonly uri?: StringMatch;
  /**
   * @default - any
   */
  readonly scheme?: StringMatch;
  /**
   * @default - any
   */
  readonly method?: StringMatch;
  /**
   * @default - any
   */
  readonly authority?: StringMatch;
  /**
   * Header names in lower case.
   * @default - any
   */
  readonly headers?: { [name: string]: StringMatch };
  /**
   * @default - any
   */
  readonly withoutHeaders?: { [name: string]: StringMatch };
  /**
   * @default - any
   */
  readonly queryParams?: { [name: string]: StringMatch };
  /**
   * @default - any
   */
  readonly sourceLabels?: { [name: string]: string };
  /**
   * @default - any
   */
  readonly gateways?: string[];
  /**
   * @default - any
   */
  readonly port?: number;
  /**
   * @default false
   */
  readonly ignoreUriCase?: boolean;
  /**
   * @default - any
   */
  readonly sourceNamespace?: string;
}

/** A condition of an A/B test: all fields must hold. */
export interface AnalysisMatch {
  /**
   * Header names in lower case.
   * @default - any
   */
  readonly headers?: { [name: string]: HeaderMatch };
  /**
   * @default - any
   */
  readonly queryParams?: { [name: string]: StringMatch };
  /**
   * @default - any
   */
  readonly sourceLabels?: { [name: string]: string };
}

/** Retries by the proxy. */
export interface RetryPolicy {
  /**
   * @default 2
   */
  readonly attempts?: number;
  /**
   * @default - the timeout of the request
   */
  readonly perTryTimeout?: Duration;
  /**
   * Conditions separated by commas, such as `gateway-error,connect-failure`.
   * @default - connect-failure,refused-stream,unavailable,cancelled,503
   */
  readonly retryOn?: string;
}

/** Headers to add, to set and to remove. */
export interface HeaderOperations {
  /**
   * @default - none
   */
  readonly add?: { [name: string]: string };
  /**
   * @default - none
   */
  readonly set?: { [name: string]: string };
  /**
   * @default - none
   */
  readonly remove?: string[];
}

/** Headers that are changed on the way. */
export interface HeaderPolicy {
  /**
   * @default - requests are left alone
   */
  readonly request?: HeaderOperations;
  /**
   * @default - responses are left alone
   */
  readonly response?: HeaderOperations;
}

/** Rewrites the path or the authority before forwarding. */
export interface RewritePolicy {
  /**
   * @default - the path of the request
   */
  readonly uri?: string;
  /**
   * @default - the host of the request
   */
  readonly authority?: string;
  /**
   * Gateway API only: `ReplacePrefixMatch`, or anything else for a full replacement.
   * @default ReplaceFullPath
   */
  readonly type?: string;
}

/** An origin of a CORS policy: set exactly one field. */
export interface OriginMatch {
  /**
   * @default - no condition
   */
  readonly exact?: string;
  /**
   * @default - no condition
   */
  readonly prefix?: string;
  /**
   * RE2 syntax, of the whole text.
   * @default - no condition
   */
  readonly regex?: string;
}

/** Which other origins browsers may call the service from. */
export interface CorsPolicy {
  /**
   * @default false
   */
  readonly allowCredentials?: boolean;
  /**
   * @default - none
   */
  readonly allowHeaders?: string[];
  /**
   * @default - none
   */
  readonly allowMethods?: string[];
  /**
   * Exact origins.
   * @default - none
   */
  readonly allowOrigin?: string[];
  /**
   * @default - none
   */
  readonly allowOrigins?: OriginMatch[];
  /**
   * @default - none
   */
  readonly exposeHeaders?: string[];
  /**
   * @default - the browser's own; with the Gateway API 5 seconds
   */
  readonly maxAge?: Duration;
}
