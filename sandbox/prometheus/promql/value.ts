import type { Labels } from '../labels';
import { dropName, labelsKey } from '../labels';
import type { Sample } from '../series';
import { PromqlError } from './error';

export interface ScalarValue {
  type: 'scalar';
  value: number;
}

export interface StringValue {
  type: 'string';
  value: string;
}

export interface Element {
  labels: Labels;
  value: number;
}

export interface VectorValue {
  type: 'vector';
  elements: Element[];
}

export interface RangeSeries {
  labels: Labels;
  samples: readonly Sample[];
}

/** Samples later than `startMs`, up to and including `endMs`. */
export interface MatrixValue {
  type: 'matrix';
  series: RangeSeries[];
  startMs: number;
  endMs: number;
}

export type Value = ScalarValue | StringValue | VectorValue | MatrixValue;

export function vector(elements: Element[]): VectorValue {
  return { type: 'vector', elements };
}

/**
 * Elements without their metric name, as every operation that changes values yields them.
 * @throws PromqlError when two of them become the same.
 */
export function unnamed(elements: Element[]): VectorValue {
  return unique(elements.map(({ labels, value }) => ({ labels: dropName(labels), value })));
}

export function unique(elements: Element[]): VectorValue {
  const keys = new Set(elements.map((one) => labelsKey(one.labels)));
  if (keys.size < elements.length) {
    throw new PromqlError('execution', 'vector cannot contain metrics with the same labelset');
  }
  return vector(elements);
}
