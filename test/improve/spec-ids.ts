/** Every id of the specification's *Improve* sections: behaviour 4, behaviour-reference 9.2, workloads 8, traffic-and-metrics 10. */

/** Prefix to how many there are, numbered from 1. */
const COUNTS = { B: 15, C: 48, W: 27, T: 15, M: 16, A: 9, L: 8 } as const;

export const SPEC_IDS: readonly string[] = Object.entries(COUNTS).flatMap(([prefix, count]) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`),
);
