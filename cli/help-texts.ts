/** What `serin <verb> --help` says after the options. */
import { coloursOf, type Terminal } from './terminal';

export const IMPORT_HELP = `
Exit codes:
  0  printed; what is left out or unknown is told on stderr
  1  a file cannot be read
  2  wrong usage, text that is no YAML or no Kubernetes object, or nothing to import`;

export const BEHAVIOUR_HELP = `
Pods have no code here; annotations of their template say how they act:
  sandbox.serin.dev/error-rate: 30%     share of requests answered with 500
  sandbox.serin.dev/latency: 800ms      time to answer
  sandbox.serin.dev/startup: 5s         time until they are ready
  sandbox.serin.dev/crash: "true"       they never become ready; 30s: they crash after that time`;

export function examples(terminal: Terminal, lines: readonly (readonly [string, string])[]): string {
  const { bold, dim } = coloursOf(terminal.stdout, terminal.env);
  const width = Math.max(...lines.map(([command]) => command.length));
  const body = lines.map(([command, why]) => `  ${why ? `${command.padEnd(width)}  ${dim(why)}` : command}`);
  return `\n${bold('Examples:')}\n${body.join('\n')}`;
}

export const SIMULATE_EXIT_CODES = `
Exit codes:
  0  the version was promoted; without --behaviour: the good one was promoted and each bad one rolled back
  1  the version was rolled back; without --behaviour: the policy decided otherwise; or it failed
  2  wrong usage
  3  not decided within two hours`;

export const LINT_EXIT_CODES = `
Exit codes:
  0  nothing is wrong; warnings are allowed
  1  there are errors; with --strict warnings too
  2  wrong usage`;
