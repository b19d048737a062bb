import type { Colours } from '../terminal';
import type { Result } from './demo-state';
import { elapsed } from './reporter';

/** How each scenario ended, a line or two each. */
export function summary(results: readonly Result[], colours: Colours): string {
  const { bold, green, red } = colours;
  const right = results.filter(({ ok }) => ok).length;
  const verdict =
    right === results.length
      ? green(bold('Every release ended as it should.'))
      : red(bold(`${results.length - right} of ${results.length} releases did not end as they should.`));
  return [...results.flatMap((result) => linesOf(result, colours)), '', verdict].join('\n');
}

function linesOf({ scenario, outcome, ok, tookMs, users, problems }: Result, { green, red, dim }: Colours): string[] {
  const mark = ok ? green('✔') : red('✘');
  const answers = `users got ${users.requests} answers, ${users.errors} errors`;
  const line = `${mark} ${scenario.padEnd(9)} ${outcome.padEnd(10)} ${dim(`in ${elapsed(tookMs)}, ${answers}`)}`;
  return [line, ...problems.map((problem) => red(`    ${problem}`))];
}
