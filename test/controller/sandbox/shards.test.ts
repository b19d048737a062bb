/** Three replicas share the Canaries: each Canary is worked on by one, and a replica that dies is missed for 15 s at most. */
import { Controller } from '../../../controller/controller';
import { DEFAULT_SETTINGS } from '../../../controller/rollout/settings';
import { createLogger } from '../../../controller/telemetry/log';
import { Telemetry } from '../../../controller/telemetry/metrics';
import type { Http } from '../../../model/ports';
import { seeded, uuids } from '../../../sandbox/random';
import { API_SERVER_URL } from '../../../sandbox/world';
import { ManyCanaries } from './many-canaries';

interface Write {
  replica: string;
  canary: string;
  atMs: number;
}

function aHouse() {
  const analysis = { iterations: 3, interval: '10s', threshold: 2, metrics: [] };
  const many = new ManyCanaries(12, analysis, () => ({ provider: 'kubernetes' }));
  const { clock, sandbox } = many;
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
  return { many, clock, sandbox, writes, replica };
}

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
  const { many, clock, sandbox, writes, replica } = aHouse();
  const replicas = ['a', 'b', 'c'].map(replica);
  for (const { controller } of replicas) void controller.start();
  await clock.runUntil(() => many.all('Initialized'), { limitMs: 300_000 });
  await clock.advance(20_000);

  writes.length = 0;
  many.release('app:2');
  await clock.advance(15_000);
  const begun = workersOf(writes);
  expect([...begun.values()].every((workers) => workers.length === 1)).toBe(true);
  expect(new Set([...begun.values()].flat())).toEqual(new Set(['a', 'b', 'c']));

  const killedAt = clock.now();
  replicas[1]!.alive = false;
  const orphans = [...begun].filter(([, [worker]]) => worker === 'b').map(([canary]) => canary);
  await clock.runUntil(() => many.all('Succeeded'), { limitMs: 600_000 });
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
