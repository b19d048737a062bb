/** What a webhook sends, as far as the load tester reads it. */
export interface HookPayload {
  name: string;
  namespace: string;
  /** Of the revision that is released; empty when the caller gives none. */
  checksum: string;
  metadata: Record<string, string>;
}

/** Reads the body of a webhook; undefined when it is not one. Absent fields are empty. */
export function parsePayload(body: string): HookPayload | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const { name, namespace, checksum, metadata } = parsed as Record<string, unknown>;
  if (!isText(name) || !isText(namespace) || !isText(checksum)) return undefined;
  if (typeof (metadata ?? {}) !== 'object' || Array.isArray(metadata)) return undefined;
  const entries = Object.entries((metadata ?? {}) as Record<string, unknown>);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return undefined;
  return {
    name: name ?? '',
    namespace: namespace ?? '',
    checksum: checksum ?? '',
    metadata: Object.fromEntries(entries),
  };
}

function isText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
