/** What results come to: the killed share with its interval, and the survivors. */

const KILLED = new Set(['Killed', 'Timeout', 'RuntimeError']);

/** @param {Iterable<{ status: string, at: string, mutatorName: string, was: string, replacement: string }>} results */
export function figures(results) {
  const all = [...results];
  const killed = all.filter(({ status }) => KILLED.has(status)).length;
  const survivors = all.filter(({ status }) => !KILLED.has(status)).sort((a, b) => (a.at < b.at ? -1 : 1));
  return { mutants: all.length, killed, ...interval(killed, all.length), survivors };
}

/** The share of killed ones and Wilson's 95 % interval. */
export function interval(killed, mutants) {
  if (mutants === 0) return { share: 0, from: 0, to: 1 };
  const z = 1.96;
  const share = killed / mutants;
  const centre = (share + z ** 2 / (2 * mutants)) / (1 + z ** 2 / mutants);
  const half = (z / (1 + z ** 2 / mutants)) * Math.sqrt((share * (1 - share)) / mutants + z ** 2 / (4 * mutants ** 2));
  return { share, from: centre - half, to: centre + half };
}

const percent = (part) => `${(part * 100).toFixed(1)} %`;

/** @param {ReturnType<typeof figures>} found */
export function table({ mutants, killed, share, from, to, survivors }) {
  const lines = survivors.map(
    ({ at, mutatorName, was, replacement, status }) => `  ${status} ${at} ${mutatorName}: ${was} -> ${replacement}`,
  );
  const sum = `${killed} of ${mutants} mutants killed: ${percent(share)} (95 %: ${percent(from)} to ${percent(to)})`;
  return [...lines, sum].join('\n');
}
