/** Releases as a picture: weight over time, checks below it, what users suffered at the bottom. */
import type { Entry, Outcome } from '../../testing/outcome';
import { clockText } from '../../testing/quantities';
import { resultText } from '../../testing/text';

/** One release to draw. */
export interface Drawn {
  title: string;
  outcome: Outcome;
}

const WIDTH = 960;
const LEFT = 196;
const RIGHT = 24;
const TOP = 64;
const PLOT = 120;
const ROW = 18;
const COLOURS = {
  text: '#1f2937',
  soft: '#6b7280',
  line: '#e5e7eb',
  weight: '#2563eb',
  pass: '#16a34a',
  fail: '#dc2626',
  none: '#d97706',
};

/** A complete SVG document. */
export function timelineSvg(heading: string, releases: readonly Drawn[]): string {
  const panels: string[] = [];
  let y = 56;
  for (const release of releases) {
    const { svg, height } = panel(release);
    panels.push(`<g transform="translate(0 ${y})">${svg}</g>`);
    y += height;
  }
  const style = 'font-family="system-ui, -apple-system, Segoe UI, DejaVu Sans, sans-serif"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 34}" viewBox="0 0 ${WIDTH} ${y + 34}" ${style}>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(24, 34, heading, { size: 18, weight: 600 }),
    ...panels,
    legend(y + 14),
    '</svg>\n',
  ].join('\n');
}

function panel({ title, outcome }: Drawn): { svg: string; height: number } {
  const { timeline, tookMs } = outcome;
  const endMs = Math.max(tookMs, 60_000) * 1.02;
  const x = (ms: number) => LEFT + ((WIDTH - LEFT - RIGHT) * Math.min(Math.max(ms, 0), endMs)) / endMs;
  const rows = checkRows(timeline.entries);
  const usersY = TOP + PLOT + 16 + rows.size * ROW;
  const height = usersY + 66;
  const good =
    outcome.result === 'promoted' ? COLOURS.pass : outcome.result === 'rolledBack' ? COLOURS.fail : COLOURS.none;
  const svg = [
    text(24, 24, title, { size: 15, weight: 600 }),
    text(24, 44, short(`${resultText(outcome)} — ${timeline.title}`, 140), { size: 12, fill: COLOURS.soft }),
    ...[0, 50, 100].map((percent) => gridLine(percent)),
    weights(timeline.entries, x, tookMs),
    ...[...rows].map(([name, marks], index) => checkRow(name, marks, TOP + PLOT + 24 + index * ROW, x)),
    users(outcome, usersY, x),
    `<line x1="${x(tookMs)}" y1="${TOP - 6}" x2="${x(tookMs)}" y2="${usersY + 26}" stroke="${good}" stroke-width="1.5" stroke-dasharray="4 3"/>`,
    ticks(endMs, usersY + 44, x),
  ];
  return { svg: svg.join('\n'), height };
}

function gridLine(percent: number): string {
  const y = yOf(percent);
  const label = text(LEFT - 8, y + 4, `${percent} %`, { size: 11, fill: COLOURS.soft, anchor: 'end' });
  return `<line x1="${LEFT}" y1="${y}" x2="${WIDTH - RIGHT}" y2="${y}" stroke="${COLOURS.line}"/>${label}`;
}

const yOf = (percent: number): number => TOP + PLOT * (1 - percent / 100);

/** Steps, filled below; the promoted version has everything from then on. */
function weights(entries: readonly Entry[], x: (ms: number) => number, tookMs: number): string {
  const points: [number, number][] = [[0, 0]];
  for (const entry of entries) {
    if (entry.kind !== 'weight' || entry.atMs > tookMs) continue;
    points.push([entry.atMs, points.at(-1)![1]], [entry.atMs, entry.canary]);
  }
  points.push([tookMs, points.at(-1)![1]]);
  const path = points.map(([ms, percent]) => `${x(ms).toFixed(1)},${yOf(percent).toFixed(1)}`).join(' L');
  const base = `L${x(tookMs).toFixed(1)},${yOf(0)} L${x(0).toFixed(1)},${yOf(0)} Z`;
  const label = text(24, yOf(50) + 4, 'canary’s traffic', { size: 12 });
  return `<path d="M${path} ${base}" fill="${COLOURS.weight}" opacity="0.12"/><path d="M${path}" fill="none" stroke="${COLOURS.weight}" stroke-width="2"/>${label}`;
}

