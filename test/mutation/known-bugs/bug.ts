/** A bug that some controller had, or that ours could get, as a change of exact text. */
export interface KnownBug {
  /** Kebab-case, said once. */
  name: string;
  /** What users would see, with the thread where people met it (`/work/shared/peers.md` abbreviates them F# and A#). */
  why: string;
  edits: Edit[];
  /** Test files of which at least one test has to fail, the quickest. */
  caughtBy: string[];
}

export interface Edit {
  /** Relative to the checkout. */
  file: string;
  /** Stands exactly once in the file. */
  was: string;
  becomes: string;
}
