import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gateFile } from '../../loadtester/gate-file';
import { createLoadTester, type LoadTesterOptions } from '../../loadtester/load-tester';
import { ManualClock } from '../controller/gates/manual-clock';
import { inTurn } from '../controller/gates/scripted-http';

const folder = mkdtempSync(join(tmpdir(), 'serin-gates-'));
afterAll(() => rmSync(folder, { recursive: true }));

function aTester(options: Partial<LoadTesterOptions> = {}) {
  const logs: string[] = [];
  const { http } = inTurn({ status: 200 });
  const log = ({ msg }: { msg: string }) => void logs.push(msg);
  const tester = createLoadTester({ http, clock: new ManualClock(), log, ...options });
  const ask = async (path: string, checksum?: string) => {
    const body = JSON.stringify({ name: 'podinfo', namespace: 'test', ...(checksum && { checksum }) });
    return (await tester.handle({ method: 'POST', url: `http://tester${path}`, body })).status;
  };
  return { ask, tester, logs };
}

test('a gate stays open, as in the reference, unless told otherwise', async () => {
  const { ask } = aTester();
  await ask('/gate/open');
  expect([await ask('/gate/check', 'one'), await ask('/gate/check', 'two')]).toEqual([200, 200]);
});

describe('L6: a gate closes after its release', () => {
  test.each(['gate', 'rollback'])('/%s lets one revision pass, as often as it asks', async (kind) => {
    const { ask } = aTester({ closeGatesAfterUse: true });
    expect(await ask(`/${kind}/check`, 'one')).toBe(403);
    await ask(`/${kind}/open`);
    expect([await ask(`/${kind}/check`, 'one'), await ask(`/${kind}/check`, 'one')]).toEqual([200, 200]);
    expect(await ask(`/${kind}/check`, 'two')).toBe(403);
    // closed for good, not only for the second
    expect(await ask(`/${kind}/check`, 'one')).toBe(403);
    await ask(`/${kind}/open`);
    expect(await ask(`/${kind}/check`, 'two')).toBe(200);
  });

  test('opening it again is for whoever comes next', async () => {
    const { ask } = aTester({ closeGatesAfterUse: true });
    await ask('/gate/open');
    await ask('/gate/check', 'one');
    await ask('/gate/open');
    expect(await ask('/gate/check', 'two')).toBe(200);
  });

  test('a look without a checksum uses nothing up', async () => {
    const { ask } = aTester({ closeGatesAfterUse: true });
    await ask('/gate/open');
    expect([await ask('/gate/check'), await ask('/gate/check', 'one')]).toEqual([200, 200]);
  });
});

describe('L6: gates in a file', () => {
  test('survive a restart, with who has used them', async () => {
    const store = gateFile(join(folder, 'survive'));
    const options = { closeGatesAfterUse: true, gateStore: store };
    const before = aTester(options);
    await before.ask('/gate/open');
    await before.ask('/rollback/open');
    await before.ask('/gate/check', 'one');
    await before.tester.stop();
    const after = aTester(options);
    expect(await after.ask('/gate/check', 'one')).toBe(200);
    expect(await after.ask('/gate/check', 'two')).toBe(403);
    expect(await after.ask('/rollback/check', 'two')).toBe(200);
    await after.tester.stop();
    expect(JSON.parse(readFileSync(join(folder, 'survive'), 'utf8'))).toEqual({ 'rollback/test/podinfo': 'two' });
  });

  test('that cannot be read leave all closed, and say so', async () => {
    writeFileSync(join(folder, 'broken'), '{');
    const { ask, logs } = aTester({ gateStore: gateFile(join(folder, 'broken')) });
    expect(await ask('/gate/check', 'one')).toBe(403);
    expect(logs[0]).toContain('gates cannot be read, all are closed');
  });

  test('that cannot be written say so, and the gate opens', async () => {
    const { ask, tester, logs } = aTester({ gateStore: gateFile(join(folder, 'no', 'such', 'folder')) });
    expect(await ask('/gate/open')).toBe(202);
    expect(await ask('/gate/check', 'one')).toBe(200);
    await tester.stop();
    expect(logs.some((msg) => msg.includes('gates cannot be written'))).toBe(true);
  });
});
