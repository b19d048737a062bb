/**
 * A minimum that the primary's autoscaler is held at while traffic comes back to the primary (F#1600). It stands on the
 * autoscaler itself, beside what it changes: whoever looks at an odd minimum finds the reason.
 */
import type { KubeObject } from '../kube';
import { HELD_MINIMUM_ANNOTATION } from './metadata';

export interface HeldMinimum {
  /** Pods that the primary has to have. */
  replicas: number;
  /** Percent of the traffic that they are for. */
  weight: number;
  /** The run that it is held for. */
  run: string;
  /** RFC 3339. */
  since: string;
  /** Pods that the primary had before. */
  least: number;
}

/** The minimum that an autoscaler is held at; undefined when it is not, or when the annotation is garbage. */
export function heldMinimum(scaler: KubeObject | undefined): HeldMinimum | undefined {
  try {
    const held = JSON.parse(scaler?.metadata.annotations?.[HELD_MINIMUM_ANNOTATION] ?? 'null') as HeldMinimum | null;
    return typeof held?.replicas === 'number' && held.replicas > 0 ? held : undefined;
  } catch {
    return undefined;
  }
}
