/** What contestants asked of the API server, as its audit log has it. */
import { type AuditLine, readAudit } from '../../test/cluster/control-plane/audit';

/** One request. */
export interface Request {
  /** When the API server got it, Unix milliseconds. */
  atMs: number;
  user: string;
  verb: string;
  /** With its subresource: `canaries/status`. */
  resource: string;
  /** `namespace/name` of the object; of a create that names none, `namespace/`. */
  object: string;
  code: number;
}

/** Reads the log bit by bit: each call of `next` gives what came since the last. */
export class AuditRecord {
  private at = 0;

  constructor(private readonly path: string) {}

  next(): Request[] {
    const { lines, next } = readAudit(this.path, this.at);
    this.at = next;
    return lines.map(requestOf);
  }

  /** Leaves out everything up to now. */
  skip(): void {
    this.next();
  }
}

function requestOf({ verb, user, objectRef, responseStatus, requestReceivedTimestamp }: AuditLine): Request {
  const { resource = '', subresource, namespace = '', name = '' } = objectRef ?? {};
  return {
    atMs: Date.parse(requestReceivedTimestamp),
    user: user?.username ?? '',
    verb,
    resource: subresource ? `${resource}/${subresource}` : resource,
    object: `${namespace}/${name}`,
    code: responseStatus?.code ?? 0,
  };
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

export const isWrite = ({ verb }: Request): boolean => WRITES.has(verb);

/** How many requests of each verb and resource, `patch canaries/status`, the most frequent first. */
export function countsOf(requests: readonly Request[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { verb, resource } of requests) {
    const key = `${verb} ${resource}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
