/** docs/replicas.md: its command prints what its program writes, with the rights that it names. */
import { parseAllDocuments } from 'yaml';
import { runCommandLine } from '../../cli/command-line';
import { SHARD_PERMISSIONS } from '../../constructs/install/permissions';
import { aTerminal } from '../cli/fake-terminal';
import { page, textsOf } from './pages';
import { synthesised } from './programs';

interface Shown {
  kind: string;
  metadata: { name: string };
}

const shown = page('replicas.md');
const program = { ...shown, blocks: [{ kind: 'ts', text: textsOf(shown, 'ts replicas').join('\n') }] };
const [command = ''] = textsOf(shown, 'bash').flatMap((text) => text.trim().split('\n'));

it('the command prints what the program writes', async () => {
  const { terminal, written } = aTerminal();
  expect(await runCommandLine(command.split(' ').slice(1), terminal)).toBe(0);
  const byName = (objects: Shown[]) =>
    Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
  const printed = byName(parseAllDocuments(written.out).map((one) => one.toJS() as Shown));
  expect(byName(synthesised(program) as Shown[])).toEqual(printed);
  expect(JSON.stringify(printed['Deployment/serin'])).toContain('"--shards=24"');
  expect(JSON.stringify(printed['Deployment/serin'])).not.toContain('--enable-leader-election');
});

it('names the rights on Leases', () => {
  const verbs = SHARD_PERMISSIONS.flatMap((permission) => permission.verbs.filter((verb) => verb !== 'get'));
  expect(shown.text).toContain(`The role may then ${verbs.join(', ').replace(/, (?=\w+$)/, ' and ')} Leases`);
});
