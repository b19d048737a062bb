/** docs/api/ is what the JSDoc of `serin` and `serin/pulumi` says, and every export says something. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '../..');

test('docs/api/ is up to date, without a warning', () => {
  const run = () => execFileSync(process.execPath, ['scripts/api.mjs', '--check'], { cwd: root, stdio: 'pipe' });
  expect(run).not.toThrow();
}, 90_000);
