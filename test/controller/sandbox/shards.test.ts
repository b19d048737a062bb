/** Three replicas share the Canaries: each Canary is worked on by one, and a replica that dies is missed for 15 s at most. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { Controller } from '../../../controller/controller';
import { DEFAULT_SETTINGS } from '../../../controller/rollout/settings';
import { createLogger } from '../../../controller/telemetry/log';
import { Telemetry } from '../../../controller/telemetry/metrics';
import type { Canary } from '../../../model/canary';
import { type KubeObject, RESOURCES } from '../../../model/kube';
import type { Http } from '../../../model/ports';
import { VirtualClock } from '../../../sandbox/clock';
import { seeded, uuids } from '../../../sandbox/random';
import { API_SERVER_URL, createSandbox } from '../../../sandbox/world';
import { aCanary, aDeployment, NAMESPACE } from '../../fixtures';

const CRD_FOLDER = join(__dirname, '../../../crds');
const CRDS = readdirSync(CRD_FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) => parseAllDocuments(readFileSync(join(CRD_FOLDER, file), 'utf8')))
  .map((document) => document.toJS() as KubeObject);

const APPS = Array.from({ length: 12 }, (_, index) => `app-${index}`);

interface Write {
  replica: string;
  canary: string;
  atMs: number;
}

function aHouse() {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock, seed: 1, crds: CRDS });
  sandbox.start();
  for (const name of [NAMESPACE, 'serin']) {
    sandbox.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const name of APPS) {
    const labels = { app: name };
    const deployment = aDeployment('app:1', { replicas: 1 }) as never as { spec: { template: object } };
    sandbox.store.create({
      ...deployment,
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: NAMESPACE },
      spec: {
        ...deployment.spec,
        selector: { matchLabels: labels },
        template: podOf(deployment.spec.template, labels),
      },
    } as KubeObject);
    const canary = aCanary({ iterations: 3, interval: '10s', threshold: 2, metrics: [] }, { provider: 'kubernetes' });
    canary.metadata.name = name;
    canary.spec.targetRef.name = name;
    sandbox.store.create(canary as KubeObject);
  }
  const writes: Write[] = [];
  const replica = (name: string) => {
    const self = { alive: true };
    const http: Http = (request) => {
      if (!self.alive) return new Promise(() => undefined);
      const canary = /\/canaries\/([^/]+)\/status/.exec(request.url)?.[1];
      if (request.method === 'PATCH' && canary) writes.push({ replica: name, canary, atMs: clock.now() });
      return sandbox.http(request);
    };
    const random = seeded(name.charCodeAt(0));
    const controller = new Controller({
      http,
      clock,
      random,
      uuid: uuids(random),
      server: API_SERVER_URL,
      settings: DEFAULT_SETTINGS,
      shards: { identity: name, namespace: 'serin', count: 8 },
      log: createLogger({ clock, level: 'warn', encoding: 'json', stream: { write: () => true } }),
      telemetry: new Telemetry(),
      version: 'test',
    });
    return Object.assign(self, { controller });
  };
  const canaryOf = (name: string) =>
    sandbox.store.get({ ...RESOURCES.canary, namespace: NAMESPACE, name }) as Canary | undefined;
  const all = (phase: string) => APPS.every((name) => canaryOf(name)?.status?.phase === phase);
  const release = (image: string) => {
    for (const name of APPS) {
      const found = sandbox.store.get({ ...RESOURCES.deployment, namespace: NAMESPACE, name });
      const copy = structuredClone(found) as never as {
        spec: { template: { spec: { containers: { image: string }[] } } };
      };
      copy.spec.template.spec.containers[0]!.image = image;
      sandbox.store.update(copy as never);
    }
  };
  return { clock, sandbox, writes, replica, all, release };
}

const podOf = (template: object, labels: Record<string, string>) => ({
  ...template,
  metadata: { ...(template as { metadata?: object }).metadata, labels },
});

/** Who worked on each Canary, in order, each once. */
function workersOf(writes: readonly Write[]): Map<string, string[]> {
  const workers = new Map<string, string[]>();
  for (const { replica, canary } of writes) {
    const known = workers.get(canary) ?? [];
    if (known.at(-1) !== replica) known.push(replica);
    workers.set(canary, known);
  }
  return workers;
}

test('replicas divide the Canaries, and the others take over what a dead one had', async () => {
  const { clock, sandbox, writes, replica, all, release } = aHouse();
  const replicas = ['a', 'b', 'c'].map(replica);
  for (const { controller } of replicas) void controller.start();
  await clock.runUntil(() => all('Initialized'), { limitMs: 300_000 });
  await clock.advance(20_000);

  writes.length = 0;
  release('app:2');
  await clock.advance(15_000);
  const begun = workersOf(writes);
  expect([...begun.values()].every((workers) => workers.length === 1)).toBe(true);
  expect(new Set([...begun.values()].flat())).toEqual(new Set(['a', 'b', 'c']));

  const killedAt = clock.now();
  replicas[1]!.alive = false;
  const orphans = [...begun].filter(([, [worker]]) => worker === 'b').map(([canary]) => canary);
  await clock.runUntil(() => all('Succeeded'), { limitMs: 600_000 });
  const after = workersOf(writes);
  for (const [canary, workers] of after) expect(workers).toHaveLength(orphans.includes(canary) ? 2 : 1);
  for (const canary of orphans) {
    const next = writes.find((write) => write.canary === canary && write.replica !== 'b');
    // Within 15 s somebody has the shard; the next step of a run comes an interval after that at most.
    expect(next!.atMs - killedAt).toBeLessThanOrEqual(25_000);
  }
  for (const { controller, alive } of replicas) if (alive) void controller.stop();
  await clock.advance(10_000);
  sandbox.stop();
});
