import { parse, parseAllDocuments } from 'yaml';
import { runCommandLine } from '../../cli/command-line';
import { FLAGS } from '../../controller/flags';
import { version } from '../../package.json';
import { aTerminal } from './fake-terminal';

const VERBS = ['demo', 'controller', 'sandbox', 'crds', 'loadtester', 'simulate', 'lint', 'version', 'help'];

async function run(...args: string[]) {
  const { terminal, written } = aTerminal();
  const code = await runCommandLine(args, terminal);
  return { code, ...written };
}

test('--help names every verb and is no failure', async () => {
  for (const args of [['--help'], ['help'], ['-h']]) {
    const { code, out, err } = await run(...args);
    expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
    for (const verb of VERBS) expect(out).toMatch(new RegExp(`^ +${verb}\\b`, 'm'));
  }
});

test.each(['demo', 'controller', 'sandbox', 'crds', 'loadtester', 'simulate', 'lint', 'version'])(
  '%s explains itself',
  async (verb) => {
    const { code, out, err } = await run(verb, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Usage: serin ${verb}`);
    if (verb !== 'version') expect(out).toContain('Examples:');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(140);
  },
);

test('the controller’s help has every flag', async () => {
  const { out } = await run('controller', '--help');
  for (const { name, help } of FLAGS) expect(out).toMatch(new RegExp(`--${name} .*${help.slice(0, 10)}`));
  expect(out).toContain('istio');
});

test('without a verb the help goes to stderr', async () => {
  const { code, out, err } = await run();
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('Usage: serin');
});

test.each([
  [['demp'], "unknown command 'demp' (Did you mean demo?), see serin --help"],
  [['demo', '--scenaro', 'all'], "unknown option '--scenaro' (Did you mean --scenario?), see serin --help"],
  [['demo', '--scenario', 'fail'], /'fail' is invalid\. Allowed choices are promote, rollback, mirror, all, see/],
  [['demo', '--speed', 'fast'], '"fast" is not a speed: give a number above 0, at most 1000'],
  [['demo', '--speed', '0'], '"0" is not a speed: give a number above 0, at most 1000'],
  [['sandbox', '--port', '65536'], '"65536" is not a port: give a number from 0 to 65535'],
  [['crds', 'canary'], /too many arguments/],
  [['controller', '--nope'], 'unknown flag --nope, see --help'],
  [['loadtester', '-nope'], /unknown option '--nope'/],
  [['loadtester', '-port', 'x'], 'flag --port takes a number from 0 to 65535, not "x"'],
  [['loadtester', '-timeout', '1'], 'flag --timeout takes a duration such as 30m or 1h, not "1"'],
  [['loadtester', '-namespace-regexp', '('], 'flag --namespace-regexp takes a pattern, not "("'],
  [['loadtester', '-log-level', 'loud'], /unknown log level "loud", known are/],
])('%j is wrong usage, said in one line', async (args, message) => {
  const { code, out, err } = await run(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^serin: [^\n]+\n$/);
  if (typeof message === 'string') expect(err).toBe(`serin: ${message}\n`);
  else expect(err).toMatch(message);
});

test('a failure is one line and code 1; SERIN_DEBUG=1 adds the stack', async () => {
  const quiet = aTerminal();
  expect(await runCommandLine(['controller', '--kubeconfig', '/nope'], quiet.terminal)).toBe(1);
  expect(quiet.written.err).toMatch(/^serin: kubeconfig \/nope [^\n]+\n$/);
  const loud = aTerminal({ SERIN_DEBUG: '1' });
  expect(await runCommandLine(['controller', '--kubeconfig', '/nope'], loud.terminal)).toBe(1);
  expect(loud.written.err).toMatch(/\n +at /);
});

test('version is the package’s', async () => {
  for (const args of [['version'], ['--version'], ['-v']]) {
    const { code, out } = await run(...args);
    expect(out).toBe(`${version}\n`);
    expect(code).toBe(0);
  }
});

describe('crds', () => {
  const names = ['canaries.flagger.app', 'metrictemplates.flagger.app', 'alertproviders.flagger.app'];

  test('YAML documents that kubectl can apply', async () => {
    const { out } = await run('crds');
    const documents = parseAllDocuments(out).map((document) => document.toJS());
    expect(documents.map(({ kind, metadata }) => [kind, metadata.name])).toEqual(
      names.map((name) => ['CustomResourceDefinition', name]),
    );
  });

  test('JSON, one of them or a List', async () => {
    const one = await run('crds', '--output', 'json', '--kind', 'metrictemplate');
    expect(JSON.parse(one.out).metadata.name).toBe(names[1]);
    const all = await run('crds', '-o', 'json');
    expect(JSON.parse(all.out)).toMatchObject({ kind: 'List', items: { length: 3 } });
    expect(JSON.parse(all.out).items[0]).toEqual(parse((await run('crds', '--kind', 'canary')).out));
  });
});
