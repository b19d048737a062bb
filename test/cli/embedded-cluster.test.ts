import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { runCommandLine } from '../../cli/command-line';
import { undiciHttp } from '../../controller/http';
import { aTerminal } from './fake-terminal';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serin-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function said(written: { out: string }, pattern: RegExp): Promise<string> {
  for (let tries = 0; tries < 400; tries++) {
    const found = pattern.exec(written.out);
    if (found) return found[1] ?? '';
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`never said ${pattern}: ${written.out}`);
}

test('sandbox serves Kubernetes and Prometheus until it is told to end', async () => {
  const { terminal, written, interrupt } = aTerminal();
  const path = join(folder, 'kubeconfig');
  const ended = runCommandLine(['sandbox', '--write-kubeconfig', path, '--with-controller'], terminal);
  const prometheus = await said(written, /Prometheus {2}(\S+)/);
  const { cluster } = parse(readFileSync(path, 'utf8')).clusters[0];
  expect(statSync(path).mode & 0o077).toBe(0);
  const ca = Buffer.from(cluster['certificate-authority-data'], 'base64');
  const http = undiciHttp({ tls: { [cluster.server]: { ca } } });
  try {
    const kinds = await http({ method: 'GET', url: `${cluster.server}/apis/flagger.app/v1beta1` });
    expect(await kinds.text()).toContain('canaries');
    const ready = await http({ method: 'GET', url: `${prometheus}/-/ready` });
    expect(ready.status).toBe(200);
  } finally {
    interrupt();
    await http.close();
  }
  expect(await ended).toBe(0);
});

test('a kubeconfig of one’s own is temporary, and gone at the end', async () => {
  const { terminal, written, interrupt } = aTerminal();
  const ended = runCommandLine(['sandbox', '--speed', '5'], terminal);
  const path = await said(written, /KUBECONFIG=(\S+)/);
  expect(existsSync(path)).toBe(true);
  interrupt();
  expect(await ended).toBe(0);
  expect(existsSync(path)).toBe(false);
});

test('somebody else’s kubeconfig is not overwritten', async () => {
  const path = join(folder, 'config');
  writeFileSync(path, 'clusters: []');
  const { terminal, written } = aTerminal();
  expect(await runCommandLine(['sandbox', '--write-kubeconfig', path], terminal)).toBe(2);
  expect(written.err).toContain("somebody else's file");
  expect(readFileSync(path, 'utf8')).toBe('clusters: []');
});

test('a taken port is said with its remedy, and the load tester ends when told', async () => {
  const first = aTerminal();
  const ended = runCommandLine(
    ['loadtester', '-port', '0', '-host=127.0.0.1', '-zap-encoding', 'console'],
    first.terminal,
  );
  const log = {
    get out() {
      return first.written.err;
    },
  };
  const port = await said(log, /127\.0\.0\.1:(\d+)/);
  const second = aTerminal();
  expect(await runCommandLine(['loadtester', '--port', port, '--host', '127.0.0.1'], second.terminal)).toBe(1);
  expect(second.written.err).toMatch(/EADDRINUSE.*choose another with --port/);
  first.interrupt();
  expect(await ended).toBe(0);
});
