/** JSON patches for what props cannot say. */
import { isObject, sameJson } from '../../model/json';
import { literal } from './written';

/** One step of RFC 6902. */
export interface Patch {
  op: 'add' | 'remove' | 'replace';
  path: string;
  /** Absent: the field is removed. */
  value?: unknown;
}

/** What turns one value into another. */
export function patchesBetween(made: unknown, wanted: unknown, path = ''): Patch[] {
  if (sameJson(made, wanted)) return [];
  const both = Array.isArray(made) && Array.isArray(wanted) && made.length === wanted.length;
  if (both) return wanted.flatMap((item, index) => patchesBetween(made[index], item, `${path}/${index}`));
  if (!isObject(made) || !isObject(wanted)) return [{ op: 'replace', path, value: wanted }];
  const pathOf = (key: string) => `${path}/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`;
  const removed = Object.keys(made).filter((key) => !(key in wanted));
  return [
    ...removed.map((key): Patch => ({ op: 'remove', path: pathOf(key) })),
    ...Object.entries(wanted).flatMap(([key, value]): Patch[] =>
      key in made ? patchesBetween(made[key], value, pathOf(key)) : [{ op: 'add', path: pathOf(key), value }],
    ),
  ];
}

/** As a call of cdk8s' `JsonPatch`. */
export function patchCode({ op, path, value }: Patch): string {
  const rest = op === 'remove' ? '' : `, ${literal(value)}`;
  return `JsonPatch.${op}(${literal(path)}${rest})`;
}
