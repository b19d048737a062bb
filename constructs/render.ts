import type { Duration } from 'cdk8s';
import type { PrimaryScaler } from './canary-props';
import type { IObjectRef } from './references';

/** Something that knows its own form in a manifest. */
interface Renderable {
  _render(): unknown;
}

function isRenderable(value: object): value is Renderable {
  return '_render' in value && typeof value._render === 'function';
}

/** Also a duration of another copy of cdk8s. */
function isDuration(value: object): value is Duration {
  return 'toMilliseconds' in value && typeof value.toMilliseconds === 'function';
}

/**
 * A duration as the reference's schema takes it too: `1m`, `90s`, `500ms`. Hours are written in minutes.
 * @throws Error when it is not a whole number of milliseconds.
 */
export function goDuration(duration: Duration): string {
  const ms = duration.toMilliseconds();
  if (ms % 60_000 === 0 && ms > 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

/**
 * Props as a manifest has them: durations as text, factories' products rendered, what is undefined left out. The fields of
 * our structs carry the names of the API, so nothing else changes.
 */
export function render(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(render);
  if (typeof value !== 'object' || value === null) return value;
  if (isDuration(value)) return goDuration(value);
  if (isRenderable(value)) return render(value._render());
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, render(field)]));
}

/** As `targetRef` and its like name an object. */
export function objectReference(object: IObjectRef | undefined) {
  return object && { apiVersion: object.apiVersion, kind: object.kind, name: object.name };
}

/** The fields of `autoscalerRef` that say how the primary's autoscaler differs. */
export function primaryScalerFields(scaler: PrimaryScaler | undefined) {
  if (!scaler) return {};
  const { minReplicas, maxReplicas, queries } = scaler;
  const bounded = minReplicas !== undefined || maxReplicas !== undefined;
  return {
    primaryScalerQueries: queries,
    primaryScalerReplicas: bounded ? { minReplicas, maxReplicas } : undefined,
  };
}
