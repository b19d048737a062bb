import fc from 'fast-check';
import { KubeClient } from '../../../controller/kube/client';
import { LeaderElection } from '../../../controller/kube/lease';
import type { KubeObject } from '../../../model/kube';
import type { Http } from '../../../model/ports';
import { VirtualClock } from '../../../sandbox/clock';
import { broken, FakeApi, failure } from './fake-api';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/flagger-system/leases/flagger-leader-election';

interface Spec {
  holderIdentity: string;
  leaseTransitions: number;
  leaseDurationSeconds: number;
  renewTime: string;
}

const started: LeaderElection[] = [];

function aHouse() {
  const clock = new VirtualClock();
  const api = new FakeApi(clock);
  const spec = () => (api.read(LEASE) as (KubeObject & { spec: Spec }) | undefined)?.spec;
  const candidate = (identity: string) => {
    const self = {
      network: 'up' as 'up' | 'down' | 'hanging' | 'deaf',
      wallJumpMs: 0,
      latencyMs: 0,
      changes: [] as boolean[],
    };
    const http: Http = async (request) => {
      if (self.network === 'down') throw broken('ECONNREFUSED');
      if (self.network === 'hanging') return new Promise(() => {});
      const response = await api.http(request);
      if (self.latencyMs > 0) await new Promise<void>((resolve) => clock.after(self.latencyMs, resolve));
      return self.network === 'deaf' ? new Promise(() => {}) : response;
    };
    const random = () => 0.5;
    const client = new KubeClient({ http, server: 'http://api', clock, random });
    const wall = { now: () => clock.now() + self.wallJumpMs, after: clock.after.bind(clock) };
    const problems: string[] = [];
    const onProblem = (message: string) => problems.push(message);
    const options = { client, clock: wall, random, namespace: 'flagger-system', identity, onProblem };
    const election = new LeaderElection(options);
    election.onChange((leading) => self.changes.push(leading));
    started.push(election);
    return Object.assign(self, { election, problems });
  };
  return { clock, api, spec, candidate };
}

async function aLeader(house: ReturnType<typeof aHouse>, identity = 'a') {
  const leader = house.candidate(identity);
  leader.election.start();
  await house.clock.advance(10);
  expect(leader.election.isLeader()).toBe(true);
  return leader;
}

afterEach(async () => {
  for (const election of started.splice(0)) void election.stop();
});

test('the first candidate creates the Lease as the reference names and times it', async () => {
  const house = aHouse();
  const leader = await aLeader(house, 'host_uuid');
  expect(leader.changes).toEqual([true]);
  expect(house.spec()).toEqual({
    holderIdentity: 'host_uuid',
    leaseDurationSeconds: 60,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:00.000000Z',
    leaseTransitions: 0,
  });
});

test('a leader renews about every five seconds with one request, and stays', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  const before = house.api.requests.length;
  await house.clock.advance(60_000);
  expect(leader.election.isLeader()).toBe(true);
  expect(leader.changes).toEqual([true]);
  expect(house.api.requests.length - before).toBeLessThanOrEqual(15);
  expect(new Set(house.api.requests.slice(before).map((request) => request.method))).toEqual(new Set(['PUT']));
});

test('another waits while the leader renews, whatever the times in the Lease say', async () => {
  const house = aHouse();
  await aLeader(house);
  const other = house.candidate('b');
  other.wallJumpMs = 24 * 3_600_000;
  other.election.start();
  await house.clock.advance(10 * 60_000);
  expect(other.election.isLeader()).toBe(false);
  expect(other.changes).toEqual([]);
});

test('a dead leader: stops believing after 15 s, is followed 60 s after its last sign, never earlier', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  const other = house.candidate('b');
  other.election.start();
  await house.clock.advance(30_000);
  leader.network = 'down';
  const belief = await house.clock.runUntil(() => !leader.election.isLeader(), { limitMs: 60_000 });
  expect(belief).toBeLessThanOrEqual(15_000);
  expect(leader.changes).toEqual([true, false]);
  expect(other.election.isLeader()).toBe(false);
  const rest = await house.clock.runUntil(() => other.election.isLeader(), { limitMs: 120_000 });
  expect(belief + rest).toBeGreaterThanOrEqual(55_000);
  expect(belief + rest).toBeLessThanOrEqual(75_000);
  expect(house.spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
});

