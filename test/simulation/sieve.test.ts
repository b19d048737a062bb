/**
 * Sieve's patterns, exhaustively: at every write of every golden run the process dies after it, begins again with a view
 * from before it, or does not see what follows. The cluster at the end is the one of the run that nobody disturbed.
 * Updates of an object are as many, but for what COUNTS says.
 */
import { GOLDEN, type Perturbation, play } from '../../simulation/sieve';
import { CRDS } from './crds';

const PERTURBATIONS: readonly Perturbation[] = ['crash', 'stale', 'skipped'];

/** How many more or fewer updates an object may get, and why. */
const COUNTS: Readonly<Record<string, { more: number; fewer: number; why: string }>> = {
  // A crash between a route and its status: the next process finds the step made, and writes one status less or more.
  'Canary/app': { more: 1, fewer: 1, why: 'a status that was lost, or told two moments at once' },
};

describe.each(GOLDEN)('$name', (golden) => {
  test.each(PERTURBATIONS)(
    '%s at every write ends the same',
    async (perturbation) => {
      const unperturbed = await play(golden, CRDS);
      expect(unperturbed.writes).toBeGreaterThan(0);
      for (let write = 1; write <= unperturbed.writes; write++) {
        const { cluster, updates } = await play(golden, CRDS, { write, perturbation });
        expect({ write, cluster }).toEqual({ write, cluster: unperturbed.cluster });
        for (const object of new Set([...Object.keys(updates), ...Object.keys(unperturbed.updates)])) {
          const difference = (updates[object] ?? 0) - (unperturbed.updates[object] ?? 0);
          const { more, fewer } = COUNTS[object] ?? { more: 0, fewer: 0 };
          expect({ write, object, ok: difference <= more && -difference <= fewer, difference }).toMatchObject({
            ok: true,
          });
        }
      }
    },
    300_000,
  );
});
