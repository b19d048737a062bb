/** The index finds what a look at every object would find, whatever lists, events and writes did before. */
import fc from 'fast-check';
import { ObjectStore } from '../../../controller/kube/store';
import type { KubeObject } from '../../../model/kube';

const keysOf = ({ metadata }: KubeObject): string[] => Object.keys(metadata.labels ?? {});

const anObject = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  namespace: fc.constantFrom('test', 'prod'),
  uid: fc.constantFrom('1', '2'),
  labels: fc.subarray(['x', 'y', 'z']),
});

const aStep = fc.oneof(
  fc.record({ do: fc.constant('observe' as const), object: anObject }),
  fc.record({ do: fc.constant('modify' as const), object: anObject }),
  fc.record({ do: fc.constant('delete' as const), object: anObject }),
  fc.record({ do: fc.constant('list' as const), objects: fc.uniqueArray(anObject, { selector: keyOf }) }),
);

function keyOf({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`;
}

test('found by key is what has the key', () => {
  fc.assert(
    fc.property(fc.array(aStep, { maxLength: 30 }), (steps) => {
      const store = new ObjectStore(keysOf);
      let version = 10;
      const made = ({
        name,
        namespace,
        uid,
        labels,
      }: {
        name: string;
        namespace: string;
        uid: string;
        labels: string[];
      }) =>
        ({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: {
            name,
            namespace,
            uid: `${name}-${uid}`,
            resourceVersion: String(++version),
            labels: Object.fromEntries(labels.map((label) => [label, 'on'])),
          },
        }) as KubeObject;
      store.replace([], '10');
      for (const step of steps) {
        if (step.do === 'list') store.replace(step.objects.map(made), String(++version));
        else if (step.do === 'observe') store.observe(made(step.object));
        else store.apply({ type: step.do === 'modify' ? 'MODIFIED' : 'DELETED', object: made(step.object) });
        for (const namespace of ['test', 'prod']) {
          expect(store.count(namespace)).toBe(store.list(namespace).length);
          for (const key of ['x', 'y', 'z']) {
            const wanted = store.list(namespace).filter((object) => keysOf(object).includes(key));
            expect(new Set(store.find(namespace, key))).toEqual(new Set(wanted));
          }
        }
      }
    }),
  );
});

test('without an index there is a clear error', () => {
  expect(() => new ObjectStore().find('test', 'x')).toThrow('the cache has no index');
});
