/** The decision record: what each of the last runs was about, how it ended, and what its last checks said. */
import type { CanaryRun, RunCheck } from '../../model/canary';
import { shortText } from '../../model/short-text';
import type { Observation } from './observation';
import { instant, recordOf } from './record';
import type { Check } from './verdict';

const MOST_RUNS = 10;
/** Longer texts are cut: the status of thousands of Canaries is held in memory, and etcd takes 1.5 MiB of one. */
const QUERY_LENGTH = 400;
const MESSAGE_LENGTH = 300;
const NAME_LENGTH = 253;

/** The runs with a new one; the oldest make room. */
export const withRun = (seen: Observation, revision: string): CanaryRun[] =>
  begun(seen, seen.canary.status?.runs ?? [], revision);

/**
 * Queries stay in the record of the last run only: they are most of its size, and with each step the API server checks and
 * stores all runs anew.
 */
function begun(seen: Observation, before: readonly CanaryRun[], revision: string): CanaryRun[] {
  const older = before
    .slice(1 - MOST_RUNS)
    .map((run) => ({ ...run, ...(run.checks && { checks: run.checks.map(bare) }) }));
  return [...older, { revision, startedAt: instant(seen.now) }];
}

const bare = ({ query: _, ...check }: RunCheck): RunCheck => check;

/** The runs with the checks of this tick in the present one; undefined when there is none. */
export function withChecks(seen: Observation, checks: Check[]): CanaryRun[] | undefined {
  return changed(seen, { checks: checks.map(recorded) });
}

/** The runs with the present one ended. */
export function withEnd(
  seen: Observation,
  outcome: NonNullable<CanaryRun['outcome']>,
  reason: string,
): CanaryRun[] | undefined {
  return changed(seen, { endedAt: instant(seen.now), outcome, reason });
}

/** A change of the run that is under way; runs that began before there were records have none. */
function changed(seen: Observation, change: Partial<CanaryRun>): CanaryRun[] | undefined {
  const runs = seen.canary.status?.runs ?? [];
  const last = runs.at(-1);
  if (last === undefined || last.startedAt !== recordOf(seen.canary).runStartedAt) return undefined;
  return [...runs.slice(0, -1), { ...last, ...change }];
}

function recorded(check: Check): RunCheck {
  const { name, verdict, value, range, window, query, message } = check;
  return {
    name: shortText(name, NAME_LENGTH),
    verdict,
    ...(value !== undefined && { value: Number(value.toPrecision(8)) }),
    ...(range && Object.keys(range).length > 0 && { range }),
    ...(window !== undefined && { window }),
    ...(query && { query: shortText(query, QUERY_LENGTH) }),
    ...(message !== undefined && { message: shortText(message, MESSAGE_LENGTH) }),
  };
}

/** The present run ends because another revision came, and that one begins. */
export function supersededBy(seen: Observation, revision: string): CanaryRun[] {
  return begun(seen, withEnd(seen, 'superseded', 'RevisionChanged') ?? seen.canary.status?.runs ?? [], revision);
}

/** A change of status that ends the present run. */
export function ended(
  seen: Observation,
  outcome: NonNullable<CanaryRun['outcome']>,
  reason: string,
): { runs?: CanaryRun[] } {
  const runs = withEnd(seen, outcome, reason);
  return runs ? { runs } : {};
}
