/** `serin`: the process around the command line. */
import { runCommandLine } from './command-line';
import { processTerminal } from './terminal';

void runCommandLine(process.argv.slice(2), processTerminal()).then((code) => {
  // Once what was written is out: a pipe may be slower than we are.
  process.stdout.write('', () => process.exit(code));
});
