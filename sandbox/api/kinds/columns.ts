/** Cells that the tables of many kinds share. */
import type { KubeObject } from '../../../model/kube';
import { at, isObject, objects } from '../json';
import type { Column } from '../kind';

/** A span of time as kubectl shows it: `5s`, `3m20s`, `2h`, `4d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 0) return seconds < -1 ? '<invalid>' : '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return joined(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return joined(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return joined(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? joined(years, 'y', days % 365, 'd') : `${years}y`;
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** How long ago a timestamp was. */
export function since(time: unknown, now: number): string {
  return typeof time === 'string' ? humanDuration(now - Date.parse(time)) : '<unknown>';
}

export const NAME: Column = { name: 'Name', type: 'string', format: 'name', cell: (object) => object.metadata.name };

export const AGE: Column = {
  name: 'Age',
  type: 'string',
  cell: (object, now) => since(object.metadata.creationTimestamp, now),
};

export const CREATED_AT: Column = {
  name: 'Created At',
  type: 'date',
  cell: (object) => object.metadata.creationTimestamp,
};

export function text(name: string, cell: (object: KubeObject, now: number) => unknown, priority = 0): Column {
  return { name, type: 'string', priority, cell };
}

/** A number at a path, 0 when missing. */
export function count(name: string, ...path: string[]): Column {
  return { name, type: 'integer', cell: (object) => Number(at(object, ...path) ?? 0) };
}

/** `a=b,c=d`, or `<none>`. */
export function labelsText(labels: unknown): string {
  const entries = isObject(labels) ? Object.entries(labels) : [];
  return entries.length > 0 ? entries.map(([key, value]) => `${key}=${value}`).join(',') : '<none>';
}

/** The wide columns of everything that has a pod template. */
export function containerColumns(...path: string[]): Column[] {
  const names = (object: KubeObject, field: string) =>
    objects(at(object, ...path), 'containers')
      .map((container) => container[field])
      .join(',');
  return [
    text('Containers', (object) => names(object, 'name'), 1),
    text('Images', (object) => names(object, 'image'), 1),
  ];
}
