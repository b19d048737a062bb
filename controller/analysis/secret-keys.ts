import { QueryError } from './metric-provider';

/**
 * The values of keys that have to be there, without the line breaks that files end with.
 * @throws QueryError with code `BadSecret` that names the first missing key.
 */
export function secretKeys<Key extends string>(
  secret: Readonly<Record<string, string>> | undefined,
  ...keys: Key[]
): Record<Key, string> {
  if (secret === undefined) throw new QueryError('BadSecret', `a secretRef is needed, with ${listing(keys)}`);
  const missing = keys.find((key) => !secret[key]?.trim());
  if (missing !== undefined) {
    throw new QueryError('BadSecret', `the secret has no key ${missing}, it must have ${listing(keys)}`);
  }
  return Object.fromEntries(keys.map((key) => [key, secret[key]?.trim()])) as Record<Key, string>;
}

function listing(keys: string[]): string {
  return keys.length === 1 ? `the key ${keys[0]}` : `the keys ${keys.slice(0, -1).join(', ')} and ${keys.at(-1)}`;
}
