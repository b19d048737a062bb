/** `serin simulate`: what a release policy makes of good and bad versions, of chance, and of past releases. */
import { writeFileSync } from 'node:fs';
import { realClock } from '../controller/clock';
import { undiciHttp } from '../controller/http';
import { parseDuration } from '../model/duration';
import type { Http } from '../model/ports';
import { readBehaviour } from './simulate/behaviour-file';
import { readHistory } from './simulate/history';
import { MOST_POINTS, PrometheusRange, type Range } from './simulate/prometheus-range';
import { releasesIn, replay, timeOf } from './simulate/replay';
import { type Report, reportJson, reportText } from './simulate/report';
import { scriptedMetrics } from './simulate/scripted-metrics';
import { readRelease, type Setting } from './simulate/setting';
import { measureNoise, type Play, playAll, stockVersions } from './simulate/simulation';
import { type Drawn, timelineSvg } from './simulate/timeline-svg';
import { coloursOf, type Terminal } from './terminal';
import { EXIT, UsageError } from './usage-error';

export interface SimulateOptions {
  file: string[];
  release?: string;
  behaviour?: string;
  traffic: number;
  errors: string;
  /** `name=value` each. */
  metric: string[];
  runs: number;
  seed: number;
  json?: boolean;
  svg?: string;
  color: boolean;
  meshProvider: string;
  prometheus?: string;
  prometheusRange?: string;
  replay?: boolean;
  at: string[];
  changes?: string;
}

/** Neither promoted nor rolled back. */
const UNDECIDED = 3;
const LEAST_STEP_MS = 60_000;

/** Where a Prometheus is reached, and what time it is there. */
export interface Outside {
  http: Http;
  /** Unix milliseconds. */
  now: number;
}

/** @returns the exit code: see `serin simulate --help` */
export async function runSimulateVerb(
  options: SimulateOptions,
  terminal: Terminal,
  outside?: Outside,
): Promise<number> {
  checkOptions(options);
  const own = options.prometheus !== undefined && outside === undefined ? undiciHttp({}) : undefined;
  const now = outside?.now ?? realClock().now();
  const http = outside?.http ?? own;
  const prometheus = http && options.prometheus ? new PrometheusRange(http, options.prometheus) : undefined;
  try {
    const report = await reportOn(options, terminal, prometheus, now);
    if (options.svg) writeFileSync(options.svg, timelineSvg(`Release policy of ${report.canary}`, drawn(report)));
    const { stdout, env } = terminal;
    stdout.write(options.json ? reportJson(report) : reportText(report, coloursOf(stdout, env, options.color)));
    return exitCode(report);
  } finally {
    await own?.close();
  }
}

async function reportOn(
  options: SimulateOptions,
  terminal: Terminal,
  prometheus: PrometheusRange | undefined,
  now: number,
): Promise<Report> {
  const setting = await settingOf(options, terminal, prometheus, now);
  const { name, namespace = 'default' } = setting.canary.metadata;
  const base = { canary: `${name}.${namespace}`, setting };
  if (options.replay && prometheus) return { ...base, replays: await replayAll(setting, options, prometheus, now) };
  return { ...base, ...(await simulateAll(setting, options, terminal)) };
}

function checkOptions(options: SimulateOptions): void {
  const { replay: replays, prometheus, at, changes, prometheusRange, file, behaviour } = options;
  if (file.includes('-') && behaviour === '-') {
    throw new UsageError('-f - and --behaviour - both read standard input: write one of them into a file');
  }
  if (replays && !prometheus) throw new UsageError('--replay needs --prometheus URL');
  if (replays && at.length === 0 && !changes) {
    throw new UsageError('--replay needs the times of releases: --at TIME, or --changes QUERY that finds them');
  }
  if (prometheusRange && !prometheus) throw new UsageError('--prometheus-range needs --prometheus URL');
}

async function settingOf(
  options: SimulateOptions,
  terminal: Terminal,
  prometheus: PrometheusRange | undefined,
  now: number,
): Promise<Setting> {
  const { canary, objects } = await readRelease(options.file, options.release, terminal);
  const { meshProvider, seed } = options;
  const setting: Setting = {
    canary,
    objects,
    traffic: { perSecond: options.traffic },
    good: { errors: options.errors },
    metrics: scriptedMetrics(options.metric, canary, objects),
    options: { meshProvider, seed },
  };
  if (!prometheus || !options.prometheusRange || options.replay) return setting;
  return { ...setting, ...(await readHistory(prometheus, canary, rangeOf(options.prometheusRange, now))) };
}

/** As fine as Prometheus gives it. */
function rangeOf(text: string, now: number): Range {
  const lengthMs = parseDuration(text);
  if (!lengthMs || lengthMs < LEAST_STEP_MS)
    throw new UsageError(`"${text}" is not a range: write it like 24h or 168h`);
  return { fromMs: now - lengthMs, toMs: now, stepMs: Math.max(LEAST_STEP_MS, Math.ceil(lengthMs / MOST_POINTS)) };
}

async function simulateAll(setting: Setting, options: SimulateOptions, terminal: Terminal) {
  const own = options.behaviour
    ? [{ name: 'new version', behaviour: await readBehaviour(options.behaviour, terminal) }]
    : undefined;
  const plays = await playAll(setting, own ?? stockVersions(setting.canary));
  if (options.runs === 0) return { plays };
  const { stderr } = terminal;
  const noise = await measureNoise(setting, options, (done) => {
    if (stderr.isTTY) stderr.write(`\r${done === options.runs ? '\x1b[K' : `run ${done} of ${options.runs}`}`);
  });
  return { plays, noise };
}

async function replayAll(setting: Setting, options: SimulateOptions, prometheus: PrometheusRange, now: number) {
  const times = options.at.map(timeOf);
  if (options.changes) {
    const range = rangeOf(options.prometheusRange ?? '168h', now);
    times.push(...releasesIn(await prometheus.read(options.changes, range), range.fromMs, range.stepMs));
  }
  if (times.length === 0) throw new Error(`no release found: ${options.changes} does not change in that range`);
  const replays = [];
  for (const atMs of times.sort((a, b) => a - b)) replays.push(await replay(setting, atMs, prometheus));
  return replays;
}

function drawn({ plays = [], replays = [] }: Report): Drawn[] {
  const past = replays.map(({ atMs, outcome }) => ({ title: new Date(atMs).toISOString(), outcome }));
  return [...plays.map(({ name, outcome }) => ({ title: name, outcome })), ...past];
}

function exitCode({ plays = [], replays = [] }: Report): number {
  const asWanted = ({ wanted = 'promoted', outcome }: Pick<Play, 'wanted' | 'outcome'>) => outcome.result === wanted;
  const all = [...plays, ...replays];
  if (all.every(asWanted)) return EXIT.ok;
  const wrong = all.filter((one) => !asWanted(one));
  return wrong.every(({ outcome }) => outcome.result === 'undecided') ? UNDECIDED : EXIT.failed;
}
