/** From polls to an outcome. */
import { formatDuration } from '../model/duration';
import { pause } from '../model/patience';
import type { Clock } from '../model/ports';
import { type Applied, type Seen, type Verdict, verdictOn } from './verdict';

/** How the release ended well. */
export interface Outcome {
  /** `suspended`: the Canary is frozen, so nothing is released and nobody waits. */
  readonly state: 'promoted' | 'suspended';
  /** Hash of the revision, as in the Canary's status. */
  readonly revision: string;
  /** What the Canary's conditions say. */
  readonly message: string;
}

/** The release did not end well; `reason` is PascalCase: the run's own, `DeadlineExceeded`, or that of a stalled Canary. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

export interface Wait {
  /** @throws Error with `status` when the API server refuses. */
  read(signal: AbortSignal): Promise<Seen>;
  clock: Clock;
  deadlineMs: number;
  /** Told once for each thing that happens. */
  say(message: string): void;
}

const POLL_MS = 2_000;

/** A Canary that stands still this long does so for what was applied, not for what was before. */
const STALLED_MS = 30_000;

/** What does not get better by asking again. */
const FINAL = new Set([400, 401, 403]);

/**
 * Waits until the revision that the target holds at the first look has been promoted.
 * @throws ReleaseError when it was rolled back, cannot run, or is not there in time.
 */
export async function outcomeOf(wait: Wait): Promise<Outcome> {
  const { clock, deadlineMs } = wait;
  const since = clock.now();
  const say = onceEach(wait.say);
  let applied: Applied | undefined;
  let stalledAt: number | undefined;
  let last = 'nothing was seen';
  while (clock.now() - since < deadlineMs) {
    const seen = await look(wait, since + deadlineMs);
    if (typeof seen !== 'string') applied ??= seen.present;
    const verdict: Verdict = typeof seen === 'string' ? { is: 'pending', message: seen } : judged(applied, seen);
    if (verdict.is === 'promoted' || verdict.is === 'suspended') {
      return { state: verdict.is, revision: applied?.hash ?? '', message: verdict.message };
    }
    if (verdict.is === 'failed') throw new ReleaseError(verdict.reason, verdict.message);
    stalledAt = verdict.is === 'stalled' ? (stalledAt ?? clock.now()) : undefined;
    if (verdict.is === 'stalled' && clock.now() - (stalledAt ?? 0) >= STALLED_MS) {
      throw new ReleaseError(verdict.reason, verdict.message);
    }
    last = verdict.message;
    say(last);
    await pause(clock, POLL_MS);
  }
  const patience = formatDuration(deadlineMs);
  throw new ReleaseError('DeadlineExceeded', `not promoted within ${patience}; the last that was seen: ${last}`);
}

const judged = (applied: Applied | undefined, seen: Seen): Verdict =>
  applied ? verdictOn(applied, seen) : { is: 'pending', message: 'the target is not there yet' };

/** What is there, or in words why it cannot be seen. */
async function look({ read, clock }: Wait, untilMs: number): Promise<Seen | string> {
  const patience = new AbortController();
  const timer = clock.after(Math.max(1, Math.min(30_000, untilMs - clock.now())), () => patience.abort());
  try {
    return await read(patience.signal);
  } catch (error) {
    const { status, message } = error as Error & { status?: number };
    if (status !== undefined && FINAL.has(status)) throw new ReleaseError('ApiServerRefuses', message);
    return `the API server cannot be asked: ${message}`;
  } finally {
    timer.cancel();
  }
}

function onceEach(say: (message: string) => void): (message: string) => void {
  let last: string | undefined;
  return (message) => {
    if (message !== last) say(message);
    last = message;
  };
}
