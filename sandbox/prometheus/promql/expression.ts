import type { Matcher } from '../labels';

/** What a PromQL expression yields. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** As messages of Prometheus name them. */
export const TYPE_NAMES: Record<ValueType, string> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** Where a selector looks: shifted back by `offsetMs` from the time of evaluation or from `at`. */
export interface Moment {
  offsetMs: number;
  /** Unix milliseconds, or the start or end of the query's range. */
  at?: number | 'start' | 'end';
}

export interface VectorSelector extends Moment {
  kind: 'selector';
  matchers: Matcher[];
}

export interface MatrixSelector {
  kind: 'matrix';
  selector: VectorSelector;
  rangeMs: number;
}

export interface Subquery extends Moment {
  kind: 'subquery';
  of: Expression;
  rangeMs: number;
  stepMs: number | undefined;
}

export interface Call {
  kind: 'call';
  name: string;
  args: Expression[];
}

export interface Aggregation {
  kind: 'aggregation';
  op: string;
  param: Expression | undefined;
  of: Expression;
  labels: string[];
  without: boolean;
}

/** How the series of two vectors find their partner. */
export interface Matching {
  on: boolean;
  labels: string[];
  /** Which side may have many series to one of the other. */
  many?: 'left' | 'right';
  /** Labels copied from the side that has one. */
  include: string[];
}

export interface Binary {
  kind: 'binary';
  op: string;
  bool: boolean;
  matching: Matching;
  left: Expression;
  right: Expression;
}

export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'paren'; of: Expression }
  | { kind: 'negation'; of: Expression }
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Binary;

export const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);
export const SET_OPERATORS = new Set(['and', 'or', 'unless']);
