/** docs/install.md: its commands run, its program writes what they print, its table of rights is the one that roles are made from. */
import { parseAllDocuments } from 'yaml';
import { runCommandLine } from '../../cli/command-line';
import type { TrafficProvider } from '../../constructs';
import {
  CONFIG_TRACKING,
  EXTERNAL_METRICS,
  KEDA,
  LEASE_PERMISSIONS,
  type Permission,
  PROVIDER_PERMISSIONS,
  permissionsOf,
} from '../../constructs/install/permissions';
import { refusalText } from '../../model/refusal';
import { aTerminal } from '../cli/fake-terminal';
import { page, textsOf } from './pages';
import { compilerErrors, synthesised } from './programs';

const shown = page('install.md');
const commands = textsOf(shown, 'bash')
  .flatMap((text) => text.trim().split('\n'))
  .filter((line) => line.startsWith('serin install'))
  .map((line) => line.replace(/ \|.*/, ''));
const program = { ...shown, blocks: [{ kind: 'ts', text: textsOf(shown, 'ts install').join('\n') }] };

async function printed(line: string) {
  const { terminal, written } = aTerminal();
  const code = await runCommandLine(line.split(' ').slice(1), terminal);
  return { code, ...written };
}

it('there are commands', () => expect(commands.length).toBeGreaterThan(4));

it.each(commands)('%s', async (line) => {
  const { code, out, err } = await printed(line);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('kind: Deployment\n');
});

it('the program compiles', () => expect(compilerErrors([program])).toEqual([]));

it('the program writes what the first command prints', async () => {
  const { out } = await printed(commands[0] ?? '');
  const byName = (objects: { kind: string; metadata: { name: string } }[]) =>
    Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
  expect(byName(synthesised(program))).toEqual(byName(parseAllDocuments(out).map((one) => one.toJS())));
});

/** A permission as a row of the table. */
const row = (when: string, { apiGroup, resources, verbs, why, resourceNames }: Permission): string => {
  const what = `${resourceNames ? 'the Lease of ' : ''}${resources.join(', ')}${apiGroup ? ` of ${apiGroup}` : ''}`;
  return `| ${when} | ${what} | ${verbs.join(' ')} | ${why} |`;
};

it('the table of rights is complete', () => {
  const providers = new Map<Permission, TrafficProvider[]>();
  for (const [provider, permissions] of PROVIDER_PERMISSIONS) {
    for (const one of permissions) providers.set(one, [...(providers.get(one) ?? []), provider]);
  }
  const none = { trafficProviders: [], keda: false, externalMetrics: false };
  const bare = permissionsOf({ ...none, configTracking: false });
  const isCredentials = ({ resources }: Permission) => resources.includes('secrets');
  expect(shown.text.match(/^\| .*\|$/gm)?.slice(1)).toEqual([
    ...bare.filter((one) => !isCredentials(one)).map((one) => row('always', one)),
    ...LEASE_PERMISSIONS.map((one) => row('always', one)),
    row('config tracking', CONFIG_TRACKING),
    ...bare.filter(isCredentials).map((one) => row('no config tracking', one)),
    ...[...providers].map(([one, names]) => row(names.join(', '), one)),
    row('KEDA', KEDA),
    row('external metrics', EXTERNAL_METRICS),
  ]);
});

it('the text of a missing right is the one that is said', () => {
  const [said = ''] = textsOf(shown, 'text').map((text) => text.trim());
  const [request = ''] = said.split(': ');
  const api = said.slice(request.length + 2, said.indexOf(': allow '));
  expect(refusalText(api, request)).toBe(said);
});
