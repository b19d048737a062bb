/** Real processes: small scripts by the names of helm, kubectl and ghz. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../controller/clock';
import { undiciHttp } from '../../controller/http';
import { CappedOutput } from '../../loadtester/capped-output';
import { createLoadTester, type LoadTesterOptions } from '../../loadtester/load-tester';

const http = undiciHttp();
const folder = mkdtempSync(join(tmpdir(), 'serin-programs-'));
const testers: Array<{ stop(): Promise<void> }> = [];

const script = (name: string, text: string) =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

beforeAll(() => {
  script('helm', 'for word in "$@"; do echo "[$word]"; done; echo "to stderr" >&2; [ "$1" != fail ]');
  // leaves a child behind that outlives it, unless the whole group is ended
  script('kubectl', 'sleep 60 & echo "$$ $!" > "$PIDS"; [ "$1" = quick ] || { trap "" TERM; wait; wait; }');
  script('ghz', '[ "$1" = count ] && wc -c || cat /dev/zero | head -c 300000 | tr "\\\\0" x; echo end');
});
afterEach(async () => {
  await Promise.all(testers.splice(0).map((tester) => tester.stop()));
});
afterAll(async () => {
  await http.close();
  rmSync(folder, { recursive: true });
});

let pidFiles = 0;

function aTester(options: Partial<LoadTesterOptions> = {}) {
  const pids = join(folder, `pids-${pidFiles++}`);
  const processEnv = { PATH: `${folder}:/usr/bin:/bin`, PIDS: pids };
  const programs = ['helm', 'kubectl', 'ghz', 'missing'];
  const logs: string[] = [];
  const log = ({ msg }: { msg: string }) => void logs.push(msg);
  const tester = createLoadTester({ http, clock: realClock(), programs, processEnv, log, ...options });
  testers.push(tester);
  const task = async (metadata: Record<string, string>, signal?: AbortSignal) => {
    const body = JSON.stringify({ name: 'podinfo', namespace: 'test', metadata });
    const response = await tester.handle({ method: 'POST', url: 'http://tester/', body, ...(signal && { signal }) });
    return { status: response.status, body: await response.text() };
  };
  return { tester, task, logs, pids };
}

async function eventually<T>(look: () => T | undefined | false): Promise<T> {
  for (let turn = 0; turn < 1_000; turn++) {
    const found = look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not happen');
}

/** Also true of what is dead and not yet reaped: nothing in a container without an init reaps orphans. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^\d+ \(.*\) [ZX]/.test(stat);
  } catch {
    return false;
  }
}

const pidsIn = (file: string) => () => {
  try {
    const text = readFileSync(file, 'utf8');
    return text.endsWith('\n') && text.trim().split(' ').map(Number);
  } catch {
    return undefined;
  }
};

test('L8: arguments are words as a shell would split them, and nothing else of a shell', async () => {
  const { task } = aTester();
  const cmd = `test 'a b' "c \\"d\\"" e\\ f --set=x=$(id) ; | & > *`;
  const { status, body } = await task({ type: 'helm', cmd, returnCmdOutput: 'true' });
  expect(status).toBe(200);
  expect(body.split('\n').slice(0, 10)).toEqual(
    ['test', 'a b', 'c "d"', 'e f', '--set=x=$(id)', ';', '|', '&', '>', '*'].map((word) => `[${word}]`),
  );
});

test.each(['helm', 'helmv3'])('%s runs helm; output only when asked for', async (type) => {
  const { task, logs } = aTester();
  expect(await task({ type, cmd: 'test podinfo' })).toEqual({ status: 200, body: '' });
  expect(logs).toEqual(expect.arrayContaining(['task starting test podinfo', 'command finished test podinfo']));
  expect(logs.at(-1)).toContain('[podinfo]');
});

test('a failure tells the output, both streams of it', async () => {
  const { task } = aTester();
  const { status, body } = await task({ type: 'helm', cmd: 'fail' });
  expect(status).toBe(500);
  expect(body).toMatch(/^command fail failed: [\s\S]*: exit status 1$/);
  expect(body).toContain('[fail]\n');
  expect(body).toContain('to stderr\n');
});

test('L8: an unclosed quote is 400', async () => {
  const { task } = aTester();
  expect(await task({ type: 'helm', cmd: "test 'a" })).toEqual({
    status: 400,
    body: 'column 6: a quote is not closed',
  });
});

test('L8: output is capped, its beginning and its end stay', async () => {
  const { task } = aTester();
  const { status, body } = await task({ type: 'bash', cmd: 'ghz long', returnCmdOutput: 'true' });
  expect(status).toBe(200);
  expect(body.length).toBeLessThan(66_000);
  expect([body.slice(0, 3), body.slice(-5)]).toEqual(['xxx', 'xend\n']);
  expect(body.replace(/x+/g, '')).toBe('\n… 234468 characters left out …\nend\n');
});

test('L8: the cap counts what is missing', () => {
  const output = new CappedOutput();
  for (let i = 0; i < 10; i++) output.add('y'.repeat(10_000));
  expect(output.text()).toContain(`… ${100_000 - 65_536} characters left out …`);
});

test('other programs are part of commands, fed by pipes', async () => {
  const { task } = aTester();
  const { body } = await task({ type: 'bash', cmd: 'echo hello | ghz count', returnCmdOutput: 'true' });
  expect(body.trim().split(/\s+/)).toEqual(['6', 'end']);
});

test('a program that is not installed says so', async () => {
  const { task } = aTester();
  expect(await task({ type: 'bash', cmd: 'missing x' })).toEqual({
    status: 500,
    body: 'command missing x failed: : missing: command not found',
  });
});

test('L5: a client that goes away ends the program and all that it started, even against its will', async () => {
  const { task, pids, logs } = aTester();
  const client = new AbortController();
  const answered = task({ type: 'kubectl', cmd: 'wait' }, client.signal);
  const both = await eventually(pidsIn(pids));
  expect(both.map(isRunning)).toEqual([true, true]);
  client.abort();
  expect((await answered).status).toBe(500);
  await eventually(() => !both.some(isRunning));
  expect(logs.at(-1)).toContain('the client is gone');
});

test('L5: so does the time limit', async () => {
  const { task, pids } = aTester({ timeoutMs: 300 });
  const answered = task({ type: 'kubectl', cmd: 'wait' });
  const both = await eventually(pidsIn(pids));
  expect(await answered).toEqual({ status: 500, body: 'command wait failed: : timeout after 300ms' });
  await eventually(() => !both.some(isRunning));
});

test('L5: so does stop, which waits for them', async () => {
  const { task, pids, tester } = aTester();
  const answered = task({ type: 'kubectl', cmd: 'wait' });
  const both = await eventually(pidsIn(pids));
  await tester.stop();
  expect(both.some(isRunning)).toBe(false);
  expect((await answered).status).toBe(500);
});

test('L5: what a program leaves in the background goes with it', async () => {
  const { task, pids } = aTester();
  expect((await task({ type: 'kubectl', cmd: 'quick' })).status).toBe(200);
  const both = await eventually(pidsIn(pids));
  await eventually(() => !both.some(isRunning));
});

test('L5: identical programs join', async () => {
  const { task, logs } = aTester();
  const answers = await Promise.all([task({ type: 'helm', cmd: 'test' }), task({ type: 'helm', cmd: 'test' })]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(logs.filter((msg) => msg.startsWith('task starting'))).toHaveLength(1);
});
