/** A result as text. */
import { type Result, sameScenario } from './results';
import type { Empty, Making, Scenario, Start, Takeover } from './scenarios';
import { cpuPerSecond } from './targets';

type Column = [title: string, of: (scenario: Scenario) => number | undefined];

/** Each with its ratio to the result before. */
const COLUMNS: Column[] = [
  ['requests/tick', ({ requestsPerTick }) => requestsPerTick],
  ['writes/tick', ({ writesPerTick }) => writesPerTick],
  ['ms CPU/tick', ({ controllerCpuMsPerTick }) => controllerCpuMsPerTick],
  ['API ms CPU/tick', ({ apiServerCpuMsPerTick }) => apiServerCpuMsPerTick],
  ['queries/tick', ({ queriesPerTick }) => queriesPerTick],
  ['MB', ({ residentMb }) => Math.max(...residentMb)],
  ['late p50 ms', ({ lateness }) => lateness?.p50],
  ['late p99 ms', ({ lateness }) => lateness?.p99],
  ['first weight s', ({ toFirstWeight }) => inSeconds(toFirstWeight?.p50)],
  ['after pods s', ({ readyToFirstWeight }) => inSeconds(readyToFirstWeight?.p50)],
  ['succeeded s', ({ toSucceeded }) => inSeconds(toSucceeded?.p50)],
];

const inSeconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

export function table(result: Result, before: Result | undefined, missed: readonly string[]): string {
  const { machine, versions, commit, tookSeconds } = result;
  const lines = [
    `${machine.cores} cores of ${machine.cpu}, load ${machine.loadBefore} before; Kubernetes ${versions['kubernetes']}, Node ${versions['node']}, commit ${commit}; took ${tookSeconds} s`,
    '',
    ...scenarioTable(result, before),
  ];
  for (const [name, { empty, makings, starts, takeovers }] of Object.entries(result.controllers)) {
    lines.push('', ...(empty ? [`${name}: ${emptyLine(empty)}`] : []));
    lines.push(...makings.map((making) => `${name}: ${makingLine(making)}`));
    lines.push(...starts.map((start) => `${name}: ${startLine(start)}`));
    lines.push(...takeovers.map((takeover) => `${name}: ${takeoverLine(takeover)}`));
  }
  if (before) lines.push('', `(x N): times the result of ${before.at.slice(0, 16)}, commit ${before.commit}`);
  lines.push('', ...(missed.length > 0 ? missed.map((text) => `missed: ${text}`) : ['every target is met']));
  return lines.join('\n');
}

function scenarioTable(result: Result, before: Result | undefined): string[] {
  const head = ['controller', 'Canaries', 'moving', 'ticks', ...COLUMNS.map(([title]) => title)];
  const rows = Object.entries(result.controllers).flatMap(([name, { scenarios }]) =>
    scenarios.map((scenario) => {
      const old = sameScenario(before, name, scenario);
      return [
        name,
        String(scenario.canaries),
        `${scenario.progressing} %`,
        `${scenario.ticks}/${scenario.dueTicks}`,
        ...COLUMNS.map(([, of]) => cell(of(scenario), old && of(old))),
      ];
    }),
  );
  return aligned([head, ...rows]);
}

function cell(value: number | undefined, old: number | undefined): string {
  if (value === undefined) return '-';
  const text = String(Number(value.toPrecision(3)));
  return old ? `${text} (x${(value / old).toFixed(2)})` : text;
}

function aligned(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((text, column) => text.padStart(widths[column] ?? 0)).join('  '));
}

const emptyLine = (empty: Empty): string =>
  `without Canaries: ${cpuPerSecond(empty).toFixed(1)} ms of CPU a second, ${empty.residentMb.join(' + ')} MB`;

const makingLine = ({ canaries, seconds, cpuMs }: Making): string =>
  `${canaries} Canaries made and initialised in ${seconds} s with ${cpuOf(cpuMs)} of CPU`;

const startLine = ({ canaries, readyMs, firstWriteMs, residentMb }: Start): string =>
  `start with ${canaries} Canaries: ready after ${readyMs} ms, first write after ${firstWriteMs} ms, ${residentMb.join(' + ')} MB`;

const cpuOf = (cpuMs: Record<string, number>): string =>
  Object.entries(cpuMs)
    .map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)} s`)
    .join(', ');

const takeoverLine = ({ canaries, moving, firstTickMs, allTicksMs, leaseSeconds }: Takeover): string =>
  `kill -9 with ${canaries} Canaries, ${moving} of its own in motion: next tick after ${firstTickMs} ms, all of them after ${allTicksMs} ms (lease: ${leaseSeconds} s)`;
