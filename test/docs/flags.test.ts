/** The flags that docs/ names exist. */
import { Command } from 'commander';
import { runCommandLine } from '../../cli/command-line';
import { loadTesterOptions } from '../../cli/loadtester';
import { FLAGS } from '../../controller/flags';
import { HELP as SIMULATOR_HELP } from '../../simulation/command';
import { aTerminal } from '../cli/fake-terminal';
import { PAGES } from './pages';

const CONTROLLER = FLAGS.map(({ name }) => `--${name}`);
const LOADTESTER = loadTesterOptions(new Command()).options.map(({ long }) => long);
const HANDBACK = ['--kubeconfig', '--namespace', '--dry-run'];
const SANDBOX = ['--port', '--write-kubeconfig', '--with-controller', '--speed', '--exit', '--json'];
const MUTATE = ['--mutate', '--sample', '--seed', '--static', '--json', '--fresh', '--concurrency'];
const KUBECTL = ['--from-literal', '--type', '--replicas', '--server-side'];
const HELM = ['--set'];
const CDK8S = ['--app'];
const SIMULATION = SIMULATOR_HELP.match(/--[a-z][a-z-]+/g) ?? [];
const NODE = ['--experimental-vm-modules', '--no-warnings'];
const PULUMI = ['--expect-no-changes'];
const BENCH = ['--canaries', '--processes'];

async function flagsOf(verb: string): Promise<string[]> {
  const { terminal, written } = aTerminal();
  await runCommandLine([verb, '--help'], terminal);
  return written.out.match(/--[a-z][a-z-]+/g) ?? [];
}

it.each(PAGES.map(({ path, text }) => [path, text]))('docs/%s', async (_, text) => {
  const named = [...text.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag);
  const known = [
    ...CONTROLLER,
    ...LOADTESTER,
    ...HANDBACK,
    ...SANDBOX,
    ...KUBECTL,
    ...HELM,
    ...CDK8S,
    ...MUTATE,
    ...PULUMI,
    ...BENCH,
    ...SIMULATION,
    ...NODE,
    ...(await flagsOf('install')),
    ...(await flagsOf('simulate')),
    ...(await flagsOf('lint')),
  ];
  expect(named.filter((flag) => !known.includes(flag))).toEqual([]);
});
