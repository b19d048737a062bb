import { keyOfDigest, Recent } from '../../model/recent';

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

function filled(size: number, count: number): Recent<number, number> {
  const recent = new Recent<number, number>(size);
  for (const number of numbers(0, count)) recent.set(number, -number);
  return recent;
}

test('the newest are known, and never more than twice as many', () => {
  for (const count of [1, 9, 10, 11, 19, 20, 21, 57]) {
    const recent = filled(10, count);
    const known = numbers(0, count).filter((number) => recent.has(number));
    expect(known.slice(-10)).toEqual(numbers(Math.max(0, count - 10), count));
    expect(known.length).toBeLessThanOrEqual(20);
  }
});

test('what is set again is new again', () => {
  const recent = filled(10, 15);
  recent.set(0, 7);
  for (const number of numbers(100, 109)) recent.set(number, 0);
  expect([recent.get(0), recent.has(1)]).toEqual([7, false]);
});

test('what is deleted is gone, from before too', () => {
  const recent = filled(10, 15);
  recent.set(3, 1);
  recent.delete(3);
  expect(recent.get(3)).toBeUndefined();
});

test('the key of a digest is a whole number', () => {
  expect(keyOfDigest('podinfo.00fffffffffffff0')).toBe(2 ** 52 - 16);
});
