import fc from 'fast-check';
import { KubeClient } from '../../../controller/kube/client';
import { shardOf, shardPlan } from '../../../controller/kube/shard-plan';
import { SHARD_WRITE_TIMEOUT_MS, Shards } from '../../../controller/kube/shards';
import type { Http } from '../../../model/ports';
import { VirtualClock } from '../../../sandbox/clock';
import { broken, FakeApi } from './fake-api';

const COUNT = 8;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/serin/leases';

const started: Shards[] = [];
afterEach(async () => {
  for (const shards of started.splice(0)) void shards.stop();
});

function aHouse() {
  const clock = new VirtualClock();
  const api = new FakeApi(clock);
  const replica = (identity: string, count = COUNT) => {
    const self = {
      network: 'up' as 'up' | 'down' | 'hanging' | 'deaf',
      wallJumpMs: 0,
      busy: undefined as Promise<void> | undefined,
      /** Shards whose Lease it gave up in writing since it held them. */
      handedOn: new Set<number>(),
    };
    const http: Http = async (request) => {
      if (self.network === 'down') throw broken('ECONNREFUSED');
      if (self.network === 'hanging') return new Promise(() => {});
      const response = await api.http(request);
      const shard = /serin-shard-(\d+)/.exec(request.url)?.[1];
      const { spec } = request.method === 'PUT' ? JSON.parse(request.body ?? '{}') : {};
      if (shard && spec?.holderIdentity === '' && response.status < 300) self.handedOn.add(Number(shard));
      return self.network === 'deaf' ? new Promise(() => {}) : response;
    };
    const random = () => 0.5;
    const wall = { now: () => clock.now() + self.wallJumpMs, after: clock.after.bind(clock) };
    const gained: number[] = [];
    const shards = new Shards({
      client: new KubeClient({ http, server: 'http://api', clock, random }),
      clock: wall,
      random,
      namespace: 'serin',
      identity,
      count,
      gained: (some) => gained.push(...some),
      lost: async () => self.busy,
    });
    started.push(shards);
    shards.start();
    return Object.assign(self, { shards, gained });
  };
  return { clock, api, replica };
}

type Replica = ReturnType<ReturnType<typeof aHouse>['replica']>;
const holdings = (replicas: Replica[]) => replicas.map(({ shards }) => shards.holding().length);
const everyShard = Array.from({ length: COUNT }, (_, shard) => shard);
const heldBy = (replicas: Replica[]) => replicas.flatMap(({ shards }) => shards.holding()).sort((a, b) => a - b);

test('a replica alone has all shards, at once', async () => {
  const { clock, replica } = aHouse();
  const alone = replica('a');
  await clock.advance(10);
  expect(alone.shards.holding()).toEqual(everyShard);
  expect(alone.gained).toHaveLength(COUNT);
  expect(['test/x', 'prod/y'].every((key) => alone.shards.owns(key))).toBe(true);
});

test('at rest a round is one write and one list, however many shards there are', async () => {
  const { clock, api, replica } = aHouse();
  replica('a');
  await clock.advance(5_000);
  const before = api.log.length;
  await clock.advance(13_500);
  const verbs = api.log.slice(before).map((line) => line.split(' ')[0]);
  expect(verbs).toHaveLength(20);
  expect(verbs.filter((verb) => verb === 'PUT')).toHaveLength(10);
});

test('those who join get their share, those who leave give it back at once', async () => {
  const { clock, replica } = aHouse();
  const replicas = [replica('a'), replica('b'), replica('c')];
  await clock.advance(10_000);
  expect(holdings(replicas).sort()).toEqual([2, 3, 3]);
  expect(heldBy(replicas)).toEqual(everyShard);
  await replicas[0]!.shards.stop();
  await clock.advance(3_100);
  expect(heldBy(replicas.slice(1))).toEqual(everyShard);
});

test('15 s after a replica died others have its shards', async () => {
  const { clock, replica } = aHouse();
  const replicas = [replica('a'), replica('b'), replica('c')];
  await clock.advance(10_000);
  replicas[1]!.network = 'down';
  await clock.advance(15_000);
  expect(heldBy([replicas[0]!, replicas[2]!])).toEqual(everyShard);
  expect(replicas[1]!.shards.holding()).toEqual([]);
});

test('the silence of a replica is over to the moment: nobody waits a round longer for its shards', async () => {
  const { clock, replica } = aHouse();
  const replicas = [replica('a'), replica('b'), replica('c')];
  await clock.advance(10_000);
  replicas[1]!.network = 'down';
  const others = [replicas[0]!, replicas[2]!];
  const ms = await clock.runUntil(() => heldBy(others).length === COUNT, { limitMs: 15_000 });
  // A round until its last sign is seen, the duration, and the requests.
  expect(ms).toBeLessThanOrEqual(1_500 + 10_000 + 100);
});

test('replicas with another number of shards wait until the others are gone: no Canary is in a shard of each', async () => {
  const { clock, replica } = aHouse();
  const old = [replica('a'), replica('b')];
  await clock.advance(6_000);
  const next = [replica('c', 12), replica('d', 12)];
  const keys = Array.from({ length: 50 }, (_, index) => `test/app-${index}`);
  const check = () => {
    for (const key of keys) {
      expect([...old, ...next].filter(({ shards }) => shards.owns(key)).length).toBeLessThanOrEqual(1);
    }
  };
  const pass = async (ms: number) => {
    for (let leftMs = ms; leftMs > 0; leftMs -= 250) {
      await clock.advance(250);
      check();
    }
  };
  await pass(15_000);
  expect([holdings(old), holdings(next)]).toEqual([
    [4, 4],
    [0, 0],
  ]);
  // An update takes them one by one: the last of the old ones has everything until it goes, too.
  await old[0]!.shards.stop();
  await pass(5_000);
  expect([holdings(old), holdings(next)]).toEqual([
    [0, 8],
    [0, 0],
  ]);
  await old[1]!.shards.stop();
  await pass(5_000);
  expect(holdings(next)).toEqual([6, 6]);
});

