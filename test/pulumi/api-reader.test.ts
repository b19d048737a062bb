import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiReader } from '../../pulumi/api-reader';
import { clusterAccess } from '../../pulumi/kubeconfig';
import { releaseReader } from '../../pulumi/release-reader';

let folder: string;
let server: Server;
let address: string;
let asked: { url: string; authorization: string | undefined }[];
let objects: Record<string, object>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'serin-pulumi-'));
  asked = [];
  objects = {};
  server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push({ url, authorization: request.headers.authorization });
    const found = objects[url];
    const status = found === undefined ? 404 : 'code' in found ? Number(found.code) : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { kind: 'Status', message: 'not found' }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
});

const config = (user: string) => `
apiVersion: v1
kind: Config
current-context: here
contexts:
- { name: here, context: { cluster: c, user: u, namespace: test } }
- { name: lost, context: { cluster: nowhere, user: u } }
clusters:
- { name: c, cluster: { server: "${address}/" } }
users:
- name: u
  user: ${user}
`;

const signal = new AbortController().signal;
const readerOf = (user: string) => apiReader(clusterAccess(config(user), undefined), () => 0);

describe('the kubeconfig', () => {
  it('is contents or a path, with the context that is asked for', () => {
    const path = join(folder, 'config');
    writeFileSync(path, config('{ token: t }'));
    for (const source of [config('{ token: t }'), path]) {
      expect(clusterAccess(source, undefined)).toMatchObject({ server: address, namespace: 'test' });
    }
    expect(() => clusterAccess(path, 'lost')).toThrow('the kubeconfig has no cluster "nowhere": set wait.kubeconfig');
    expect(() => clusterAccess(path, 'other')).toThrow('the kubeconfig has no context "other"');
    expect(() => clusterAccess(join(folder, 'none'), undefined)).toThrow('is not there: set wait.kubeconfig');
  });

  it('may be JSON', () => {
    const json = JSON.stringify({
      'current-context': 'a',
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      clusters: [{ name: 'a', cluster: { server: 'https://a' } }],
      users: [{ name: 'a', user: {} }],
    });
    expect(clusterAccess(json, undefined)).toMatchObject({ server: 'https://a', namespace: undefined });
  });
});

describe('who we are', () => {
  it.each([
    ['a token', '{ token: t }', 'Bearer t'],
    ['a password', '{ username: a, password: b }', `Basic ${Buffer.from('a:b').toString('base64')}`],
    ['nobody', '{}', undefined],
  ])('is %s', async (_, user, authorization) => {
    await readerOf(user)('/api', signal);
    expect(asked).toEqual([{ url: '/api', authorization }]);
  });

  it('is what a token file holds now', async () => {
    const path = join(folder, 'token');
    writeFileSync(path, 'one\n');
    const read = readerOf(`{ tokenFile: "${path}" }`);
    await read('/api', signal);
    writeFileSync(path, 'two\n');
    await read('/api', signal);
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer one', 'Bearer two']);
  });

  it('is what a plugin says, until it expires', async () => {
    const answer = { status: { token: 'from-plugin', expirationTimestamp: '1970-01-01T00:01:00Z' } };
    writeFileSync(join(folder, 'plugin.js'), `console.log(process.env.ANSWER)`);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: [join(folder, 'plugin.js')],
      env: [{ name: 'ANSWER', value: JSON.stringify(answer) }],
    };
    await readerOf(JSON.stringify({ exec }))('/api', signal);
    expect(asked[0]?.authorization).toBe('Bearer from-plugin');
    const broken = { ...exec, args: ['-e', 'console.error("log in first"); process.exit(1)'] };
    await expect(readerOf(JSON.stringify({ exec: broken }))('/api', signal)).rejects.toThrow('log in first');
  });
});

describe('a release', () => {
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' };
  const read = () => releaseReader(readerOf('{ token: t }'), { namespace: 'test', name: 'release', target });
  const DEPLOYMENT = '/apis/apps/v1/namespaces/test/deployments/podinfo';
  const CANARY = '/apis/flagger.app/v1beta1/namespaces/test/canaries/release';
  const container = { name: 'a', envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }] };

  beforeEach(() => {
    objects[DEPLOYMENT] = { metadata: { name: 'podinfo' }, spec: { template: { spec: { containers: [container] } } } };
    objects[CANARY] = { metadata: { name: 'release' }, status: { phase: 'Progressing' } };
    objects['/api/v1/namespaces/test/configmaps/settings'] = { metadata: { name: 'settings' }, data: { a: 'b' } };
  });

  it('is the Canary and what its target and configs hold; what may not be read is not compared', async () => {
    objects['/api/v1/namespaces/test/secrets/keys'] = { code: 403, message: 'forbidden' };
    const seen = await read()(signal);
    expect(seen).toMatchObject({ canary: { status: { phase: 'Progressing' } }, primary: undefined });
    expect(seen.present?.hash).toMatch(/^s1-/);
    expect(Object.keys(seen.present?.configs ?? {})).toEqual(['configmap/settings']);
  });

  it('has the primary once it has failed', async () => {
    objects[CANARY] = { metadata: { name: 'release' }, status: { phase: 'Failed' } };
    objects[`${DEPLOYMENT}-primary`] = { metadata: { name: 'podinfo-primary' } };
    expect(await read()(signal)).toMatchObject({ primary: { metadata: { name: 'podinfo-primary' } } });
  });

  it('is not there yet, or may not be seen', async () => {
    delete objects[DEPLOYMENT];
    delete objects[CANARY];
    expect(await read()(signal)).toEqual({ canary: undefined, present: undefined, primary: undefined });
    objects[CANARY] = { code: 403, message: 'canaries are forbidden' };
    await expect(read()(signal)).rejects.toMatchObject({
      status: 403,
      message: `GET ${CANARY}: 403 canaries are forbidden`,
    });
  });
});
