/** The flags that docs/ names exist. */
import { Command } from 'commander';
import { runCommandLine } from '../../cli/command-line';
import { loadTesterOptions } from '../../cli/loadtester';
import { FLAGS } from '../../controller/flags';
import { aTerminal } from '../cli/fake-terminal';
import { PAGES } from './pages';

const CONTROLLER = FLAGS.map(({ name }) => `--${name}`);
const LOADTESTER = loadTesterOptions(new Command()).options.map(({ long }) => long);
const HANDBACK = ['--kubeconfig', '--namespace', '--dry-run'];
const SANDBOX = ['--port', '--write-kubeconfig', '--with-controller', '--speed', '--exit', '--json'];
const KUBECTL = ['--from-literal', '--type', '--replicas', '--server-side'];
const HELM = ['--set'];
const CDK8S = ['--app'];

async function installFlags(): Promise<string[]> {
  const { terminal, written } = aTerminal();
  await runCommandLine(['install', '--help'], terminal);
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
    ...(await installFlags()),
  ];
  expect(named.filter((flag) => !known.includes(flag))).toEqual([]);
});