type Mark = { atMs: number; verdict: string; value?: number };

function checkRows(entries: readonly Entry[]): Map<string, Mark[]> {
  const rows = new Map<string, Mark[]>();
  for (const entry of entries) {
    if (entry.kind !== 'checks') continue;
    for (const { name, verdict, value } of entry.checks) {
      const mark = { atMs: entry.atMs, verdict, ...(value !== undefined && { value }) };
      rows.set(name, [...(rows.get(name) ?? []), mark]);
    }
  }
  return rows;
}

function checkRow(name: string, marks: readonly Mark[], y: number, x: (ms: number) => number): string {
  const dots = marks.map(({ atMs, verdict, value }) => {
    const fill = verdict === 'pass' ? COLOURS.pass : verdict === 'fail' ? COLOURS.fail : COLOURS.none;
    const tip = `${clockText(atMs)} ${name} ${verdict}${value === undefined ? '' : ` ${Number(value.toPrecision(5))}`}`;
    return `<circle cx="${x(atMs).toFixed(1)}" cy="${y}" r="4.5" fill="${fill}"><title>${escaped(tip)}</title></circle>`;
  });
  return text(24, y + 4, short(name, 22), { size: 12 }) + dots.join('');
}

/** Errors and slow answers between two samples, as bars. */
function users({ timeline }: Outcome, y: number, x: (ms: number) => number): string {
  const bars = timeline.users.slice(1).map((now, index) => {
    const before = timeline.users[index]!;
    const requests = now.requests - before.requests;
    const hurt = now.errors + now.slow - before.errors - before.slow;
    return { fromMs: before.atMs, toMs: now.atMs, share: requests > 0 ? hurt / requests : 0 };
  });
  const most = Math.max(0.01, ...bars.map(({ share }) => share));
  const drawn = bars
    .filter(({ share }) => share > 0)
    .map(({ fromMs, toMs, share }) => {
      const height = Math.max(1, (24 * share) / most);
      const width = Math.max(1, x(toMs) - x(fromMs) - 1);
      return `<rect x="${x(fromMs).toFixed(1)}" y="${(y + 24 - height).toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${COLOURS.fail}" opacity="0.75"/>`;
    });
  const label = text(24, y + 20, 'users hurt', { size: 12 });
  const worst = drawn.length === 0 ? 'none' : `at most ${Number((100 * most).toPrecision(2))} %`;
  const scale = text(LEFT - 8, y + 20, worst, { size: 11, fill: COLOURS.soft, anchor: 'end' });
  return `<line x1="${LEFT}" y1="${y + 24}" x2="${WIDTH - RIGHT}" y2="${y + 24}" stroke="${COLOURS.line}"/>${drawn.join('')}${label}${scale}`;
}

const TICKS_MS = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200].map((seconds) => seconds * 1000);

function ticks(endMs: number, y: number, x: (ms: number) => number): string {
  const every = TICKS_MS.find((ms) => endMs / ms <= 10) ?? 14_400_000;
  const times = Array.from({ length: Math.floor(endMs / every) + 1 }, (_, index) => index * every);
  return times.map((ms) => text(x(ms), y, clockText(ms), { size: 11, fill: COLOURS.soft, anchor: 'middle' })).join('');
}

function legend(y: number): string {
  const items = [
    ['check passed', COLOURS.pass],
    ['check failed', COLOURS.fail],
    ['no data, or no verdict', COLOURS.none],
  ] as const;
  return items
    .map(([label, fill], index) => {
      const x = LEFT + index * 160;
      return `<circle cx="${x}" cy="${y - 4}" r="4.5" fill="${fill}"/>${text(x + 10, y, label, { size: 11, fill: COLOURS.soft })}`;
    })
    .join('');
}

interface TextStyle {
  size: number;
  weight?: number;
  fill?: string;
  anchor?: 'end' | 'middle';
}

function text(x: number, y: number, content: string, { size, weight, fill = COLOURS.text, anchor }: TextStyle): string {
  const extra = `${weight ? ` font-weight="${weight}"` : ''}${anchor ? ` text-anchor="${anchor}"` : ''}`;
  return `<text x="${Number(x.toFixed(1))}" y="${y}" font-size="${size}" fill="${fill}"${extra}>${escaped(content)}</text>`;
}

const short = (content: string, length: number): string =>
  content.length > length ? `${content.slice(0, length - 1)}…` : content;

const escaped = (content: string): string =>
  content.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!);
