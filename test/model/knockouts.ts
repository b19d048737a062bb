/** One field of an input gone, other, or of another type: for every field there is. */
import type { JsonObject } from '../../model/json';

type Path = readonly (string | number)[];

const other = (value: unknown): unknown => {
  if (typeof value === 'string') return `${value}-other`;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return Array.isArray(value) ? [...value, ...value] : { ...(value as object), other: 'x' };
};

const ofAnotherType = (value: unknown): unknown => (typeof value === 'object' ? 'x' : {});

const empty = (value: unknown): unknown => {
  if (typeof value === 'string') return '';
  if (typeof value === 'number') return 0;
  return Array.isArray(value) ? [] : {};
};

const GONE = Symbol('gone');

const KNOCKS: Record<string, (value: unknown) => unknown> = {
  gone: () => GONE,
  other,
  empty,
  odd: ofAnotherType,
};

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, part]) =>
    pathsOf(part, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return path.length === 0 ? below : [path, ...below];
}

function changed<T>(value: T, path: Path, change: (part: unknown) => unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return change(value) as T;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as JsonObject & unknown[];
  const part = changed((value as JsonObject)[key], rest, change);
  if (part !== GONE) copy[key as number] = part;
  else if (Array.isArray(value)) copy.splice(Number(key), 1);
  else delete (copy as JsonObject)[key];
  return copy as T;
}

/** Every input with one field knocked, by the field and the way; `kept` begins paths that stay as they are. */
export function knockouts<T extends object>(inputs: T, kept: readonly string[] = []): Record<string, T> {
  const paths = pathsOf(inputs).filter(
    (path) => path.length > 1 && !kept.some((root) => path.join('.').startsWith(root)),
  );
  return Object.fromEntries(
    paths.flatMap((path) =>
      Object.entries(KNOCKS).map(([way, knock]) => [`${path.join('.')} ${way}`, changed(inputs, path, knock)]),
    ),
  );
}
