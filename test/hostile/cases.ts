/** How many cases are tried, from which seed. CI runs 10,000 and a few; `HOSTILE_CASES=10` is ten times as many. */
import fc from 'fast-check';

const SEED = Number(process.env['HOSTILE_SEED'] ?? 20_261_128);
const TIMES = Number(process.env['HOSTILE_CASES'] ?? 1);

/** Of one test on a machine that has other things to do. */
export const LIMIT_MS = 300_000;

/** A failure is told at once; its path replays it: shrinking would take longer than all cases together. */
export const tried = (numRuns: number) => ({ seed: SEED, numRuns: Math.ceil(numRuns * TIMES), endOnFailure: true });

/** Text of the kind that breaks things: control characters, quotes of every language, keys of prototypes, very long ones. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom('"', "'", '`', '\\', '$', '{', '}', '\n', '\r', '\u0000', '\u2028', '~', '#', ';', 'a'),
  }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    '{{ .target }}',
    '"} or vector(0) #',
    '\\"} or vector(0) #',
    `$${'{jndi:ldap://x}'}`,
    '$(id)',
    '`id`',
    '; rm -rf /',
    '\u202Egnp.exe',
    '\uD800',
    '../../etc/passwd',
    'a'.repeat(5000),
    'line\nline\r\nline',
  ),
);

/** Anything that JSON can be, with keys that JavaScript treats in its own way. */
export const nastyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }) },
  { weight: 1, arbitrary: fc.constantFrom(null, '', 0, -1, 1e308, [], {}, [null], { '': null }, true) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty')
      .map((key) => JSON.parse(`{"${key}":{"polluted":true}}`) as unknown),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 2000 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth))),
  },
);

/** Fails when something found its way into every object. */
export function expectNoPollution(): void {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
}
