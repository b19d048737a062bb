/** What a new version of an object has in common with the one that was held. */
import { Rounds } from '../../../controller/kube/held';
import { ObjectStore } from '../../../controller/kube/store';
import type { KubeObject } from '../../../model/kube';

const version = (resourceVersion: string, generation: number, spec: object, uid = 'one'): KubeObject => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { namespace: 'test', name: 'podinfo', uid, resourceVersion, generation },
  spec,
  status: { seen: resourceVersion },
});

/** What is held after both versions. */
function held(first: KubeObject, second: KubeObject): KubeObject {
  const store = new ObjectStore();
  store.apply({ type: 'ADDED', object: first });
  store.apply({ type: 'MODIFIED', object: second });
  return store.get('test', 'podinfo')!;
}

test('a write of the status leaves the very same spec', () => {
  const before = version('1', 1, { weight: 10 });
  const after = held(before, version('2', 1, { weight: 10 }));
  expect(after['spec']).toBe(before['spec']);
  expect(after['status']).toEqual({ seen: '2' });
});

test.each([
  ['an edited spec', version('2', 2, { weight: 20 })],
  ['a spec of another life of the server, with a generation that was there before', version('2', 1, { weight: 20 })],
  ['the spec of another object of that name', version('2', 1, { weight: 20 }, 'two')],
])('%s is held as it came', (_, second) => {
  expect(held(version('1', 1, { weight: 10 }), second)['spec']).toEqual({ weight: 20 });
});

describe('what nobody reads is held as JSON', () => {
  const listed = () => {
    const rounds = new Rounds();
    const store = new ObjectStore(({ metadata }) => [`uid=${metadata.uid}`], rounds);
    store.replace([version('1', 1, { weight: 10 })], '1');
    return { store, rounds, read: () => store.get('test', 'podinfo') };
  };

  test('it reads as it came, by name, by key and in lists', () => {
    const { store, read } = listed();
    const expected = version('1', 1, { weight: 10 });
    expect(read()).toEqual(expected);
    expect(store.find('test', 'uid=one')).toEqual([expected]);
    expect(store.list()).toEqual([expected]);
  });

  test('who reads it again soon gets the very same object', () => {
    const { read } = listed();
    read();
    expect(read()).toBe(read());
  });

  test('what moved is the very same object until it has not been read for two rounds', () => {
    const { store, read, rounds } = listed();
    const moved = version('2', 2, { weight: 20 });
    store.apply({ type: 'MODIFIED', object: moved });
    expect(read()).toBe(moved);
    rounds.end();
    expect(read()).toBe(moved);
    rounds.end();
    rounds.end();
    expect(read()).not.toBe(moved);
    expect(read()).toEqual(moved);
  });

  test('of more than may be held as themselves, the oldest goes', () => {
    const store = new ObjectStore(undefined, new Rounds(2));
    const moved = ['a', 'b', 'c'].map((name, index) => {
      const object = version(String(index + 1), 1, { weight: index }, name);
      return { ...object, metadata: { ...object.metadata, name } };
    });
    for (const object of moved) store.apply({ type: 'ADDED', object });
    const isKept = moved.map((object) => store.get('test', object.metadata.name) === object);
    expect(isKept).toEqual([false, true, true]);
    expect(store.list()).toEqual(moved);
  });

  test('it goes as it was', () => {
    const { store } = listed();
    const [change] = store.replace([], '2');
    expect(change).toMatchObject({ type: 'deleted', object: version('1', 1, { weight: 10 }) });
    expect(store.find('test', 'uid=one')).toEqual([]);
  });
});
