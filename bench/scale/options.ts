/** The command line of the bench. */
import { parseArgs } from 'node:util';
import { parse } from 'shell-quote';
import { IMAGE_FLAGS } from '../../test/soak/watched-process';

/** A controller to measure: its name and its command line with `{kubeconfig}`, `{prometheus}`, `{port}`. */
export interface Contestant {
  name: string;
  command: string[];
}

export interface Options {
  canaries: number[];
  /** Percent of the Canaries. */
  progressing: number[];
  mostProgressing: number;
  contestants: Contestant[];
  /** Several of them share the Canaries. */
  processes: number;
  intervalSeconds: number;
  steps: number;
  windowSeconds: number;
  /** The size at which the working process is killed; 0: never. */
  takeover: number;
  core: number | undefined;
  name: string;
  json: boolean;
  check: boolean;
  save: boolean;
  help: boolean;
}

export const HELP = `Measures controllers of Canaries on a real control plane, from outside: audit log, /proc, watches.

usage: npm run bench -- [options]

  --canaries N,N       sizes, measured one after the other on one growing cluster (default 100)
  --progressing P,P    percent of the Canaries that move at the same time (default 0,10,100)
  --most-progressing N leave out scenarios with more Canaries than this in motion (default 1000)
  --controller CMD     what to measure; may be given several times, as NAME=CMD (default: Serin of lib/)
                       {kubeconfig} {prometheus} {port} are put in; CMD is one process, no shell
  --processes N        N processes share the Canaries (default 1; Serin is started with --shards 8N then)
  --takeover N         kill -9 the working process at this size, 0: never (default: the largest size up to 1000)
  --core N             keep the controllers on this core (taskset)
  --interval SECONDS   analysis interval of each Canary (default 10)
  --steps N            steps of a run, 10 % of weight each (default 6)
  --window SECONDS     length of a measured window (default 30)
  --name NAME          result in bench/results/NAME.json and NAME.svg (default scale)
  --no-save            write no files
  --json               print the result as JSON instead of a table
  --check              exit code 1 when a target is missed
  --help

exit codes: 0 measured, 1 a target is missed (--check) or a run failed, 2 the command line is wrong
`;

/** The command line cannot be used; the message says what to do. */
export class UsageError extends Error {}

const FLAGS = {
  canaries: { type: 'string', default: '100' },
  progressing: { type: 'string', default: '0,10,100' },
  'most-progressing': { type: 'string', default: '1000' },
  controller: { type: 'string', multiple: true },
  processes: { type: 'string', default: '1' },
  takeover: { type: 'string' },
  core: { type: 'string' },
  interval: { type: 'string', default: '10' },
  steps: { type: 'string', default: '6' },
  window: { type: 'string', default: '30' },
  name: { type: 'string', default: 'scale' },
  'no-save': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  check: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** @throws UsageError */
export function readOptions(args: readonly string[], root: string): Options {
  const values = parsed(args);
  const number = (flag: 'most-progressing' | 'processes' | 'interval' | 'steps' | 'window', least = 1) =>
    wholeNumber(flag, values[flag], least);
  const canaries = numbers('canaries', values.canaries).sort((a, b) => a - b);
  const processes = number('processes');
  const options = {
    canaries,
    progressing: numbers('progressing', values.progressing),
    mostProgressing: number('most-progressing'),
    processes,
    contestants: values.controller?.map(contestant) ?? [serin(root, processes)],
    intervalSeconds: number('interval'),
    steps: number('steps', 2),
    windowSeconds: number('window'),
    takeover:
      values.takeover === undefined
        ? Math.max(0, ...canaries.filter((size) => size <= 1000))
        : wholeNumber('takeover', values.takeover, 0),
    core: values.core === undefined ? undefined : wholeNumber('core', values.core, 0),
    name: values.name,
    json: values.json,
    check: values.check,
    save: !values['no-save'],
    help: values.help,
  };
  if (options.steps > 10) throw new UsageError('--steps is at most 10: each takes 10 % of the weight');
  if (options.windowSeconds > (options.steps - 3) * options.intervalSeconds) {
    throw new UsageError('--window is longer than the steps last: make --steps or --interval larger');
  }
  return options;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; see --help`);
  }
}

const numbers = (flag: string, text: string): number[] => [
  ...new Set(text.split(',').map((part) => wholeNumber(flag, part, 0))),
];

function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
  throw new UsageError(`--${flag} takes whole numbers from ${least} on, not "${text}"`);
}

function contestant(text: string): Contestant {
  const [, name, command = text] = /^([\w.-]+)=(.*)$/s.exec(text) ?? [];
  const words = parse(command).map((word) => {
    if (typeof word === 'string') return word;
    throw new UsageError(`--controller "${command}" is one command, without operators of a shell`);
  });
  if (words.length === 0) throw new UsageError('--controller needs a command');
  return { name: name ?? words[0]!.split('/').at(-1)!, command: words };
}

/** The bundle as users run it: one of two replicas by a Lease, or one of several that share by Leases. */
function serin(root: string, processes: number): Contestant {
  const together = processes > 1 ? [`--shards=${8 * processes}`] : ['--enable-leader-election'];
  return {
    name: 'serin',
    command: [
      // As in the image. `env` becomes Node: the process that is measured is Node's.
      ...['env', 'MALLOC_ARENA_MAX=2', process.execPath, ...IMAGE_FLAGS],
      `${root}/lib/serin.js`,
      'controller',
      ...['--kubeconfig={kubeconfig}', '--metrics-server={prometheus}', '--port={port}', '--log-level=warn'],
      ...together,
      '--leader-election-namespace=default',
    ],
  };
}
