/** Conditions on requests and what happens to them on the way, in Istio's shape. */
import type { Duration } from 'cdk8s';

/** A condition on a text: set exactly one field. */
export interface StringMatch {
  readonly exact?: string;
  readonly prefix?: string;
  /** RE2 syntax, of the whole text. */
  readonly regex?: string;
}

/** A condition on a header of an A/B test: set exactly one field. */
export interface HeaderMatch {
  readonly exact?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  /** RE2 syntax, of the whole text. */
  readonly regex?: string;
}

/** A condition of every generated route: all fields must hold. */
export interface HttpMatch {
  readonly name?: string;
  readonly uri?: StringMatch;
  readonly scheme?: StringMatch;
  readonly method?: StringMatch;
  readonly authority?: StringMatch;
  /** Header names in lower case. */
  readonly headers?: { [name: string]: StringMatch };
  readonly withoutHeaders?: { [name: string]: StringMatch };
  readonly queryParams?: { [name: string]: StringMatch };
  readonly sourceLabels?: { [name: string]: string };
  readonly gateways?: string[];
  readonly port?: number;
  /**
   * @default false
   */
  readonly ignoreUriCase?: boolean;
  readonly sourceNamespace?: string;
}

/** A condition of an A/B test: all fields must hold. */
export interface AnalysisMatch {
  /** Header names in lower case. */
  readonly headers?: { [name: string]: HeaderMatch };
  readonly queryParams?: { [name: string]: StringMatch };
  readonly sourceLabels?: { [name: string]: string };
}

/** Retries by the proxy. */
export interface RetryPolicy {
  readonly attempts?: number;
  readonly perTryTimeout?: Duration;
  /** Conditions separated by commas, such as `gateway-error,connect-failure`. */
  readonly retryOn?: string;
}

/** Headers to add, to set and to remove. */
export interface HeaderOperations {
  readonly add?: { [name: string]: string };
  readonly set?: { [name: string]: string };
  readonly remove?: string[];
}

/** Headers that are changed on the way. */
export interface HeaderPolicy {
  readonly request?: HeaderOperations;
  readonly response?: HeaderOperations;
}

/** Rewrites the path or the authority before forwarding. */
export interface RewritePolicy {
  readonly uri?: string;
  readonly authority?: string;
  /**
   * Gateway API only: `ReplacePrefixMatch`, or anything else for a full replacement.
   * @default ReplaceFullPath
   */
  readonly type?: string;
}

/** An origin of a CORS policy: set exactly one field. */
export interface OriginMatch {
  readonly exact?: string;
  readonly prefix?: string;
  /** RE2 syntax, of the whole text. */
  readonly regex?: string;
}

/** Which other origins browsers may call the service from. */
export interface CorsPolicy {
  readonly allowCredentials?: boolean;
  readonly allowHeaders?: string[];
  readonly allowMethods?: string[];
  /** Exact origins. */
  readonly allowOrigin?: string[];
  readonly allowOrigins?: OriginMatch[];
  readonly exposeHeaders?: string[];
  readonly maxAge?: Duration;
}
