import fc from 'fast-check';
import { Fraction, Sharing } from '../../../sandbox/mesh/sharing';

const weights = fc
  .array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 4 })
  .filter((all) => all.some((one) => one > 0));
const counts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 60 });

test('nothing is lost, a zero weight gets nothing, and nobody is off by more than a few', () => {
  fc.assert(
    fc.property(weights, counts, (given, each) => {
      const sharing = new Sharing();
      const shares = given.map((weight, index) => ({ key: String(index), weight }));
      const total = given.reduce((sum, one) => sum + one, 0);
      const got = given.map(() => 0);
      let sent = 0;
      for (const count of each) {
        const parts = sharing.divide(count, shares);
        expect([...parts.values()].reduce((sum, one) => sum + one, 0)).toBe(count);
        for (const [key, part] of parts) got[Number(key)]! += part;
        sent += count;
      }
      given.forEach((weight, index) => {
        if (weight === 0) expect(got[index]).toBe(0);
        else expect(Math.abs(got[index]! - (sent * weight) / total)).toBeLessThanOrEqual(given.length);
      });
    }),
  );
});

test('a running fraction is exact in the long run', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), counts, (share, each) => {
      const fraction = new Fraction();
      let sent = 0;
      let taken = 0;
      for (const count of each) {
        const part = fraction.of(count, share);
        expect(part).toBeLessThanOrEqual(count);
        sent += count;
        taken += part;
      }
      expect(Math.abs(taken - sent * share)).toBeLessThan(1.001);
    }),
  );
});
