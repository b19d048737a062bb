/** The live picture of a demo: state in, text out. */
import type { Colours } from '../terminal';
import type { Chapter, DemoState, Side, Told } from './demo-state';
import { line, type Paint, type Piece, spread, widthOf } from './line';
import { elapsed } from './reporter';

export interface Size {
  columns: number;
  rows: number;
}

const SPINNER = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'];
/** Wider lines are hard to read. */
const WIDEST = 120;
/** From this height on there are blank lines between parts. */
const ROOMY = 30;
/** From this width on there is room for words where narrow screens have signs. */
const WIDE = 100;

/** The picture in at most `rows - 1` lines, none wider than `columns`: nothing scrolls, nothing wraps. */
export function render(state: DemoState, { columns, rows }: Size, colours: Colours): string {
  const view = new View(state, Math.max(0, Math.min(columns - 1, WIDEST)), colours);
  // Low screens keep their lines for events.
  const blank = rows < ROOMY ? [] : [''];
  const head = [view.title(), ...blank, ...view.chapters(), '', view.release(), ...blank, ...view.traffic(), ''];
  const body = [...view.measures(), ...blank, view.balance(), ''];
  const foot = view.hints();
  const free = rows - 1 - head.length - body.length - foot.length;
  return [...head, ...body, ...view.events(free), ...foot].slice(0, rows - 1).join('\n');
}

class View {
  constructor(
    private readonly state: DemoState,
    private readonly width: number,
    private readonly colours: Colours,
  ) {}

  title(): string {
    const { bold, dim, cyan } = this.colours;
    const { speed, elapsedMs } = this.state;
    const pace = speed === 1 ? 'real time' : speed === 'max' ? 'as fast as it goes' : `${speed} times as fast`;
    const name = [
      [' Serin', (text: string) => bold(cyan(text))],
      [' the tutorial, live', dim],
    ] as const;
    return spread(name, [[`${elapsed(elapsedMs)}  ${pace}`, dim]], this.width);
  }

  chapters(): string[] {
    const { chapters, free } = this.state;
    const pieces = chapters.flatMap((chapter, index) => [...(index > 0 ? ['   '] : [' ']), ...this.chapter(chapter)]);
    const playing = chapters.find(({ state }) => state === 'playing');
    const title = playing?.title ?? (free ? 'the cluster is yours now' : '');
    return [line(pieces, this.width), line([[`   ${title}`, this.colours.dim]], this.width)];
  }

  private chapter({ name, state, tookMs }: Chapter): Piece[] {
    const { green, red, dim, bold, yellow } = this.colours;
    const turn = SPINNER[Math.floor(this.state.elapsedMs / 300) % SPINNER.length] ?? '';
    const took: Piece[] = tookMs === undefined || this.width < 70 ? [] : [[` ${elapsed(tookMs)}`, dim]];
    const signs = { waiting: ['○', dim], playing: [turn, yellow], right: ['✔', green], wrong: ['✘', red] } as const;
    const paints = { waiting: dim, playing: bold, right: String, wrong: red };
    return [signs[state], [` ${name}`, paints[state]], ...took];
  }

  release(): string {
    const { bold, dim } = this.colours;
    const { phase, step } = this.state;
    const left: Piece[] = [[' podinfo.test', bold], '  ', [phase || 'not seen yet', this.phasePaint()]];
    if (!step) return line(left, this.width);
    const dots = '●'.repeat(step.done) + '○'.repeat(step.of - step.done);
    return spread(
      left,
      [
        [dots, this.colours.cyan],
        [`  step ${step.done} of ${step.of}`, dim],
      ],
      this.width,
    );
  }

  private phasePaint(): Paint {
    const { green, red, yellow, dim } = this.colours;
    const { phase } = this.state;
    if (phase === 'Failed') return red;
    if (phase === 'Succeeded' || phase === 'Initialized') return green;
    return phase === '' ? dim : yellow;
  }

  /** Who is who, the split as a bar, its figures; and who gets copies. */
  traffic(): string[] {
    const { green, cyan, magenta, dim } = this.colours;
    const { routes, primary, canary, bar = routes.canary } = this.state;
    const { width } = this;
    const cells = Math.max(0, width - 1);
    const ofCanary = cellsOf(bar, cells);
    const share = (text: string, paint: Paint, side: Side): Piece[] => [
      [text, paint],
      [`  ${podsOf(side)}`, dim],
    ];
    const ofPrimary = share(` ${Math.round(routes.primary)} %`, green, primary);
    const mirror = routes.mirrored ? [line([' ', ['░'.repeat(cells), magenta]], width)] : [];
    const below = routes.mirrored
      ? share('copies only', magenta, canary)
      : share(`${Math.round(routes.canary)} %`, cyan, canary);
    return [
      spread([[` primary ${primary.version}`, green]], [[`canary ${canary.version}`, cyan]], width),
      line([' ', ['█'.repeat(cells - ofCanary), green], ['▓'.repeat(ofCanary), cyan]], width),
      ...mirror,
      spread(ofPrimary, below, width),
    ];
  }

