/** From a user's words to what the sandbox plays. */
import type { Behaviour as Played, Quantile } from '../sandbox/workloads/behaviour';
import { msOf, shareOf, WrittenWrong } from './quantities';
import type { Behaviour, Latency, WarmUp } from './version';

/** @throws WrittenWrong */
export function played(behaviour: Behaviour): Partial<Played> {
  const { errors, latency, startup, crash, neverReady, warmUp, capacityPerSecond } = behaviour;
  return {
    ...(errors !== undefined && { errorRate: shareOf('errors', errors) }),
    ...(latency !== undefined && { latencyMs: latencyOf(latency) }),
    ...(startup !== undefined && { startupMs: msOf('startup', startup) }),
    ...(crash !== undefined && { crash: typeof crash === 'boolean' ? crash : { afterMs: msOf('crash', crash) } }),
    ...(neverReady !== undefined && { neverReady }),
    ...(capacityPerSecond !== undefined && { capacityPerSecond }),
    ...(warmUp !== undefined && { warmUp: warmUpOf(warmUp) }),
  };
}

/** One time is the middle of a narrow spread: a fifth of it wide. */
function latencyOf(latency: Latency): Played['latencyMs'] {
  if (typeof latency === 'string') {
    const ms = msOf('latency', latency);
    return { baseMs: ms * 0.9, spreadMs: ms * 0.2 };
  }
  const known = (['p50', 'p90', 'p99', 'max'] as const).flatMap((name): Quantile[] => {
    const time = latency[name];
    return time === undefined ? [] : [[SHARES[name], msOf(`latency.${name}`, time)]];
  });
  const [, lastMs] = known.at(-1)!;
  if (known.some(([, ms], index) => ms < (known[index - 1]?.[1] ?? 0))) {
    throw new WrittenWrong('latency', latency, 'the times must rise from p50 to max');
  }
  return { quantiles: known.at(-1)![0] === 1 ? known : [...known, [1, lastMs * TAIL]] };
}

const SHARES = { p50: 0.5, p90: 0.9, p99: 0.99, max: 1 };
/** The slowest request takes so many times the last quantile that is known. */
const TAIL = 1.5;

function warmUpOf({ requests, time, slowdown, errors }: WarmUp): NonNullable<Played['warmUp']> {
  return {
    ...(requests !== undefined && { requests }),
    ...(time !== undefined && { ms: msOf('warmUp.time', time) }),
    ...(slowdown !== undefined && { slowdown }),
    ...(errors !== undefined && { errorRate: shareOf('warmUp.errors', errors) }),
  };
}

/** One line for people: what is out of the ordinary. */
export function behaviourText(behaviour: Behaviour): string {
  const { errors, latency, startup, crash, neverReady, warmUp } = behaviour;
  const latencyText = typeof latency === 'object' ? `p50 ${latency.p50}, p99 ${latency.p99 ?? '?'}` : latency;
  const parts = [
    errors !== undefined && `errors ${errors}`,
    latencyText !== undefined && `latency ${latencyText}`,
    startup !== undefined && `ready after ${startup}`,
    crash === true ? 'crash loop' : typeof crash === 'string' && `crashes after ${crash}`,
    neverReady && 'never ready',
    warmUp &&
      `cold for ${[warmUp.requests && `${warmUp.requests} requests`, warmUp.time].filter(Boolean).join(' and ')}`,
  ];
  return parts.filter(Boolean).join(', ') || 'healthy';
}
