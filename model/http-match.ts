/** Conditions on requests, in Istio's shape. */
import type { Integer, StringMap } from './scalars';

/** A condition of `service.match`: all fields must hold. */
export interface HttpMatch {
  name?: string;
  uri?: StringMatch;
  scheme?: StringMatch;
  method?: StringMatch;
  authority?: StringMatch;
  /** Header names in lower case. */
  headers?: StringMatches;
  withoutHeaders?: StringMatches;
  queryParams?: StringMatches;
  sourceLabels?: StringMap;
  /** @maxItems 64 */
  gateways?: string[];
  port?: Integer;
  ignoreUriCase?: boolean;
  sourceNamespace?: string;
}

/**
 * Conditions on values, by name.
 * @maxProperties 64
 */
export type StringMatches = Record<string, StringMatch>;

/**
 * At most one of the three.
 * @schema { oneOf: [{ not: { anyOf: [{ required: ["exact"] }, { required: ["prefix"] }, { required: ["regex"] }] } }, { required: ["exact"] }, { required: ["prefix"] }, { required: ["regex"] }] }
 */
export interface StringMatch {
  exact?: string;
  prefix?: string;
  regex?: string;
}

/** A condition of `analysis.match`: who gets the canary. */
export interface AnalysisMatch {
  /**
   * Header names in lower case.
   * @maxProperties 64
   */
  headers?: Record<string, HeaderMatch>;
  queryParams?: StringMatches;
  sourceLabels?: StringMap;
}

/**
 * Exactly one of the four.
 * @schema { oneOf: [{ required: ["exact"] }, { required: ["prefix"] }, { required: ["suffix"] }, { required: ["regex"] }] }
 */
export interface HeaderMatch {
  exact?: string;
  prefix?: string;
  suffix?: string;
  regex?: string;
}
