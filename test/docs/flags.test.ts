/** The flags that docs/ names exist. */
import { Command } from 'commander';
import { loadTesterOptions } from '../../cli/loadtester';
import { FLAGS } from '../../controller/flags';
import { PAGES } from './pages';

const CONTROLLER = FLAGS.map(({ name }) => `--${name}`);
const LOADTESTER = loadTesterOptions(new Command()).options.map(({ long }) => long);
const HANDBACK = ['--kubeconfig', '--namespace', '--dry-run'];
const SANDBOX = ['--port', '--write-kubeconfig', '--with-controller', '--speed', '--exit', '--json'];
const MUTATE = ['--mutate', '--sample', '--seed', '--static', '--json'];
const KUBECTL = ['--from-literal', '--type', '--replicas'];

it.each(PAGES.map(({ path, text }) => [path, text]))('docs/%s', (_, text) => {
  const named = [...text.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag);
  const known = [...CONTROLLER, ...LOADTESTER, ...HANDBACK, ...SANDBOX, ...MUTATE, ...KUBECTL];
  expect(named.filter((flag) => !known.includes(flag))).toEqual([]);
});
