/** Ways to show a demo. */
import type { Chapter, Result, Told } from './demo-state';
import type { Story } from './story';

export interface Reporter {
  begin?(story: Pick<Story, 'state' | 'measure'>): void;
  chapter?(chapter: Chapter, result: Result | undefined): void;
  told?(told: Told): void;
  /** After the last scenario. `kept` says whether the cluster stays until Ctrl-C. */
  end(results: readonly Result[], kept: boolean): void;
  /** Gives the terminal back. */
  close?(): void;
}

/** Simulated time as `1:05`. */
export function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