test.each([0, 700, 1900, 2600, 3300, 4800])(
  'who stands by follows within 61.5 s of the last sign, wherever in its round the leader dies (%d ms)',
  async (offsetMs) => {
    const house = aHouse();
    const leader = await aLeader(house);
    const other = house.candidate('b');
    other.election.start();
    await house.clock.advance(30_000 + offsetMs);
    leader.network = 'down';
    const afterMs = await house.clock.runUntil(() => other.election.isLeader(), { limitMs: 120_000 });
    expect(afterMs).toBeLessThanOrEqual(61_500);
  },
);

test('a leader that comes back finds itself replaced and waits', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  const other = house.candidate('b');
  other.election.start();
  leader.network = 'down';
  await house.clock.runUntil(() => other.election.isLeader(), { limitMs: 120_000 });
  leader.network = 'up';
  await house.clock.advance(30_000);
  expect(leader.election.isLeader()).toBe(false);
  expect(other.election.isLeader()).toBe(true);
});

test('hanging requests: belief ends by the clock alone', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  leader.network = 'hanging';
  await house.clock.advance(15_000);
  expect(leader.election.isLeader()).toBe(false);
  expect(leader.election.fence()).toBeUndefined();
});

test('a renewal counts from when it was asked for, however late its answer comes', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  leader.latencyMs = 4500;
  await house.clock.advance(14_000);
  expect(leader.election.isLeader()).toBe(true);
  const sent = Date.parse(house.spec()!.renewTime);
  leader.network = 'down';
  await house.clock.advance(sent + 14_900 - house.clock.now());
  expect(leader.election.isLeader()).toBe(true);
  await house.clock.advance(200);
  expect(leader.election.isLeader()).toBe(false);
});

test('errors for less than the renew deadline cost nothing', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  leader.network = 'down';
  await house.clock.advance(12_000);
  leader.network = 'up';
  await house.clock.advance(60_000);
  expect(leader.changes).toEqual([true]);
  expect(leader.problems.length).toBeGreaterThan(0);
});

test('a renewal that arrived but whose answer did not: found out, still leading', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  leader.network = 'deaf';
  await house.clock.advance(6000);
  leader.network = 'up';
  await house.clock.advance(60_000);
  expect(leader.changes).toEqual([true]);
});

test('a conflict: whoever lost the Lease steps down at its next renewal', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  house.api.set(LEASE, { spec: { holderIdentity: 'thief', leaseDurationSeconds: 60, leaseTransitions: 1 } });
  await house.clock.advance(5000);
  expect(leader.election.isLeader()).toBe(false);
  expect(house.spec()?.holderIdentity).toBe('thief');
});

test('two that start at once: one leads', async () => {
  const house = aHouse();
  const [a, b] = [house.candidate('a'), house.candidate('b')];
  a.election.start();
  b.election.start();
  await house.clock.advance(30_000);
  expect([a, b].filter(({ election }) => election.isLeader())).toHaveLength(1);
});

test('released on stop: the next one leads within a retry, with a higher fence', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  const other = house.candidate('b');
  other.election.start();
  await house.clock.advance(10_000);
  const fence = leader.election.fence()!;
  await leader.election.stop();
  expect(leader.election.isLeader()).toBe(false);
  expect(leader.changes).toEqual([true]);
  expect(house.spec()?.holderIdentity).toBe('');
  await house.clock.advance(5000);
  expect(other.election.isLeader()).toBe(true);
  expect(other.election.fence()).toBeGreaterThan(fence);
});

test('a fence read in one term is not good in another', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  const fence = leader.election.fence()!;
  expect(leader.election.stillLeader(fence)).toBe(true);
  house.api.set(LEASE, { spec: { holderIdentity: 'thief', leaseDurationSeconds: 60, leaseTransitions: 1 } });
  await house.clock.advance(10_000);
  expect(leader.election.stillLeader(fence)).toBe(false);
  house.api.set(LEASE, { spec: { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 1 } });
  await house.clock.advance(10_000);
  expect(leader.election.isLeader()).toBe(true);
  expect(leader.election.stillLeader(fence)).toBe(false);
});

test('the wall clock jumps ahead: the leader does not trust it, and leads again after a renewal', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  leader.wallJumpMs = 3_600_000;
  expect(leader.election.isLeader()).toBe(false);
  await house.clock.advance(6000);
  expect(leader.election.isLeader()).toBe(true);
});

