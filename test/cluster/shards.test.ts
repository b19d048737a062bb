/**
 * Three replicas share thirty Canaries on a real API server, each as a ServiceAccount of its own: the audit log tells who
 * wrote what, the Leases who might. One of them is frozen past its lease and thawed, another is killed.
 */
import { aCanary, aDeployment } from '../fixtures';
import { type AuditLine, readAudit } from './control-plane/audit';
import { attachedPlane } from './control-plane/plane';
import { grantedBy, rightOf } from './installation';
import { LeaseWatch } from './shards/lease-watch';
import { type Replica, SHARDS, shardedObjects, startReplica } from './shards/replicas';
import { strangers, tenures, type Write, workersOf, writesOf } from './shards/tenures';
import { type AnyObject, installCrds } from './tutorial-fixture';

const plane = attachedPlane();
const HOME = 'shards-serin';
const NAMESPACE = 'shards';
const NAMES = Array.from({ length: 30 }, (_, index) => `app-${index}`);
const INTERVAL_MS = 2_000;
/** Of the issue: from a replica's death until others have all that it had. */
const REBALANCED_MS = 15_000;

jest.setTimeout(120_000);

let objects: AnyObject[];
let leases: LeaseWatch;
let mark: number;
const replicas: Record<string, Replica> = {};

/** A Canary without end: one step every interval, one write of its status each. */
function released(name: string): AnyObject[] {
  const own = (object: object): AnyObject => JSON.parse(JSON.stringify(object).replaceAll('podinfo', name));
  const analysis = { interval: `${INTERVAL_MS / 1000}s`, iterations: 1_000, threshold: 5, metrics: [] };
  const canary = own(aCanary(analysis, { provider: 'kubernetes', service: { port: 9898 } }));
  const { uid, generation, ...metadata } = canary.metadata;
  const made = [own(aDeployment(`${name}:1`)), { ...canary, metadata }];
  return made.map((object) => ({ ...object, metadata: { ...object.metadata, namespace: NAMESPACE } }));
}

const lines: AuditLine[] = [];

/** The audit log from our beginning on; what was read is kept. */
function audited(): AuditLine[] {
  const more = readAudit(plane.auditLog, mark);
  mark = more.next;
  lines.push(...more.lines);
  return lines;
}

/** Of the replicas: the cluster's own controllers write too. */
const writes = (): Write[] => {
  const users = Object.values(replicas).map(({ user }) => user);
  return writesOf(audited(), NAMESPACE, NAMES).filter(({ user }) => users.includes(user));
};
const nowUs = () => Date.now() * 1000;
const since = (all: readonly Write[], fromUs: number) => all.filter(({ atUs }) => atUs >= fromUs);
const by = (all: readonly Write[], { user }: Replica) => all.filter((write) => write.user === user);
const canariesOf = (all: readonly Write[]) => [...new Set(all.map(({ canary }) => canary))].sort();
const everyOne = [...NAMES].sort();

