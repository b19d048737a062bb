/** What docs/alerts.md says is sent: to whom, what, and how a receiver knows that it is genuine. */
import { signatureHeaders } from '../../controller/gates/signature';
import type { KubeObject } from '../../model/kube';
import type { HttpRequest } from '../../model/ports';
import { Cluster } from '../controller/sandbox/cluster';
import { aDeployment, NAMESPACE } from '../fixtures';
import { objectsOf, page, textsOf } from './pages';

const shown = page('alerts.md');
const HOSTS = {
  'on-call': 'slack.com',
  teams: 'prod-01.westeurope.logic.azure.com',
  discord: 'discord.com',
  rocket: 'chat.example.com',
  gchat: 'chat.googleapis.com',
  events: 'deployments.example.com',
};
type Room = keyof typeof HOSTS;

class Rooms {
  readonly requests = new Map<Room, HttpRequest[]>();

  constructor(cluster: Cluster) {
    for (const [room, host] of Object.entries(HOSTS) as [Room, string][]) {
      const requests: HttpRequest[] = [];
      this.requests.set(room, requests);
      cluster.sandbox.host(host, async (request) => {
        requests.push(request);
        return { status: 200, headers: {}, text: async () => '{"ok": true, "success": true}', lines: noLines };
      });
    }
  }

  /** Bodies that came, and are forgotten. */
  heard(room: Room): string[] {
    return this.requests
      .get(room)!
      .splice(0)
      .map(({ body }) => body ?? '');
  }
}

async function* noLines(): AsyncGenerator<string> {}

function secret(): KubeObject {
  const [command = ''] = textsOf(shown, 'bash');
  const [, name = ''] = /create secret generic (\S+)/.exec(command) ?? [];
  const literals = [...command.matchAll(/--from-literal=(\w+)=(\S+)/g)];
  const data = literals.map(([, key = '', value = '']) => [key, Buffer.from(value).toString('base64')]);
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: NAMESPACE }, data: Object.fromEntries(data) };
}

async function aCluster(): Promise<{ cluster: Cluster; rooms: Rooms }> {
  const cluster = await new Cluster().start();
  const rooms = new Rooms(cluster);
  cluster.create(aDeployment());
  cluster.create(secret());
  for (const object of objectsOf(shown, 'yaml')) cluster.create(object);
  await cluster.until('Initialized');
  cluster.sandbox.load({ url: 'http://podinfo.test:9898/', qps: 20, asUsers: true });
  await cluster.clock.advance(30_000);
  return { cluster, rooms };
}

test('a good release is told to those who want to know everything, and to the event hook', async () => {
  const { cluster, rooms } = await aCluster();
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Succeeded');
  await cluster.clock.advance(10_000);
  const [text = ''] = textsOf(shown, 'text alerts');
  const messages = text
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\w+ +/, ''));
  for (const room of ['discord', 'rocket', 'gchat'] as const) {
    const heard = rooms.heard(room);
    expect(heard).toHaveLength(messages.length);
    for (const [index, message] of messages.entries()) expect(heard[index]).toContain(message);
  }
  expect([rooms.heard('on-call'), rooms.heard('teams')]).toEqual([[], []]);

  const [payload = ''] = textsOf(shown, 'json');
  const { checksum, ...wanted } = JSON.parse(payload);
  const timestamp = expect.stringMatching(/^\d{13}$/);
  expect(checksum).toBe('…');
  const events = rooms.heard('events').map((body) => JSON.parse(body));
  expect(events).toContainEqual({
    ...wanted,
    checksum: expect.any(String),
    metadata: { ...wanted.metadata, timestamp },
  });
  await cluster.stop();
});

test('a rollback is told to all rooms', async () => {
  const { cluster, rooms } = await aCluster();
  for (const room of Object.keys(HOSTS) as Room[]) rooms.heard(room);
  cluster.sandbox.behaviour('*:3.1.2', { errorRate: 0.4 });
  cluster.setImage('stefanprodan/podinfo:3.1.2');
  await cluster.until('Failed');
  await cluster.clock.advance(10_000);
  const token = rooms.requests.get('on-call')![0]?.headers?.['authorization'];
  expect(token).toBe('Bearer xoxb-...');
  for (const room of ['on-call', 'teams', 'discord', 'rocket', 'gchat'] as const) {
    expect([room, rooms.heard(room).at(-1)]).toEqual([
      room,
      expect.stringContaining('Failed checks threshold reached 5'),
    ]);
  }
  await cluster.stop();
});

test('the receiver of the page knows a genuine call', () => {
  const exports: { isGenuine?: (headers: object, body: string, key: string, nowSeconds: number) => boolean } = {};
  new Function('require', 'exports', textsOf(shown, 'js verify').join('\n'))(require, exports);
  const { isGenuine } = exports;
  const body = '{"name":"podinfo"}';
  for (const key of [`whsec_${Buffer.from('a'.repeat(24)).toString('base64')}`, 'a plain text of enough bytes']) {
    const headers = signatureHeaders(key, body, 1_000_000, 'id');
    expect(isGenuine?.(headers, body, key, 1_010)).toBe(true);
    expect(isGenuine?.(headers, `${body} `, key, 1_010)).toBe(false);
    expect(isGenuine?.(headers, body, `x${key}`, 1_010)).toBe(false);
    expect(isGenuine?.(headers, body, key, 2_000)).toBe(false);
    expect(isGenuine?.({}, body, key, 1_010)).toBe(false);
  }
});
