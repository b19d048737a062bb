import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { keyFiles } from '../../loadtester/key-file';

const folder = mkdtempSync(join(tmpdir(), 'serin-keys-'));
const outside = mkdtempSync(join(tmpdir(), 'serin-outside-'));
const read = keyFiles([folder]);

beforeAll(() => {
  writeFileSync(join(folder, 'key'), 'the key\n');
  writeFileSync(join(outside, 'token'), 'the token of the pod');
  symlinkSync(join(outside, 'token'), join(folder, 'link'));
  symlinkSync(join(folder, 'key'), join(outside, 'link'));
  mkdirSync(join(folder, 'sub'));
});
afterAll(() => {
  for (const each of [folder, outside]) rmSync(each, { recursive: true });
});

test('a key in the folder, by whatever way', async () => {
  expect(await read(join(folder, 'key'))).toBe('the key');
  expect(await read(join(outside, 'link'))).toBe('the key');
});

test.each([
  ['outside', () => join(outside, 'token'), 'must be a file in'],
  ['a link that leads outside', () => join(folder, 'link'), 'must be a file in'],
  ['a way around', () => `${folder}/sub/../../${basename(outside)}/token`, 'must be a file in'],
  ['a folder beside it', () => `${folder}-more/key`, 'does not exist'],
  ['nothing', () => join(folder, 'none'), 'does not exist'],
])('L4: nothing is read from elsewhere: %s', async (_what, path, why) => {
  await expect(read(path())).rejects.toThrow(why);
});
