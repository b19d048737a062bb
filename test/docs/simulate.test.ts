/** docs/simulate.md: its Canary and its version are what the command line takes, and its options are all. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from '../../cli/command-line';
import { aTerminal } from '../cli/fake-terminal';
import { page, textsOf } from './pages';

const shown = page('simulate.md');

async function serin(...args: string[]) {
  const { terminal, written } = aTerminal();
  return { code: await runCommandLine(args, terminal), ...written };
}

test('the version of the page is rolled back by the Canary of the page, which lint finds nothing about', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'serin-docs-'));
  const file = (name: string, kind: string) => {
    writeFileSync(join(folder, name), textsOf(shown, kind).join(''));
    return join(folder, name);
  };
  const release = file('release.yaml', 'yaml given');
  const behaviour = file('v2.yaml', 'yaml behaviour');
  const { code, out } = await serin('simulate', '-f', release, '--behaviour', behaviour, '--runs', '0');
  expect([code, out.includes('rolled back after')]).toEqual([1, true]);
  expect((await serin('lint', '-f', release, '--traffic', '20', '--strict')).out).toContain('0 errors, 0 warnings');
  rmSync(folder, { recursive: true });
});

test('the page names only options that there are', async () => {
  const help = `${(await serin('simulate', '--help')).out}${(await serin('lint', '--help')).out}`;
  const named = new Set(shown.text.match(/--[a-z]+(-[a-z]+)*/g));
  expect([...named].filter((option) => !help.includes(option))).toEqual([]);
});
