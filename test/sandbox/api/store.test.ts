import * as fc from 'fast-check';
import type { KubeObject } from '../../../model/kube';
import type { Clock } from '../../../model/ports';
import { copy } from '../../../sandbox/api/json';
import { ObjectStore, type StoreEvent } from '../../../sandbox/api/store';

/** A clock that stands still; `tasks` are run by hand. */
function stillClock(): Clock & { tasks: (() => void)[] } {
  const tasks: (() => void)[] = [];
  return {
    tasks,
    now: () => Date.parse('2026-01-01T00:00:00.700Z'),
    after: (_ms, task) => {
      tasks.push(task);
      return { cancel: () => {} };
    },
  };
}

function aStore() {
  const clock = stillClock();
  let count = 0;
  const uid = () => {
    count += 1;
    return `uid-${count}`;
  };
  return { store: new ObjectStore({ clock, uid }), clock };
}

const configMap = (name: string, more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', ...more },
  data: { a: '1' },
});
const CM = { apiVersion: 'v1', kind: 'ConfigMap' };
const ref = (name: string) => ({ ...CM, namespace: 'default', name });

test('create sets what the server owns and freezes the object', () => {
  const { store } = aStore();
  const made = store.create(configMap('a'));
  expect(made.metadata).toMatchObject({
    creationTimestamp: '2026-01-01T00:00:00Z',
    uid: expect.stringMatching(/^uid-/),
  });
  expect(() => Object.assign(made.metadata, { name: 'b' })).toThrow(TypeError);
  expect(store.get(ref('a'))).toBe(made);
});

test('an update with an old version conflicts, one without changes keeps its version', () => {
  const { store } = aStore();
  const first = store.create(configMap('a'));
  const second = store.modify(ref('a'), (draft) => {
    draft['data'] = { a: '2' };
  });
  expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
  expect(() => store.update({ ...copy(first), data: { a: '3' } })).toThrow(/the object has been modified/);
  expect(store.update(copy(second))).toBe(second);
});

test('watchers see changes in order, also those that a listener makes', () => {
  const { store } = aStore();
  const seen: string[] = [];
  const note = (event: StoreEvent) => seen.push(`${event.type} ${event.object.metadata.name}`);
  store.watch(CM, undefined, (event) => {
    if (event.type === 'ADDED' && event.object.metadata.name === 'a') store.create(configMap('b'));
  });
  store.watch(CM, undefined, note);
  store.create(configMap('a'));
  store.delete(ref('a'));
  expect(seen).toEqual(['ADDED a', 'ADDED b', 'DELETED a']);
});

test('a watch from the past replays it, a compacted past is 410', () => {
  const { store } = aStore();
  const start = store.resourceVersion;
  store.create(configMap('a'));
  const seen: string[] = [];
  store.watch(CM, start, (event) => seen.push(event.object.metadata.name));
  expect(seen).toEqual(['a']);
  store.compact();
  expect(() => store.watch(CM, start, () => {})).toThrow(expect.objectContaining({ code: 410, reason: 'Expired' }));
});

test('whatever is written, a watcher that follows from any version ends up with the list', () => {
  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    what: fc.constantFrom('create', 'update', 'delete'),
    value: fc.constantFrom('1', '2'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.array(step, { maxLength: 20 }), (before, after) => {
      const { store } = aStore();
      const play = (steps: typeof before) => {
        for (const { name, what, value } of steps) {
          const exists = store.get(ref(name)) !== undefined;
          if (what === 'create' && !exists) store.create(configMap(name));
          if (what === 'delete' && exists) store.delete(ref(name));
          const change = (draft: KubeObject) => void Object.assign(draft, { data: { value } });
          if (what === 'update' && exists) store.modify(ref(name), change);
        }
      };
      play(before);
      const known = new Map(store.list(CM).map((object) => [object.metadata.name, object]));
      let version = Number(store.resourceVersion);
      const start = store.resourceVersion;
      play(after);
      store.watch(CM, start, ({ type, object, revision }) => {
        expect(revision).toBeGreaterThan(version);
        version = revision;
        if (type === 'DELETED') known.delete(object.metadata.name);
        else known.set(object.metadata.name, object);
      });
      expect([...known.values()].sort((x, y) => (x.metadata.name < y.metadata.name ? -1 : 1))).toEqual(store.list(CM));
    }),
  );
});

