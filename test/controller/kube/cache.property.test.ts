/** Whatever server and network do, in the end the cache holds what the server holds, and its listeners know. */
import fc from 'fast-check';
import { type Change, WatchCache } from '../../../controller/kube/cache';
import { type KubeObject, RESOURCES } from '../../../model/kube';
import { broken, type FakeApi, failure } from './fake-api';
import { aCluster } from './fixtures';

const COLLECTION = '/apis/apps/v1/deployments';
const at = (name: string) => `/apis/apps/v1/namespaces/test/deployments/${name}`;
const EXPIRED = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };

const name = fc.constantFrom('a', 'b', 'c');
/** What the watch alone must see through. */
const ordinary = [
  { weight: 6, arbitrary: fc.record({ do: fc.constant('set' as const), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('write' as const), name, late: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('drop', 'end', 'hush', 'expire', 'error', 'garbage', 'stutter', 'bookmark'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('refuse' as const), status: fc.constantFrom(0, 404, 429, 500) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('slow' as const), ms: fc.constantFrom(400, 6000, 100_000) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 300, 5000, 45_000) }) },
] as const;
/** What only a resync finds. */
const treacherous = [
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lost' as const), name, gone: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('restore', 'lose') }) },
] as const;
const step = fc.oneof(...ordinary, ...treacherous);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function aWorld(resyncMs: number, chunkSize: number) {
  const { api, client, clock, random } = aCluster();
  const cache = new WatchCache({ client, clock, random, type: RESOURCES.deployment, resyncMs, chunkSize });
  const told = new Map<string, KubeObject>();
  const wrong: string[] = [];
  cache.onChange(({ type, object, previous }: Change) => {
    const key = object.metadata.name;
    if ((type === 'added') === told.has(key)) wrong.push(`${type} ${key}`);
    if (previous && previous.version !== told.get(key)?.metadata.resourceVersion)
      wrong.push(`${type} ${key} from something never told`);
    if (type === 'deleted') told.delete(key);
    else told.set(key, object);
  });
  return { api, cache, clock, told, wrong, late: [] as KubeObject[], restore: undefined as (() => void) | undefined };
}

async function play(world: ReturnType<typeof aWorld>, action: Step): Promise<void> {
  const { api, cache, clock } = world;
  switch (action.do) {
    case 'set':
      return void api.set(at(action.name));
    case 'remove':
      return void api.remove(at(action.name));
    case 'write': {
      const written = api.set(at(action.name));
      return action.late ? void world.late.push(written) : cache.observe(written);
    }
    case 'delete': {
      const removed = api.remove(at(action.name));
      return removed && cache.observeDeleted(removed);
    }
    case 'lost':
      return api.secretly(() => (action.gone ? api.remove(at(action.name)) : api.set(at(action.name))));
    case 'refuse': {
      const outcome = action.status ? failure(action.status, '', 'no') : broken('ECONNREFUSED');
      return api.once(outcome);
    }
    case 'slow':
      return api.slow(action.ms);
    case 'wait':
      await clock.advance(action.ms);
      return;
    case 'restore':
      world.restore?.();
      world.restore = world.restore ? undefined : api.save();
      return;
    default:
      return misbehave(world.api, action.do);
  }
}

function misbehave(api: FakeApi, how: string): void {
  if (how === 'drop') api.drop(broken('ECONNRESET'));
  if (how === 'end') api.drop();
  if (how === 'hush') api.hush();
  if (how === 'expire') api.compact();
  if (how === 'error') api.say(JSON.stringify({ type: 'ERROR', object: EXPIRED }));
  if (how === 'garbage') api.say('{"type":"ADD');
  if (how === 'stutter') api.stutter(3);
  if (how === 'bookmark') api.bookmark();
  if (how === 'lose') api.lose();
}

const identity = (object: KubeObject) => [object.metadata.name, object.metadata.uid, object.metadata.resourceVersion];
const sorted = (objects: Iterable<KubeObject>) => [...objects].map(identity).sort();

/** Plays `steps`, gives the cache `graceMs` to catch up, and compares. */
async function check(steps: Step[], resyncMs: number, graceMs: number, chunkSize: number): Promise<void> {
  const world = aWorld(resyncMs, chunkSize);
  const { api, cache, clock, told, wrong } = world;
  cache.start();
  for (const action of steps) {
    await play(world, action);
    if (action.do === 'wait') for (const written of world.late.splice(0)) cache.observe(written);
  }
  await clock.advance(graceMs);
  const agreed = { cache: sorted(cache.list()), told: sorted(told.values()), wrong };
  const truth = sorted(api.all(COLLECTION));
  await cache.stop();
  // A slow answer of the server's own may still be due.
  const before = api.requests.length;
  await clock.advance(200_000);
  expect(api.requests.length).toBe(before);
  expect(agreed).toEqual({ cache: truth, told: truth, wrong: [] });
  expect(clock.pending()).toBe(0);
}

/** Objects of one request for a list: of the three that there are at most, all, or one. */
const chunkSize = fc.constantFrom(500, 1);

test('without a resync: cache, listeners and server agree after drops, silence, 410s, repeats and garbage', async () => {
  const run = (steps: Step[], size: number) => check(steps, 86_400_000, 4 * 60_000, size);
  const property = fc.asyncProperty(fc.array(fc.oneof(...ordinary), { maxLength: 40 }), chunkSize, run);
  await fc.assert(property, { numRuns: 300 });
});

test('with a resync: they also agree after lost events, restored backups and emptied stores', async () => {
  const run = (steps: Step[], size: number) => check(steps, 600_000, 12 * 60_000, size);
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), chunkSize, run), { numRuns: 200 });
});