  /** What Prometheus says, against what is asked for. */
  measures(): string[] {
    const { dim, green, cyan } = this.colours;
    const { primary, canary, limits } = this.state;
    const asked = [`  success rate ≥ ${limits.successPercent} %`, `  p99 ≤ ${limits.p99Ms} ms`];
    const titles: Piece[] = [' '.repeat(NAME), ...cells(asked.map((text): Piece[] => [[text, dim]]))];
    return [
      line(titles, this.width),
      line(this.measured('primary', green, primary), this.width),
      line(this.measured('canary', cyan, canary), this.width),
    ];
  }

  private measured(name: string, paint: Paint, { successPercent, p99Ms }: Side): Piece[] {
    const { limits } = this.state;
    return [
      [` ${name}`.padEnd(NAME), paint],
      ...cells([
        this.against(
          successPercent,
          (value) => `${value.toFixed(2)} %`,
          (value) => value >= limits.successPercent,
        ),
        this.against(
          p99Ms,
          (value) => `${Math.round(value)} ms`,
          (value) => value <= limits.p99Ms,
        ),
      ]),
    ];
  }

  private against(
    value: number | undefined,
    say: (value: number) => string,
    holds: (value: number) => boolean,
  ): Piece[] {
    const { green, red, dim } = this.colours;
    if (value === undefined) return [['  no requests', dim]];
    return [holds(value) ? ['✔ ', green] : ['✘ ', red], [say(value), holds(value) ? String : red]];
  }

  /** Failed checks, and what users noticed of it all. */
  balance(): string {
    const { red, dim, green } = this.colours;
    const { failedChecks, users } = this.state;
    const { count, threshold } = failedChecks;
    const boxes = '■'.repeat(Math.min(count, threshold));
    const left: Piece[] = [' failed checks ', [boxes, red], ['□'.repeat(threshold - boxes.length), dim]];
    const share = users.requests > 0 ? ` (${((100 * users.errors) / users.requests).toFixed(1)} %)` : '';
    const errors = `${users.errors} errors${users.errors > 0 ? share : ''}`;
    const right: Piece[] = [
      [`users: ${grouped(users.requests)} answers, `, dim],
      [errors, users.errors > 0 ? red : green],
    ];
    return spread([...left, `  ${count} of ${threshold}`], right, this.width);
  }

  /** The newest events, oldest of them first. */
  events(rows: number): string[] {
    const { told } = this.state;
    return rows < 1 ? [] : told.slice(-rows).map((one) => line(this.event(one), this.width));
  }

  private event({ atMs, type, message, count, weight }: Told): Piece[] {
    const { dim, green, yellow } = this.colours;
    const warning = type === 'Warning';
    const wide = this.width >= WIDE;
    const sign = warning ? (wide ? 'Warning' : '▲') : wide ? 'Normal ' : '•';
    const often = count > 1 ? ` (${count} times)` : '';
    return [
      [elapsed(atMs).padStart(6), dim],
      ' ',
      [sign, warning ? yellow : green],
      ...(wide ? ([[` ${String(weight).padStart(3)} %`, dim]] as const) : []),
      [` ${message}${often}`, warning ? yellow : String],
    ];
  }

  /** Commands for another terminal, as short as can be: they are for copying. */
  hints(): string[] {
    const { dim, cyan } = this.colours;
    const { kubeconfig, free = false } = this.state;
    if (kubeconfig === undefined) return [];
    const command = free
      ? 'kubectl set image deployment/podinfo podinfod=stefanprodan/podinfo:3.1.4'
      : 'kubectl get canaries -w';
    const quiet = free ? 'another release, yours' : 'from another terminal';
    const config: Piece[] = [[` export KUBECONFIG=${kubeconfig}`, cyan]];
    const use: Piece[] = [[` ${command}`, cyan]];
    const end: Piece[] = [['Ctrl-C ends', dim]];
    const note: Piece[] = widthOf(use) + quiet.length + 5 < this.width ? [[`  # ${quiet}`, dim]] : [];
    return ['', spread(config, end, this.width), line([...use, ...note], this.width)];
  }
}

/** Widths of a table's columns. */
const NAME = 11;
const CELL = 24;

function cells(parts: readonly (readonly Piece[])[]): Piece[] {
  return parts.flatMap((part, index) => {
    const gap = index < parts.length - 1 ? [' '.repeat(Math.max(1, CELL - widthOf(part)))] : [];
    return [...part, ...gap];
  });
}

/** A share of the bar: seen as soon as it is there, whole only when it is all. */
function cellsOf(percent: number, cells: number): number {
  const exact = Math.round((percent / 100) * cells);
  const least = percent > 0 ? 1 : 0;
  const most = percent < 100 ? cells - 1 : cells;
  return Math.min(cells, Math.max(0, least, Math.min(most, exact)));
}

function podsOf({ ready, wanted }: Side): string {
  return wanted === 0 ? 'no pods' : `${ready} of ${wanted} pods ready`;
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
