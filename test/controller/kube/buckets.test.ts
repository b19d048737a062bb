/** Buckets are a map of sets, however little they hold. */
import fc from 'fast-check';
import { Buckets } from '../../../controller/kube/buckets';

test('what was added and not removed is there, once', () => {
  const item = fc.constantFrom('a', 'b', 'c');
  const step = fc.record({ add: fc.boolean(), key: fc.constantFrom('x', 'y'), item });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const buckets = new Buckets<string>();
      const sets: Record<string, Set<string>> = { x: new Set(), y: new Set() };
      for (const { add, key, item } of steps) {
        buckets[add ? 'add' : 'remove'](key, item);
        sets[key]![add ? 'add' : 'delete'](item);
        for (const one of ['x', 'y']) expect(buckets.get(one).sort()).toEqual([...sets[one]!].sort());
      }
    }),
  );
});
