import { excerpt } from './excerpt';
import { QueryError } from './metric-provider';

/** JSON that came from outside: anything may be anything. */
export type Json = { readonly [key: string]: Json | undefined } & { readonly [index: number]: Json | undefined };

/**
 * Reads a body as a JSON object or list.
 * @throws QueryError with code `BadAnswer` when it is neither.
 */
export function parseAnswer(body: string): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (cause) {
    throw new QueryError('BadAnswer', `the answer is not JSON: '${excerpt(body)}'`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null) {
    throw new QueryError('BadAnswer', `the answer is not an object: '${excerpt(body)}'`);
  }
  return parsed;
}

/** What lies under the keys, or undefined where the way ends. */
export function at(value: unknown, ...keys: ReadonlyArray<string | number>): unknown {
  let here = value;
  for (const key of keys) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string | number, unknown>)[key];
  }
  return here;
}

/**
 * The list under the keys; `undefined` and null read as an empty one.
 * @throws QueryError with code `BadAnswer` when it is something else.
 */
export function listAt(value: unknown, ...keys: ReadonlyArray<string | number>): unknown[] {
  const list = at(value, ...keys);
  if (list === undefined || list === null) return [];
  if (Array.isArray(list)) return list;
  throw new QueryError('BadAnswer', `unexpected answer: ${keys.join('.')} is not a list`);
}

/** As `listAt`, but a list has to be there. */
export function listIn(value: unknown, body: string, key: string): unknown[] {
  const list = at(value, key);
  if (Array.isArray(list)) return list;
  throw new QueryError('BadAnswer', `unexpected answer, expected the list ${key}: ${excerpt(body)}`);
}