test('a custom status update leaves the rest alone, a built-in one may annotate', () => {
  const { store } = aStore();
  const labels = { app: 'web' };
  const containers = [{ name: 'web', image: 'x:1' }];
  store.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  });
  const written = store.modify(
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' },
    (draft) => {
      Object.assign(draft, { spec: {}, status: { replicas: 1 } });
      draft.metadata.annotations = { note: 'x' };
      draft.metadata.labels = { no: 'no' };
    },
    { subresource: 'status' },
  );
  expect(written).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1 } });
  expect(written.metadata).toMatchObject({ generation: 1, annotations: { note: 'x' } });
  expect(written.metadata.labels).toBeUndefined();
});

describe('garbage', () => {
  const owned = (name: string, owner: KubeObject) =>
    configMap(name, {
      ownerReferences: [
        { ...CM, name: owner.metadata.name, uid: owner.metadata.uid ?? '', controller: true, blockOwnerDeletion: true },
      ],
    });

  test('background: dependents go after the owner, down the chain', () => {
    const { store } = aStore();
    const middle = store.create(owned('middle', store.create(configMap('top'))));
    store.create(owned('bottom', middle));
    expect(store.delete(ref('top')).removed).toBe(true);
    expect(store.list(CM)).toEqual([]);
  });

  test('foreground: the owner waits for its dependents', () => {
    const { store } = aStore();
    store.create(owned('child', store.create(configMap('top'))));
    store.modify(ref('child'), (draft) => {
      draft.metadata.finalizers = ['test/hold'];
    });
    store.delete(ref('top'), { propagation: 'Foreground' });
    expect(store.get(ref('top'))?.metadata.finalizers).toEqual(['foregroundDeletion']);
    store.modify(ref('child'), (draft) => {
      delete draft.metadata.finalizers;
    });
    expect(store.list(CM)).toEqual([]);
  });

  test('orphan: dependents stay without the reference', () => {
    const { store } = aStore();
    store.create(owned('child', store.create(configMap('top'))));
    store.delete(ref('top'), { propagation: 'Orphan' });
    expect(store.list(CM).map(({ metadata }) => [metadata.name, metadata.ownerReferences])).toEqual([
      ['child', undefined],
    ]);
  });

  test('one of two owners gone: only its reference goes', () => {
    const { store } = aStore();
    const [left, right] = ['left', 'right'].map((name) => store.create(configMap(name)));
    const both = owned('child', left!);
    both.metadata.ownerReferences?.push({ ...CM, name: 'right', uid: right!.metadata.uid ?? '' });
    store.create(both);
    store.delete(ref('left'));
    expect(store.get(ref('child'))?.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['right']);
    store.delete(ref('right'));
    expect(store.get(ref('child'))).toBeUndefined();
  });

  test('an owner that never was: collected by the sweep', () => {
    const { store, clock } = aStore();
    store.create(owned('child', configMap('ghost', { uid: 'nobody' })));
    for (const task of clock.tasks) task();
    expect(store.list(CM)).toEqual([]);
  });
});

test('a namespace waits for its contents and refuses new ones', () => {
  const { store } = aStore();
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } };
  store.create(namespace);
  store.create(configMap('held', { namespace: 'ns', finalizers: ['test/hold'] }));
  store.create(configMap('free', { namespace: 'ns' }));
  store.delete({ ...namespace, name: 'ns' });
  expect(store.list(CM).map((object) => object.metadata.name)).toEqual(['held']);
  expect(() => store.create(configMap('late', { namespace: 'ns' }))).toThrow(/because it is being terminated/);
  store.modify({ ...CM, namespace: 'ns', name: 'held' }, (draft) => {
    delete draft.metadata.finalizers;
  });
  expect(store.get({ ...namespace, name: 'ns' })).toBeUndefined();
});