async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 40_000): Promise<void> {
  for (const end = performance.now() + timeoutMs; !(await holds()); ) {
    if (performance.now() > end) {
      const logs = Object.values(replicas).map(({ name, process }) => `${name}: ${process.lines.slice(-5).join('\n')}`);
      throw new Error(`not after ${timeoutMs} ms: ${what}\n${logs.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** How many shards each identity holds. */
function holdings(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const holder of leases.shards().values()) counts.set(holder, (counts.get(holder) ?? 0) + 1);
  return counts;
}

const shared = (count: number) => () => {
  const held = [...holdings()].filter(([holder]) => holder !== '');
  return held.length === count && held.every(([, many]) => many === SHARDS / count);
};

/** All Canaries tick, and only these replicas write. */
const tickedOnlyBy = (some: Replica[], fromUs: number) => () => {
  const recent = since(writes(), fromUs);
  const users = new Set(recent.map(({ user }) => user));
  return (
    canariesOf(recent).length === NAMES.length && [...users].every((user) => some.some((one) => one.user === user))
  );
};

async function phases(): Promise<string[]> {
  const jsonpath = 'jsonpath={range .items[*]}{.status.phase}{"\\n"}{end}';
  const text = await plane.kubectl(['-n', NAMESPACE, 'get', 'canaries', '-o', jsonpath]);
  return text.split('\n').filter((phase) => phase !== '');
}

beforeAll(async () => {
  await installCrds(plane);
  for (const name of [HOME, NAMESPACE]) {
    await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  objects = shardedObjects(HOME, NAMESPACE);
  await plane.apply(
    objects.filter(({ kind }) => kind !== 'Deployment'),
    '--server-side',
    '--force-conflicts',
  );
  await plane.apply(NAMES.flatMap(released));
  leases = new LeaseWatch(plane, NAMESPACE);
  mark = plane.auditMark();
  await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      replicas[name] = await startReplica(plane, objects, name);
    }),
  );
});

afterAll(async () => {
  for (const { process } of Object.values(replicas)) await process.end('SIGKILL');
  leases?.close();
  await plane.tryKubectl(['delete', 'namespace', HOME, NAMESPACE, '--wait=false']);
});

test('replicas that start together divide shards and Canaries among them', async () => {
  const { a, b, c } = replicas as Record<'a' | 'b' | 'c', Replica>;
  await until('four shards each', shared(3));
  await until('initialized', async () => (await phases()).filter((phase) => phase === 'Initialized').length === 30);
  await plane.apply(
    NAMES.map((name) => {
      const [deployment] = released(name) as [AnyObject];
      deployment.spec.template.spec.containers[0].image = `${name}:2`;
      return deployment;
    }),
  );
  const begunUs = nowUs();
  await until('all tick', tickedOnlyBy([a, b, c], begunUs));
  for (const one of [a, b, c]) expect(by(since(writes(), begunUs), one)).not.toEqual([]);
});

test('one that is frozen past its lease and thawed writes nothing of what others have now', async () => {
  const { a, b, c } = replicas as Record<'a' | 'b' | 'c', Replica>;
  b.send('SIGSTOP');
  const frozenUs = nowUs();
  await until('the others have all', shared(2), REBALANCED_MS);
  await until('the others tick all', tickedOnlyBy([a, c], nowUs()));
  const thawedUs = nowUs();
  b.send('SIGCONT');
  await until('it gets its share again', shared(3));
  await until('it ticks again', () => by(since(writes(), thawedUs), b).length > 0);
  await until('all tick', tickedOnlyBy([a, b, c], nowUs()));
  const late = by(since(writes(), frozenUs + 1_000_000), b);
  expect(late.filter(({ atUs }) => atUs < thawedUs)).toEqual([]);
  expect(strangers(late, tenures(audited(), leases.states))).toEqual([]);
});

test('15 s after kill -9 the others have its shards, and every Canary goes on', async () => {
  const { a, b, c } = replicas as Record<'a' | 'b' | 'c', Replica>;
  const orphans = canariesOf(by(since(writes(), nowUs() - 5_000_000), a));
  a.send('SIGKILL');
  const killedUs = nowUs();
  await until('the others have all', shared(2));
  await until('the others tick all', tickedOnlyBy([b, c], nowUs()));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const claims = [...tenures(audited(), leases.states).values()].flatMap((ofShard) => {
    const wasItsOwn = ofShard.findLast(({ fromUs }) => fromUs <= killedUs)?.user === a.user;
    const next = ofShard.find(({ user, fromUs }) => fromUs > killedUs && user !== undefined);
    return wasItsOwn ? [((next?.fromUs ?? Number.POSITIVE_INFINITY) - killedUs) / 1000] : [];
  });
  expect(claims).toHaveLength(SHARDS / 3);
  expect(Math.max(...claims)).toBeLessThanOrEqual(REBALANCED_MS);
  console.log(`claimed after ${claims.map((ms) => (ms / 1000).toFixed(1)).join(', ')} s`);
  for (const canary of orphans) {
    const next = since(writes(), killedUs + 1_000_000).find((write) => write.canary === canary);
    expect((next?.atUs ?? Number.POSITIVE_INFINITY) - killedUs).toBeLessThanOrEqual(
      1000 * (REBALANCED_MS + INTERVAL_MS),
    );
  }
  expect(orphans.length).toBeGreaterThan(0);
});

test('no Canary was ever written to by any but the holder of its shard', async () => {
  const all = writes();
  const held = tenures(audited(), leases.states);
  expect(strangers(all, held)).toEqual([]);
  expect(canariesOf(all)).toEqual(everyOne);
  // Hand-overs there were: somebody else must have gone on with at least those of the two.
  const workers = [...workersOf(all).values()].map((users) => users.length);
  expect(Math.max(...workers)).toBeGreaterThan(1);
});

test('nothing was refused, and every right on Leases is used', async () => {
  const { b, c } = replicas as Record<'b' | 'c', Replica>;
  const jsonpath = 'jsonpath={.items[*].metadata.name}';
  const names = await plane.kubectl(['-n', NAMESPACE, 'get', 'leases', '-l', 'serin.dev/shard=member', '-o', jsonpath]);
  // Somebody tidies up by hand: the replica looks for its Lease, and makes it again.
  await plane.kubectl(['-n', NAMESPACE, 'delete', 'leases', ...names.split(' ')]);
  await until(
    'made again',
    async () =>
      (await plane.kubectl(['-n', NAMESPACE, 'get', 'leases', '-l', 'serin.dev/shard=member', '-o', 'name'])).split(
        '\n',
      ).length >= 2,
  );
  expect([await b.process.end(), await c.process.end()]).toEqual([0, 0]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const own = audited().filter(({ user }) => Object.values(replicas).some((one) => one.user === user?.username));
  const refused = own.filter(({ responseStatus }) => responseStatus?.code === 403);
  expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  const onLeases = (rights: string[]) => rights.filter((right) => right.endsWith('/leases')).sort();
  const used = own.filter(({ objectRef }) => objectRef?.resource === 'leases').map(rightOf);
  expect(onLeases([...new Set(used)])).toEqual(onLeases(grantedBy(objects)));
});
