/** What a mutation report comes to: the killed share with its interval, and the survivors by file. */

const KILLED = new Set(['Killed', 'Timeout', 'RuntimeError']);
const ALIVE = new Set(['Survived', 'NoCoverage']);

/** @param {object} report in the mutation-testing-elements schema */
export function figures({ files }) {
  const found = { mutants: 0, killed: 0, ignored: 0, survivors: [] };
  for (const [file, { mutants, source }] of Object.entries(files)) {
    for (const mutant of mutants) {
      if (KILLED.has(mutant.status)) found.killed++;
      else if (ALIVE.has(mutant.status)) found.survivors.push(survivor(file, source, mutant));
      else if (mutant.statusReason !== 'not in the sample') found.ignored++;
      if (KILLED.has(mutant.status) || ALIVE.has(mutant.status)) found.mutants++;
    }
  }
  return { ...found, ...interval(found.killed, found.mutants) };
}

function survivor(file, source, { location, mutatorName, replacement, status }) {
  const lines = source.split('\n');
  const { start, end } = location;
  const was =
    start.line === end.line
      ? lines[start.line - 1].slice(start.column - 1, end.column - 1)
      : `${lines[start.line - 1].slice(start.column - 1)} …`;
  return { at: `${file}:${start.line}:${start.column}`, mutatorName, was, replacement, status };
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

/** @param {ReturnType<typeof figures>} found */
export function table({ mutants, killed, ignored, share, from, to, survivors }) {
  const percent = (part) => `${(part * 100).toFixed(1)} %`;
  const lines = survivors.map(
    ({ at, mutatorName, was, replacement }) => `  ${at} ${mutatorName}: ${was} -> ${replacement}`,
  );
  return [
    ...lines,
    `${killed} of ${mutants} mutants killed: ${percent(share)} (95 %: ${percent(from)} to ${percent(to)}), ${ignored} left out`,
  ].join('\n');
}
