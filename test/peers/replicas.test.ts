/** Several processes of a controller, each of which tells elsewhere; the test is named after its threads. */
import { Controller } from '../../controller/controller';
import { DEFAULT_SETTINGS } from '../../controller/rollout/settings';
import { createLogger } from '../../controller/telemetry/log';
import { Telemetry } from '../../controller/telemetry/metrics';
import { seeded, uuids } from '../../sandbox/random';
import { API_SERVER_URL } from '../../sandbox/world';
import type { Cluster } from '../controller/sandbox/cluster';
import { bootstrapped } from '../controller/sandbox/podinfo';

/** One more process, which takes part in the election. */
function replica(cluster: Cluster, identity: string): Controller {
  const { clock, sandbox } = cluster;
  const random = seeded(identity.length);
  return new Controller({
    http: sandbox.http,
    clock,
    random,
    uuid: uuids(random),
    server: API_SERVER_URL,
    settings: DEFAULT_SETTINGS,
    leaderElection: { identity, namespace: 'test' },
    log: createLogger({ clock, level: 'warn', encoding: 'json', stream: { write: () => true } }),
    telemetry: new Telemetry(),
    version: 'test',
  });
}

test('A#1667, A#2556: three processes send each alert of a release once', async () => {
  const cluster = await bootstrapped({ webhooks: [], alerts: [{ name: 'all', providerRef: { name: 'all' } }] });
  await cluster.halt();
  const sent: string[] = [];
  cluster.sandbox.host('chat.test', async ({ body = '' }) => {
    sent.push(JSON.parse(body).attachments[0].text);
    return { status: 200, headers: {}, text: async () => 'ok', async *lines() {} };
  });
  cluster.create({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'AlertProvider',
    metadata: { name: 'all', namespace: 'test' },
    spec: { type: 'slack', channel: 'releases', address: 'http://chat.test/services/T/B/X' },
  } as never);
  const replicas = ['a', 'bb', 'ccc'].map((identity) => replica(cluster, identity));
  for (const one of replicas) void one.start();
  await cluster.clock.advance(90_000);
  sent.length = 0;
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Succeeded');
  await cluster.clock.advance(30_000);
  expect(sent.length).toBeGreaterThan(1);
  expect(sent).toEqual([...new Set(sent)]);
  expect(sent.filter((text) => text.includes('promotion finished'))).toHaveLength(1);
  await cluster.run(Promise.all(replicas.map((one) => one.stop())));
  await cluster.stop();
});
