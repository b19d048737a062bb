/** JSON patches for what props cannot say. */
import { isObject, sameJson } from '../../model/json';
import { literal } from './written';

/** Calls of `JsonPatch` that turn one value into another. */
export function patchesBetween(made: unknown, wanted: unknown, path = ''): string[] {
  if (sameJson(made, wanted)) return [];
  const both = Array.isArray(made) && Array.isArray(wanted) && made.length === wanted.length;
  if (both) return wanted.flatMap((item, index) => patchesBetween(made[index], item, `${path}/${index}`));
  if (!isObject(made) || !isObject(wanted)) return [`JsonPatch.replace(${literal(path)}, ${literal(wanted)})`];
  const pathOf = (key: string) => `${path}/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`;
  const removed = Object.keys(made).filter((key) => !(key in wanted));
  return [
    ...removed.map((key) => `JsonPatch.remove(${literal(pathOf(key))})`),
    ...Object.entries(wanted).flatMap(([key, value]) =>
      key in made
        ? patchesBetween(made[key], value, pathOf(key))
        : [`JsonPatch.add(${literal(pathOf(key))}, ${literal(value)})`],
    ),
  ];
}
