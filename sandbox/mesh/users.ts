/** Answers as a caller saw them. */
export interface Seen {
  requests: number;
  /** Those with a status of 500 and above. */
  errors: number;
  byStatus: Record<string, number>;
  /** By image; requests that no pod answered are under ''. */
  byVersion: Record<string, { requests: number; errors: number; slow?: number }>;
  /** Those without error that took longer than `slowAboveMs`; absent where that is not set. */
  slow?: number;
}

/** Counts what users saw since the start or the last `reset`. Mirrored copies are no users' requests. */
export class Users {
  private counts: Seen = nothingSeen();
  /** What users find slow, milliseconds. */
  slowAboveMs: number | undefined;

  /** A copy of the counts. */
  get seen(): Seen {
    return structuredClone(this.counts);
  }

  /** Starts counting anew and returns what was counted. */
  reset(): Seen {
    const before = this.counts;
    this.counts = nothingSeen();
    return before;
  }

  note(status: number, version: string, latencyMs = 0): void {
    const failed = Number(status >= 500);
    const counts = this.counts;
    const ofVersion = counts.byVersion[version] ?? { requests: 0, errors: 0 };
    counts.requests += 1;
    counts.errors += failed;
    counts.byStatus[status] = (counts.byStatus[status] ?? 0) + 1;
    counts.byVersion[version] = ofVersion;
    ofVersion.requests += 1;
    ofVersion.errors += failed;
    if (this.slowAboveMs === undefined) return;
    const slow = Number(!failed && latencyMs > this.slowAboveMs);
    counts.slow = (counts.slow ?? 0) + slow;
    ofVersion.slow = (ofVersion.slow ?? 0) + slow;
  }
}

function nothingSeen(): Seen {
  return { requests: 0, errors: 0, byStatus: {}, byVersion: {} };
}
