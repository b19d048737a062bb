/** Which mishaps were met in which phases. */
import { KINDS, PHASES } from './mishap';

export class Coverage {
  private readonly counts = new Map<string, number>();

  /** @param met in how many seeds each `<mishap>/<phase>` was met */
  add(met: Readonly<Record<string, number>>): void {
    for (const [pair, seeds] of Object.entries(met)) this.counts.set(pair, (this.counts.get(pair) ?? 0) + seeds);
  }

  /** Seeds in which it was met. */
  count(kind: string, phase: string): number {
    return this.counts.get(`${kind}/${phase}`) ?? 0;
  }

  /** `<mishap>/<phase>` of every pair that can happen and was not met. */
  missing(): string[] {
    const pairs = KINDS.flatMap((kind) => PHASES.map((phase): [string, string] => [kind, phase]));
    return pairs
      .filter(([kind, phase]) => IMPOSSIBLE[kind]?.phases.includes(phase) !== true && this.count(kind, phase) === 0)
      .map((pair) => pair.join('/'));
  }

  /** Mishaps down, phases across. */
  table(): string {
    const heads = PHASES.map((phase) => (phase === '' ? 'new' : phase));
    const width = Math.max(...KINDS.map((kind) => kind.length));
    const cell = (kind: string, phase: string, index: number) => {
      const count = this.count(kind, phase);
      const text = count > 0 ? String(count) : IMPOSSIBLE[kind]?.phases.includes(phase) ? '-' : '0';
      return text.padStart(heads[index]!.length);
    };
    const rows = KINDS.map((kind) => [kind.padEnd(width), ...PHASES.map((p, i) => cell(kind, p, i))].join('  '));
    return [[''.padEnd(width), ...heads].join('  '), ...rows].join('\n');
  }
}

const NO_PRIMARY = { phases: [''], why: 'the primary is not made yet' };
const NO_ROUTES = { phases: ['', 'Initializing'], why: 'there are no routes before the primary is ready' };

/** Pairs that cannot be, and why. */
export const IMPOSSIBLE: Readonly<Record<string, { phases: readonly string[]; why: string }>> = {
  'route-edited': NO_ROUTES,
  'route-deleted': NO_ROUTES,
  'primary-deleted': NO_PRIMARY,
  'primary-scaled': NO_PRIMARY,
  'push-back': NO_PRIMARY,
  'service-deleted': { phases: [''], why: 'the Services are not made yet' },
  'pods-deleted': { phases: [''], why: 'no pod is made yet' },
  'restarts-in-the-past': { phases: [''], why: 'a new Canary is acted on at once: there is no time to restart in' },
};
