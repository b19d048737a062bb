/** Answers as a caller saw them. */
export interface Seen {
  requests: number;
  /** Those with a status of 500 and above. */
  errors: number;
  byStatus: Record<string, number>;
  /** By image; requests that no pod answered are under ''. */
  byVersion: Record<string, { requests: number; errors: number }>;
}

/** Counts what users saw since the start or the last `reset`. Mirrored copies are no users' requests. */
export class Users {
  private counts: Seen = nothingSeen();

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

  note(status: number, version: string): void {
    const failed = Number(status >= 500);
    const counts = this.counts;
    const ofVersion = counts.byVersion[version] ?? { requests: 0, errors: 0 };
    counts.requests += 1;
    counts.errors += failed;
    counts.byStatus[status] = (counts.byStatus[status] ?? 0) + 1;
    counts.byVersion[version] = { requests: ofVersion.requests + 1, errors: ofVersion.errors + failed };
  }
}

function nothingSeen(): Seen {
  return { requests: 0, errors: 0, byStatus: {}, byVersion: {} };
}