test('a shard is handed on only when nothing of it is under way', async () => {
  const { clock, replica } = aHouse();
  const first = replica('a');
  let done = () => {};
  first.busy = new Promise((resolve) => {
    done = resolve;
  });
  await clock.advance(10);
  const second = replica('b');
  await clock.advance(6_000);
  expect(first.shards.holding()).toHaveLength(4);
  expect(second.shards.holding()).toEqual([]);
  done();
  await clock.advance(6_000);
  expect(heldBy([first, second])).toEqual(everyShard);
});

test('a Lease that somebody deletes by hand ends our work on its shard, until it is claimed again', async () => {
  const { clock, api, replica } = aHouse();
  const alone = replica('a');
  await clock.advance(3_000);
  api.remove(`${LEASES}/serin-shard-3`);
  api.set(`${LEASES}/serin-shard-3`, {
    metadata: { labels: { 'serin.dev/shard': '3' } },
    spec: { holderIdentity: 'somebody', renewTime: 'now' },
  });
  await clock.advance(1_500);
  expect(alone.shards.holding()).not.toContain(3);
  await clock.advance(20_000);
  expect(alone.shards.holding()).toEqual(everyShard);
});

test('leases of replicas that are long gone are deleted', async () => {
  const { clock, api, replica } = aHouse();
  const [first] = [replica('a'), replica('b')];
  await clock.advance(5_000);
  const gone = started[1]! as unknown as { stopping: AbortController };
  gone.stopping.abort();
  await clock.advance(400_000);
  const members = api.all(LEASES).filter(({ metadata }) => metadata.name.startsWith('serin-member-'));
  expect(members.map(({ metadata }) => metadata.name)).toEqual(['serin-member-a']);
  expect(first.shards.holding()).toEqual(everyShard);
});

test('whatever networks and clocks do, nobody works on a shard while a write of another may be under way', async () => {
  const step = fc.record({
    who: fc.nat(2),
    network: fc.constantFrom('up' as const, 'up' as const, 'down' as const, 'hanging' as const, 'deaf' as const),
    waitMs: fc.constantFrom(100, 3_000, 9_000, 20_000),
    jumpMs: fc.constantFrom(0, 0, 0, 600_000, -600_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const house = aHouse();
      const all = ['a', 'b', 'c'].map((identity) => house.replica(identity));
      const lastHeld = all.map(() => new Map<number, number>());
      const check = () => {
        const now = house.clock.now();
        const holding = all.map(({ shards }) => shards.holding());
        const sinceHeld = (other: number, shard: number) => now - (lastHeld[other]!.get(shard) ?? -Infinity);
        holding.forEach((shards, index) => {
          for (const shard of shards) {
            for (const other of [0, 1, 2].filter((each) => each !== index)) {
              // A write that left when another held the shard is over by now; handing on waits for them.
              if (!all[other]!.handedOn.has(shard)) {
                expect(sinceHeld(other, shard)).toBeGreaterThanOrEqual(SHARD_WRITE_TIMEOUT_MS);
              }
              expect(holding[other]).not.toContain(shard);
            }
          }
        });
        holding.forEach((shards, index) => {
          for (const shard of shards) {
            lastHeld[index]!.set(shard, now);
            all[index]!.handedOn.delete(shard);
          }
        });
      };
      for (const { who, network, waitMs, jumpMs } of steps) {
        all[who]!.network = network;
        all[who]!.wallJumpMs += jumpMs;
        for (let leftMs = waitMs; leftMs > 0; leftMs -= 250) {
          await house.clock.advance(Math.min(leftMs, 250));
          check();
        }
      }
      for (const one of all) one.network = 'up';
      await house.clock.advance(30_000);
      expect(heldBy(all)).toEqual(everyShard);
      expect(holdings(all).every((held) => held >= 2)).toBe(true);
      for (const { shards } of all) void shards.stop();
    }),
    { numRuns: 15 },
  );
});

describe('the plan', () => {
  const lease = (holderIdentity: string) => ({ metadata: { name: '' }, spec: { holderIdentity } }) as never;

  test('what is ours by the Lease but not in our hands is claimed again', () => {
    const leases = new Map([
      [0, lease('a')],
      [1, lease('b')],
    ]);
    const alive = new Set(['a', 'b']);
    expect(
      shardPlan({ count: 2, identity: 'a', leases, alive, held: new Set(), strangers: new Set(), leaving: new Set() }),
    ).toEqual({
      claim: [0],
      release: [],
    });
  });

  test('more replicas than shards: some have none', () => {
    const alive = new Set(['a', 'b', 'c']);
    const leases = new Map([
      [0, lease('a')],
      [1, lease('b')],
    ]);
    expect(
      shardPlan({ count: 2, identity: 'c', leases, alive, held: new Set(), strangers: new Set(), leaving: new Set() }),
    ).toEqual({
      claim: [],
      release: [],
    });
  });

  test('shards get about the same number of Canaries, and always the same ones', () => {
    const sizes = new Array(COUNT).fill(0);
    for (let index = 0; index < 4000; index++) sizes[shardOf(`team-${index % 37}/app-${index}`, COUNT)]++;
    expect(Math.min(...sizes)).toBeGreaterThan(400);
    expect(Math.max(...sizes)).toBeLessThan(600);
    expect(shardOf('test/podinfo', 8)).toBe(1);
  });
});