test('the wall clock jumps back: belief is not prolonged', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  leader.network = 'hanging';
  await house.clock.advance(10_000);
  leader.wallJumpMs = -8000;
  await house.clock.advance(5000);
  expect(leader.election.isLeader()).toBe(false);
  leader.wallJumpMs = -20_000;
  expect(leader.election.isLeader()).toBe(false);
});

test('a follower whose clock jumps ahead does not take a living Lease', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  const other = house.candidate('b');
  other.election.start();
  leader.network = 'down';
  for (let i = 0; i < 4; i++) {
    await house.clock.advance(7000);
    other.wallJumpMs += 600_000;
  }
  expect(other.election.isLeader()).toBe(false);
});

test('a holder that promised to be slower is given that time', async () => {
  const house = aHouse();
  house.api.set(LEASE, { spec: { holderIdentity: 'slow', leaseDurationSeconds: 120, leaseTransitions: 3 } });
  const other = house.candidate('b');
  other.election.start();
  await house.clock.advance(110_000);
  expect(other.election.isLeader()).toBe(false);
  await house.clock.advance(30_000);
  expect(other.election.fence()).toBe(4);
});

test('a Lease deleted under the leader is made again', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  house.api.remove(LEASE);
  await house.clock.advance(6000);
  expect(leader.election.isLeader()).toBe(true);
  expect(house.spec()?.holderIdentity).toBe('a');
});

test('a Lease deleted while its holder is cut off: the other waits until that one cannot believe in it any more', async () => {
  const house = aHouse();
  const leader = await aLeader(house);
  const other = house.candidate('b');
  other.election.start();
  await house.clock.advance(6_000);
  leader.network = 'down';
  house.api.remove(LEASE);
  await house.clock.runUntil(() => !leader.election.isLeader(), { limitMs: 20_000 });
  expect(other.election.isLeader()).toBe(false);
  await house.clock.runUntil(() => other.election.isLeader(), { limitMs: 75_000 });
});

test('a Lease deleted and made again does not take fences back', async () => {
  const house = aHouse();
  house.api.set(LEASE, { spec: { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 8 } });
  const leader = await aLeader(house);
  expect(leader.election.fence()).toBe(9);
  house.api.remove(LEASE);
  await house.clock.advance(6000);
  expect(leader.election.fence()).toBe(10);
});

test('no right to Leases: reported, tried again, never leader', async () => {
  const house = aHouse();
  house.api.always = () => failure(403, 'Forbidden', 'leases is forbidden');
  const one = house.candidate('a');
  one.election.start();
  await house.clock.advance(30_000);
  expect(one.election.isLeader()).toBe(false);
  expect(one.problems.length).toBeGreaterThan(3);
});

test('a throwing listener does not stop the renewals', async () => {
  const house = aHouse();
  const leader = house.candidate('a');
  leader.election.onChange(() => {
    throw new Error('oops');
  });
  leader.election.start();
  await house.clock.advance(60_000);
  expect(leader.election.isLeader()).toBe(true);
});

test.each(['up', 'down', 'hanging'] as const)('stop while the network is %s leaves no timer', async (network) => {
  const house = aHouse();
  const leader = await aLeader(house);
  leader.network = network;
  await house.clock.advance(5100);
  const stopping = leader.election.stop();
  await house.clock.advance(10_000);
  await stopping;
  expect(house.clock.pending()).toBe(0);
});

test('never two leaders, whatever the networks do; and one in the end', async () => {
  const networks = fc.constantFrom('up' as const, 'up' as const, 'down' as const, 'hanging' as const, 'deaf' as const);
  const step = fc.record({
    who: fc.nat(2),
    network: networks,
    waitMs: fc.constantFrom(100, 3000, 17_000, 70_000),
    jumpMs: fc.constantFrom(0, 0, 0, 600_000, -600_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const house = aHouse();
      const all = ['a', 'b', 'c'].map(house.candidate);
      const leaders = () => all.filter(({ election }) => election.isLeader()).length;
      for (const { election } of all) election.start();
      for (const { who, network, waitMs, jumpMs } of steps) {
        all[who]!.network = network;
        all[who]!.wallJumpMs += jumpMs;
        for (let leftMs = waitMs; leftMs > 0; leftMs -= 1000) {
          await house.clock.advance(Math.min(leftMs, 1000));
          expect(leaders()).toBeLessThanOrEqual(1);
        }
      }
      for (const one of all) one.network = 'up';
      await house.clock.advance(90_000);
      expect(leaders()).toBe(1);
      for (const { election } of all) void election.stop();
    }),
    { numRuns: 40 },
  );
});
