import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** One finished request, as the API server's audit log has it (the fields that tests count by). */
export interface AuditLine {
  verb: string;
  requestURI: string;
  userAgent?: string;
  user?: { username?: string };
  objectRef?: {
    resource?: string;
    subresource?: string;
    namespace?: string;
    name?: string;
    apiGroup?: string;
    apiVersion?: string;
  };
  responseStatus?: { code?: number };
  /** RFC 3339 with microseconds. */
  requestReceivedTimestamp: string;
  stage: string;
}

/** Metadata of every request. */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'Panic'],
  rules: [{ level: 'Metadata' }],
};

/** The requests in the log from byte `from` on, and where to go on reading. A half-written last line is left for later. */
export function readAudit(path: string, from = 0): { lines: AuditLine[]; next: number } {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - from));
    readSync(file, bytes, 0, bytes.length, from);
    const end = bytes.lastIndexOf('\n') + 1;
    const text = bytes.subarray(0, end).toString('utf8');
    const lines = text.split('\n').filter((line) => line !== '');
    return { lines: lines.map((line) => JSON.parse(line)).filter(countsOnce), next: from + end };
  } finally {
    closeSync(file);
  }
}

/** A watch is logged when it starts and when it ends: only its start counts. */
function countsOnce(line: AuditLine): boolean {
  return line.stage === (line.verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete');
}
