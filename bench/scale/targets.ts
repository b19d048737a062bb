/** What is promised (on 2 cores), and where a result falls short of it. */
import type { Result } from './results';
import type { Empty, Scenario, Start, Takeover } from './scenarios';

/** A sentence for each target that is missed. */
export function misses({ controllers, settings }: Result): string[] {
  const intervalMs = Number(settings['intervalSeconds']) * 1000;
  return Object.entries(controllers).flatMap(([name, { empty, starts, scenarios, takeovers }]) =>
    [
      ...starts.flatMap(missedByStart),
      ...scenarios.flatMap((scenario) => missedByScenario(scenario, intervalMs, empty)),
      ...takeovers.flatMap(missedByTakeover),
    ].map((text) => `${name}: ${text}`),
  );
}

type Limit = [what: string, value: number | undefined, most: number, unit: string];

const above = (place: string, limits: Limit[]): string[] =>
  limits
    .filter(([, value, most]) => value !== undefined && value > most)
    .map(([what, value, most, unit]) => `${place}: ${what} ${value} ${unit}, at most ${most} ${unit}`);

/** Above what the controller takes without a Canary. The kernel counts in hundredths of a second. */
const NOTHING_MEASURABLE_MS_A_SECOND = 2;

function missedByScenario(scenario: Scenario, intervalMs: number, empty: Empty | undefined): string[] {
  const place = `${scenario.canaries} Canaries, ${scenario.progressing} % in motion`;
  const memory = memoryTarget(scenario.canaries);
  const limits: Limit[] = [['memory', Math.max(...scenario.residentMb), memory, 'MB']];
  if (scenario.progressing === 0) {
    const perSecond = cpuPerSecond(scenario) - (empty ? cpuPerSecond(empty) : 0);
    return above(place, [
      ...limits,
      ['requests of an idle tick', scenario.requestsPerTick, 0, ''],
      [
        'CPU above that without Canaries',
        Number(perSecond.toFixed(2)),
        NOTHING_MEASURABLE_MS_A_SECOND * scenario.residentMb.length,
        'ms a second',
      ],
    ]);
  }
  const missed = above(place, [
    ...limits,
    ['writes of a tick', scenario.writesPerTick, 3, ''],
    ['reads of a tick', scenario.readsPerTick, 0, ''],
    ['CPU of a tick', scenario.controllerCpuMsPerTick, 2, 'ms'],
    ['ready pods to first weight, median', scenario.readyToFirstWeight?.p50, intervalMs, 'ms'],
    ...(scenario.moving <= 500 ? [['p99 lateness', scenario.lateness?.p99, 250, 'ms'] as Limit] : []),
  ]);
  const lost = scenario.moving - (scenario.succeeded ?? 0);
  return lost > 0 ? [...missed, `${place}: ${lost} of ${scenario.moving} releases did not succeed`] : missed;
}

export const cpuPerSecond = ({ controllerCpuMs, windowSeconds }: Empty): number => controllerCpuMs / windowSeconds;

/** Megabytes: promised at 300 and at 5,000 Canaries, in between on the line through both. */
export function memoryTarget(canaries: number): number {
  if (canaries <= 300) return 150;
  return Math.round(150 + ((canaries - 300) * 250) / 4700);
}

const missedByStart = ({ canaries, readyMs }: Start): string[] =>
  above(`start with ${canaries} Canaries`, [['ready after', readyMs, 10_000, 'ms']]);

const missedByTakeover = ({ canaries, firstTickMs, leaseSeconds }: Takeover): string[] =>
  above(`kill -9 with ${canaries} Canaries`, [['first tick after', firstTickMs, (leaseSeconds + 2) * 1000, 'ms']]);
