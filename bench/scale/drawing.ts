/** A result as an SVG: one panel a figure, one bar a scenario. */
import type { Result } from './results';
import type { Scenario } from './scenarios';

interface Panel {
  title: string;
  unit: string;
  of: (scenario: Scenario) => number | undefined;
  /** The line that no bar may cross. */
  target?: number;
}

const PANELS: Panel[] = [
  { title: 'API requests of a tick', unit: '', of: ({ requestsPerTick }) => requestsPerTick, target: 3 },
  {
    title: "controller's CPU of a tick",
    unit: 'ms',
    of: ({ controllerCpuMsPerTick }) => controllerCpuMsPerTick,
    target: 2,
  },
  { title: "API server's CPU of a tick", unit: 'ms', of: ({ apiServerCpuMsPerTick }) => apiServerCpuMsPerTick },
  { title: 'lateness, p99', unit: 'ms', of: ({ lateness }) => lateness?.p99, target: 250 },
  { title: 'resident memory', unit: 'MB', of: ({ residentMb }) => Math.max(...residentMb) },
  { title: 'Prometheus queries of a tick', unit: '', of: ({ queriesPerTick }) => queriesPerTick },
];

const WIDTH = 440;
const LABEL = 170;
const ROW = 18;
const COLOURS = ['#34577c', '#c46a2d', '#4f8a3c', '#8a3c6e'];

export function drawing(result: Result): string {
  const rows = Object.entries(result.controllers).flatMap(([name, { scenarios }], index) =>
    scenarios.map((scenario) => ({ name, scenario, colour: COLOURS[index % COLOURS.length] ?? '#34577c' })),
  );
  const height = 40 + rows.length * ROW;
  const panels = PANELS.map((panel, index) => {
    const [x, y] = [(index % 2) * WIDTH, 30 + Math.floor(index / 2) * height];
    return `<g transform="translate(${x} ${y})">${drawnPanel(panel, rows)}</g>`;
  });
  const { machine, commit, at } = result;
  const head = `${at.slice(0, 10)}, commit ${commit}, ${machine.cores} cores of ${machine.cpu}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${2 * WIDTH}" height="${40 + 3 * height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="white"/>
<text x="8" y="18" font-size="13">${escaped(head)}</text>
${panels.join('\n')}
</svg>
`;
}

interface Row {
  name: string;
  scenario: Scenario;
  colour: string;
}

function drawnPanel({ title, unit, of, target }: Panel, rows: readonly Row[]): string {
  const values = rows.map(({ scenario }) => of(scenario) ?? 0);
  const most = Math.max(...values, target ?? 0) || 1;
  const room = WIDTH - LABEL - 60;
  const bars = rows.map(({ name, scenario, colour }, index) => {
    const value = of(scenario);
    const [y, length] = [24 + index * ROW, ((value ?? 0) / most) * room];
    const label = `${name}, ${scenario.canaries}, ${scenario.progressing} %`;
    return `<text x="${LABEL - 6}" y="${y + 11}" text-anchor="end">${escaped(label)}</text><rect x="${LABEL}" y="${y}" width="${length.toFixed(1)}" height="${ROW - 5}" fill="${colour}"/><text x="${(LABEL + length + 4).toFixed(1)}" y="${y + 11}">${value ?? '-'}</text>`;
  });
  const at = LABEL + ((target ?? 0) / most) * room;
  const line =
    target === undefined
      ? ''
      : `<path d="M${at.toFixed(1)} 20v${rows.length * ROW + 4}" stroke="#b00020" stroke-dasharray="3 2"/>`;
  const heading = `${title}${unit && `, ${unit}`}${target === undefined ? '' : ` (target ${target})`}`;
  return `<text x="8" y="14" font-weight="bold">${escaped(heading)}</text>${bars.join('')}${line}`;
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
