/** The simulator as a command: many seeds on all cores, the first failure cut down, the coverage as a table. */
import { parseArgs } from 'node:util';
import type { KubeObject } from '../model/kube';
import { Coverage } from './coverage';
import { type Plan, planOf } from './plan';
import { type Outcome, run } from './run';
import { shrink } from './shrink';

export const HELP = `npm run simulate -- [options]

The whole controller against the embedded cluster, with seeded faults at every port and people in between.

  --seeds N    how many seeds to play            (default 100)
  --from S     the first of them                 (default 1)
  --seed S     play this seed only, and tell its story if it fails
  --plan JSON  play this plan only: what a failure prints
  --trace      tell the story even if nothing fails
  --workers N  processes                         (default: one a core)
  --hours H    play for so long at most, and say which seed is next
  --json       the result as one JSON object
  --coverage   fail when a pair of mishap and phase was not met

Exit code 0: no promise was broken. 1: one was; it is printed as the smallest plan found that breaks it. 2: bad usage.`;

export interface Command {
  first: number;
  seeds: number;
  plan?: Plan;
  single: boolean;
  trace: boolean;
  json: boolean;
  coverage: boolean;
  workers?: number;
  /** Absent: until all are played. */
  hours?: number;
}

/** @throws Error for options that are unknown, or numbers that are none. */
export function readCommand(args: string[]): Command | 'help' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { seeds: text, from: text, seed: text, plan: text, workers: text, hours: text };
  const flags = { trace: flag, json: flag, coverage: flag, help: flag };
  const { values } = parseArgs({ args, options: { ...options, ...flags } });
  if (values.help) return 'help';
  const plan = values.plan === undefined ? undefined : (JSON.parse(values.plan) as Plan);
  return {
    first: whole('seed', values.seed) ?? whole('from', values.from) ?? 1,
    seeds: values.seed === undefined ? (whole('seeds', values.seeds) ?? 100) : 1,
    single: values.seed !== undefined || plan !== undefined,
    ...(plan && { plan }),
    trace: values.trace,
    json: values.json,
    coverage: values.coverage,
    ...(values.workers && { workers: whole('workers', values.workers)! }),
    ...(values.hours && { hours: hoursOf(values.hours) }),
  };
}

function hoursOf(text: string): number {
  const hours = Number(text);
  if (Number.isFinite(hours) && hours > 0) return hours;
  throw new Error(`--hours ${text}: give a number above 0, such as 8 or 0.5`);
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new Error(`--${name} ${text}: give a whole number above 0`);
}

export interface Failure {
  seed: number;
  invariant: number;
  message: string;
}

export interface Share {
  seeds: number;
  /** In how many seeds each pair was met: what a million seeds met would fill the memory. */
  met: Record<string, number>;
  failed: Failure[];
  /** The first seed that was left out for want of time. */
  next?: number;
}

/** Seeds from `first` on, in steps of `stride`. */
export interface Seeds {
  first: number;
  count: number;
  stride: number;
}

/** @param goesOn whether there is time for another seed */
export async function playShare(
  crds: KubeObject[],
  { first, count, stride }: Seeds,
  goesOn: () => boolean = () => true,
  onFailure: (failure: Failure) => void = () => undefined,
): Promise<Share> {
  const share: Share = { seeds: 0, met: {}, failed: [] };
  for (let seed = first; seed < first + count; seed += stride) {
    if (!goesOn()) return { ...share, next: seed };
    const { broken, met } = await run(planOf(seed), { crds });
    share.seeds++;
    for (const pair of met) share.met[pair] = (share.met[pair] ?? 0) + 1;
    if (!broken) continue;
    const failure = { seed, ...broken };
    share.failed.push(failure);
    onFailure(failure);
  }
  return share;
}

export interface Report {
  from: number;
  seeds: number;
  failed: Share['failed'];
  missing: string[];
  table: string;
  /** Where the next run goes on, when time was up: all seeds before it are played. */
  next?: number;
}

export function reportOf(from: number, shares: Share[]): Report {
  const coverage = new Coverage();
  for (const { met } of shares) coverage.add(met);
  const left = shares.flatMap(({ next }) => next ?? []);
  return {
    from,
    seeds: shares.reduce((sum, { seeds }) => sum + seeds, 0),
    failed: shares.flatMap(({ failed }) => failed).sort((a, b) => a.seed - b.seed),
    missing: coverage.missing(),
    table: coverage.table(),
    ...(left.length > 0 && { next: Math.min(...left) }),
  };
}

/** A failure, cut down, as people read it. */
export async function explained(plan: Plan, crds: KubeObject[]): Promise<string> {
  const found = await run(plan, { crds });
  if (!found.broken) return `seed ${plan.seed} breaks nothing`;
  return told(await shrink(found, { crds }));
}

export function told({ plan, broken, story }: Outcome): string {
  const verdict = broken ? `invariant ${broken.invariant} is broken: ${broken.message}` : 'no promise was broken';
  return [...story, '', `seed ${plan.seed}: ${verdict}`, `plan: ${JSON.stringify(plan)}`].join('\n');
}
