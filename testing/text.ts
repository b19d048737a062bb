/** A timeline for people. */
import type { CheckSeen, Entry, Outcome } from './outcome';
import { clockText, shareText, spanText } from './quantities';

/** What happened, line by line, and what users saw. */
export function outcomeText(outcome: Outcome): string {
  const { timeline, users, leftovers } = outcome;
  const lines = timeline.entries.flatMap((entry) => entryLines(entry));
  const seen = [
    `${users.requests} requests of users, ${users.errors} failed, ${users.slow} slow`,
    `${users.onNewVersion} went to the new version before the decision, ${users.hurtByNewVersion} of them failed or slow`,
  ];
  return [
    `${timeline.canary}: ${timeline.title}`,
    ...lines.map((line) => `  ${line}`),
    `  ${resultText(outcome)}; ${seen.join('; ')}`,
    ...leftovers.map((one) => `  left behind: ${one}`),
  ].join('\n');
}

/** `promoted after 6 min 10 s` */
export function resultText({ result, tookMs, phase, because }: Outcome): string {
  const span = spanText(tookMs);
  if (result === 'promoted') return `promoted after ${span}`;
  if (result === 'rolledBack') return `rolled back after ${span}${because === undefined ? '' : ` (${because})`}`;
  return `undecided after ${span}, still ${phase || 'without a phase'}`;
}

function entryLines(entry: Entry): string[] {
  const time = clockText(entry.atMs).padStart(7);
  if (entry.kind === 'checks') {
    const failed = entry.failedChecks > 0 ? `  (${entry.failedChecks} failed so far)` : '';
    return entry.checks.map((check, index) => `${time}  ${checkText(check)}${index === 0 ? failed : ''}`);
  }
  return [`${time}  ${textOf(entry)}`];
}

function textOf(entry: Exclude<Entry, { kind: 'checks' }>): string {
  switch (entry.kind) {
    case 'release':
      return `release of ${entry.image}`;
    case 'phase':
      return `phase ${entry.phase}`;
    case 'weight':
      return `weight ${String(entry.canary).padStart(3)} % ${bar(entry.canary)}${entry.mirrored ? ' mirrored' : ''}`;
    case 'event':
      return `${entry.type === 'Warning' ? '!' : '-'} ${entry.message}`;
    case 'hook':
      return `webhook ${entry.name}: ${entry.answer}`;
    case 'alert':
      return `alert to ${entry.provider}`;
    case 'fault':
      return `* ${entry.text}`;
  }
}

const bar = (percent: number): string => '#'.repeat(Math.round(percent / 5)).padEnd(20, '.');

/** `pass request-success-rate 99.5 (min 99)` */
export function checkText({ name, verdict, value, range }: CheckSeen): string {
  const bounds = [
    range?.min !== undefined && `min ${range.min}`,
    range?.max !== undefined && `max ${range.max}`,
  ].filter(Boolean);
  const number = value === undefined ? '' : ` ${Number(value.toPrecision(5))}`;
  return `${verdict.padEnd(4)} ${name}${number}${bounds.length > 0 ? ` (${bounds.join(', ')})` : ''}`;
}

export const affectedText = (outcome: Outcome): string => shareText(outcome.users.affected);
