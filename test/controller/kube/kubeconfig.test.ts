import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCluster } from '../../../controller/kube/kubeconfig';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serin-kubeconfig-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Parts {
  server?: string;
  cluster?: object;
  user?: object;
  current?: string;
  context?: object;
}

async function aFile({ server = 'https://10.0.0.1:6443', cluster, user, current = 'main', context }: Parts = {}) {
  const path = join(folder, `config-${Math.random().toString(36).slice(2)}`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current,
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user: { token: 'secret', ...user } }],
    contexts: [{ name: 'main', context: { cluster: 'c', user: 'u', namespace: 'team', ...context } }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('server, namespace, token and CA of the current context', async () => {
  const path = await aFile({ cluster: { 'certificate-authority-data': base64('the ca') } });
  const cluster = await loadCluster({ kubeconfig: path });
  expect(cluster).toMatchObject({ server: 'https://10.0.0.1:6443', namespace: 'team' });
  expect(cluster.tls.ca?.toString()).toBe('the ca');
  expect(cluster.tls.insecure).toBe(false);
  expect(await cluster.headers()).toEqual({ authorization: 'Bearer secret' });
});

test('client certificates from files beside the kubeconfig, skipping verification, a server name', async () => {
  await writeFile(join(folder, 'cert.pem'), 'the cert');
  await writeFile(join(folder, 'key.pem'), 'the key');
  const user = { token: undefined, 'client-certificate': 'cert.pem', 'client-key': 'key.pem' };
  const path = await aFile({ user, cluster: { 'insecure-skip-tls-verify': true, 'tls-server-name': 'api.internal' } });
  const { tls, headers } = await loadCluster({ kubeconfig: path });
  expect([tls.cert?.toString(), tls.key?.toString()]).toEqual(['the cert', 'the key']);
  expect(tls).toMatchObject({ insecure: true, serverName: 'api.internal' });
  expect(await headers()).toEqual({});
});

test('user name and password', async () => {
  const path = await aFile({ user: { token: undefined, username: 'me', password: 'pw' } });
  const { headers } = await loadCluster({ kubeconfig: path });
  expect(await headers()).toEqual({ authorization: `Basic ${base64('me:pw')}` });
});

test('an exec plugin is run for its token', async () => {
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'fresh' },
  };
  const script = `console.log(${JSON.stringify(JSON.stringify(credential))})`;
  const exec = { apiVersion: credential.apiVersion, command: process.execPath, args: ['-e', script] };
  const path = await aFile({ user: { token: undefined, exec } });
  const { headers } = await loadCluster({ kubeconfig: path });
  expect(await headers()).toEqual({ authorization: 'Bearer fresh' });
});

test('a failing exec plugin says so', async () => {
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: join(folder, 'no-such-plugin') };
  const path = await aFile({ user: { token: undefined, exec } });
  await expect(loadCluster({ kubeconfig: path })).rejects.toThrow(/no credentials for the API server/);
});

test('a plain HTTP server, as the sandbox may be', async () => {
  const cluster = await loadCluster({ kubeconfig: await aFile({ server: 'http://127.0.0.1:8080/' }) });
  expect(cluster.server).toBe('http://127.0.0.1:8080');
  expect(await cluster.headers()).toEqual({ authorization: 'Bearer secret' });
});

test('--master overrides the address, and is enough on its own', async () => {
  const master = 'http://127.0.0.1:9999';
  expect((await loadCluster({ kubeconfig: await aFile(), master })).server).toBe(master);
  const alone = await loadCluster({ master });
  expect(alone).toMatchObject({ server: master, namespace: 'default' });
  expect(await alone.headers()).toEqual({});
});

test.each([
  ['no such file', async () => join(folder, 'missing'), /missing cannot be read: check --kubeconfig/],
  [
    'a context that is not there',
    () => aFile({ current: 'prod' }),
    /prod is not defined: kubectl config use-context <main>/,
  ],
  ['no context', () => aFile({ current: '' }), /has no current-context: kubectl config use-context <main>/],
  ['a cluster that is not there', () => aFile({ context: { cluster: 'x' } }), /context main names cluster x/],
  ['a user that is not there', () => aFile({ context: { user: 'x' } }), /context main names user x/],
  ['a proxy', () => aFile({ cluster: { 'proxy-url': 'http://proxy' } }), /cluster c has a proxy-url/],
  ['an address that is none', () => aFile({ server: 'localhost' }), /"localhost" is not an http\(s\) URL/],
])('%s: an error that says what to do', async (_, file, message) => {
  await expect(loadCluster({ kubeconfig: await file() })).rejects.toMatchObject({
    code: 'KubeConfigInvalid',
    message: expect.stringMatching(message),
  });
});

test('a file that is not YAML', async () => {
  const path = join(folder, 'broken');
  await writeFile(path, 'a: [');
  await expect(loadCluster({ kubeconfig: path })).rejects.toThrow(/broken is not valid/);
});

test('what is wrong with a file is said without quoting it: it holds tokens', async () => {
  const path = join(folder, 'leaky');
  await writeFile(path, 'users:\n- name: a\n  user:\n    token: S3NTINEL\n   bad: [\n');
  const loaded = loadCluster({ kubeconfig: path });
  await expect(loaded).rejects.toThrow(/leaky is not valid: /);
  await loaded.catch((error: Error) => expect(`${error.message}${String(error.cause)}`).not.toContain('S3NTINEL'));
});

test('neither a file nor a pod', async () => {
  const held = process.env['KUBERNETES_SERVICE_HOST'];
  delete process.env['KUBERNETES_SERVICE_HOST'];
  await expect(loadCluster()).rejects.toThrow(/not running in a pod .* give --kubeconfig FILE/);
  if (held !== undefined) process.env['KUBERNETES_SERVICE_HOST'] = held;
});
