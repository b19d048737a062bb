import type { Colours, Screen } from '../terminal';
import type { Chapter, Result, Told } from './demo-state';
import { elapsed, type Reporter } from './reporter';
import { summary } from './summary';

/** One line for each happening, for logs and pipes. */
export function plainReporter(screen: Screen, colours: Colours): Reporter {
  const { bold, dim, green, yellow } = colours;
  const line = (text: string) => void screen.write(`${text}\n`);
  let kubectl: string | undefined;
  return {
    begin(story) {
      const { kubeconfig } = story.state();
      if (kubeconfig) kubectl = `kubectl --kubeconfig ${kubeconfig} get canaries -w`;
      line(bold('Serin demo: the tutorial on an embedded cluster'));
      if (kubectl) line(`in another terminal: ${kubectl}`);
    },
    chapter({ name, title }: Chapter, result: Result | undefined) {
      if (!result) line(`\n${bold(name)}: ${title}`);
    },
    told({ atMs, type, message, phase, weight, count }: Told) {
      const kind = type === 'Warning' ? yellow('Warning') : green('Normal ');
      const state = dim(`${(phase || '-').padEnd(16)} ${String(weight).padStart(3)}%`);
      line(`${elapsed(atMs).padStart(6)}  ${kind}  ${state}  ${message}${count > 1 ? ` (${count} times)` : ''}`);
    },
    end(results, kept) {
      line(`\n${summary(results, colours)}`);
      if (kept) line(`\nThe cluster is still there: ${kubectl}\nCtrl-C ends it.`);
    },
  };
}
