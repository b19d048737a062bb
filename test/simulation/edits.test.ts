/** Acto's oracle: whatever path of edits led there, the cluster is the one that a fresh deployment of the last spec makes. */
import fc from 'fast-check';
import { deployed, type Edit, FIRST_WISH, type Wish } from '../../simulation/edits';
import { CRDS } from './crds';

const RUNS = Number(process.env['SERIN_EDIT_PATHS'] ?? 25);

const change: fc.Arbitrary<Partial<Wish>> = fc.oneof(
  fc.record({ image: fc.constantFrom('app:good-0', 'app:good-1', 'app:good-2') }),
  fc.record({ config: fc.constantFrom('one', 'two', 'three') }),
  fc.record({ env: fc.constantFrom('a', 'b') }),
  fc.record({ port: fc.constantFrom(8080, 9090) }),
  fc.record({ strategy: fc.constantFrom('progressive' as const, 'blueGreen' as const, 'mirrored' as const) }),
  fc.record({ interval: fc.constantFrom('10s', '20s') }),
  fc.record({ timeout: fc.constantFrom('5s', '7s') }),
  fc.record({ retries: fc.constantFrom(0, 3) }),
  fc.record({ labels: fc.constantFrom('x', 'y') }),
);

const edit: fc.Arbitrary<Edit> = fc.record({ change, restMs: fc.constantFrom(100, 3_000, 12_000, 25_000, 60_000) });

test('any path of edits ends in the cluster of a fresh deployment', async () => {
  const paths = fc.array(edit, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(paths, async (edits) => {
      const last: Wish = Object.assign({}, FIRST_WISH, ...edits.map(({ change }) => change));
      expect(await deployed(FIRST_WISH, edits, CRDS)).toEqual(await deployed(last, [], CRDS));
    }),
    { numRuns: RUNS, seed: 6 },
  );
}, 300_000);
