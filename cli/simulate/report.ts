/** What was simulated, for people and for programs. */
import { behaviourText } from '../../testing/behaviours';
import { shareText } from '../../testing/quantities';
import { outcomeText, resultText } from '../../testing/text';
import type { Colours } from '../terminal';
import type { Replayed } from './replay';
import type { Setting } from './setting';
import type { Noise, Play } from './simulation';

export interface Report {
  canary: string;
  setting: Setting;
  plays?: readonly Play[];
  noise?: Noise;
  replays?: readonly Replayed[];
}

/** Lines for a terminal. */
export function reportText(report: Report, colours: Colours): string {
  const { bold, dim } = colours;
  const { traffic, good } = report.setting;
  const { perSecond } = traffic;
  const users = typeof perSecond === 'number' ? `${perSecond} requests/s` : `users by the hour, ${rates(perSecond)}`;
  const lines = report.replays
    ? [bold(`${report.canary} on ${report.replays.length} past releases`)]
    : [`${bold(report.canary)} ${dim(`${users}; a good version: ${behaviourText(good)}`)}`];
  if (report.plays) lines.push('', ...playLines(report.plays, colours));
  if (report.noise) lines.push('', ...noiseLines(report.noise, colours));
  if (report.replays) lines.push('', ...replayLines(report.replays, colours));
  return `${lines.join('\n')}\n`;
}

const rates = (perSecond: Readonly<Record<string, number>>): string => {
  const all = Object.values(perSecond);
  return `${Math.min(...all)} to ${Math.max(...all)} requests/s`;
};

/** As expected, or not, or nothing was expected. */
function mark({ wanted, outcome }: Pick<Play, 'wanted' | 'outcome'>, { green, red, yellow }: Colours): string {
  if (outcome.result === 'undecided') return yellow('?');
  if (wanted === undefined) return outcome.result === 'promoted' ? green('↑') : red('↓');
  return wanted === outcome.result ? green('✔') : red('✘');
}

function playLines(plays: readonly Play[], colours: Colours): string[] {
  const width = Math.max(...plays.map(({ name }) => name.length));
  const lines = plays.flatMap((play) => {
    const { outcome, name } = play;
    const { users, weights } = outcome;
    const most = Math.max(0, ...weights);
    const hurt = `${users.hurtByNewVersion} of ${users.requests} requests hurt by it (${shareText(users.hurtByNewVersion / Math.max(1, users.requests))})`;
    const head = `${mark(play, colours)} ${name.padEnd(width)}  ${resultText({ ...outcome, because: undefined } as never)}`;
    const why = outcome.because === undefined ? [] : [colours.dim(`  ${' '.repeat(width)}  ${outcome.because}`)];
    return [`${head}, at most ${most} % of the traffic, ${hurt}`, ...why];
  });
  const [only] = plays;
  return plays.length === 1 && only ? [...lines, '', outcomeText(only.outcome)] : lines;
}

function noiseLines(
  { runs, rolledBack, low, high, share, undecided, reasons, seed }: Noise,
  colours: Colours,
): string[] {
  const { bold, dim } = colours;
  const often = `${rolledBack} of ${runs} good releases rolled back by noise: ${bold(shareText(share))}`;
  return [
    `${often} ${dim(`(95 % interval ${shareText(low)} to ${shareText(high)}, seeds ${seed} to ${seed + runs - 1})`)}`,
    ...(undecided > 0 ? [`${undecided} had not ended in time`] : []),
    ...reasons.slice(0, 3).map(({ text, count }) => dim(`  ${count} times: ${text}`)),
  ];
}

function replayLines(replays: readonly Replayed[], colours: Colours): string[] {
  const lines = replays.flatMap(({ atMs, outcome, queries }) => {
    const silent = queries.filter(({ values }) => values === 0).map(({ query }) => query);
    return [
      `${mark({ outcome }, colours)} ${new Date(atMs).toISOString()}  would have been ${resultText(outcome)}`,
      ...silent.map((query) => colours.yellow(`    Prometheus has nothing of ${query}`)),
    ];
  });
  const note =
    'Judged by what was measured then, whatever share of the traffic the new version had: weights do not change the past.';
  return [...lines, colours.dim(note)];
}

/** One JSON document. */
export function reportJson({ canary, setting, plays, noise, replays }: Report): string {
  const { traffic, good } = setting;
  return `${JSON.stringify(
    {
      canary,
      traffic: traffic.perSecond,
      good,
      ...(plays && {
        versions: plays.map(({ name, behaviour, wanted, outcome }) => ({ name, behaviour, wanted, ...outcome })),
      }),
      ...(noise && { noise }),
      ...(replays && {
        replays: replays.map(({ atMs, outcome, queries }) => ({
          at: new Date(atMs).toISOString(),
          queries,
          ...outcome,
        })),
      }),
    },
    null,
    2,
  )}\n`;
}
