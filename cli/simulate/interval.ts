/** How sure one can be of a share that was counted. */
export interface Interval {
  share: number;
  low: number;
  high: number;
}

/** Of a normal distribution, 95 % lie so many standard deviations around its middle. */
const Z = 1.959964;

/** Wilson's 95 % confidence interval of `hits` in `total`: right for few runs and for shares near 0 too. */
export function wilson(hits: number, total: number): Interval {
  if (total === 0) return { share: 0, low: 0, high: 1 };
  const share = hits / total;
  const z2 = (Z * Z) / total;
  const middle = (share + z2 / 2) / (1 + z2);
  const half = (Z * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total))) / (1 + z2);
  const bound = (value: number) => Math.min(1, Math.max(0, value));
  return { share, low: hits === 0 ? 0 : bound(middle - half), high: hits === total ? 1 : bound(middle + half) };
}
