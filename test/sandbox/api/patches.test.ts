import * as fc from 'fast-check';
import type { KubeObject } from '../../../model/kube';
import { BUILTIN_KINDS } from '../../../sandbox/api/builtin-kinds';
import { jsonPath } from '../../../sandbox/api/custom/json-path';
import { humanDuration } from '../../../sandbox/api/kinds/columns';
import { applyConfiguration } from '../../../sandbox/api/patch/apply';
import { fieldsOf, fromFieldsV1, readablePath, toFieldsV1 } from '../../../sandbox/api/patch/field-set';
import { mergePatch } from '../../../sandbox/api/patch/merge';
import { managedFieldsOf } from '../../../sandbox/api/patch/ownership';
import { strategicMergePatch } from '../../../sandbox/api/patch/strategic';

const kindOf = (name: string) => BUILTIN_KINDS.find((kind) => kind.kind === name)!;
const DEPLOYMENT = kindOf('Deployment');
const CONFIG_MAP = kindOf('ConfigMap');

const pod = (containers: object[], more: object = {}) => ({ spec: { template: { spec: { containers, ...more } } } });
const containersOf = (object: object) =>
  (object as { spec: { template: { spec: { containers: { name: string }[] } } } }).spec.template.spec.containers;

describe('strategic merge', () => {
  const live = pod([
    { name: 'a', image: '1' },
    { name: 'b', image: '1' },
    { name: 'injected', image: '1' },
  ]);

  test('the order of the patch wins; what it does not name stays after its neighbour', () => {
    const order = { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] };
    const merged = strategicMergePatch(DEPLOYMENT, live, pod([{ name: 'b', image: '2' }], order));
    expect(containersOf(merged)).toEqual([
      { name: 'b', image: '2' },
      { name: 'injected', image: '1' },
      { name: 'a', image: '1' },
    ]);
  });

  test('an item without its key is refused', () => {
    expect(() => strategicMergePatch(DEPLOYMENT, live, pod([{ image: '2' }]))).toThrow(/declared merge key: name/);
  });

  test('values of a set come and go by name', () => {
    const object = { metadata: { finalizers: ['a/a', 'b/b'] } };
    const patch = { metadata: { finalizers: ['c/c'], '$deleteFromPrimitiveList/finalizers': ['a/a'] } };
    expect(strategicMergePatch(CONFIG_MAP, object, patch)).toEqual({ metadata: { finalizers: ['b/b', 'c/c'] } });
  });
});

const value = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const tree = fc.letrec((tie) => ({
  node: fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), fc.oneof({ depthSize: 'small' }, value, tie('node')), {
    maxKeys: 4,
  }),
})).node as fc.Arbitrary<Record<string, unknown>>;

test('a merge patch applied twice is applied once', () => {
  fc.assert(
    fc.property(tree, tree, (target, patch) => {
      const once = mergePatch(target, patch);
      expect(mergePatch(once, patch)).toEqual(once);
    }),
  );
});

test('field sets survive their written form', () => {
  fc.assert(
    fc.property(tree, (data) => {
      const paths = [...fieldsOf(CONFIG_MAP, { data }).keys()].sort();
      expect([...fromFieldsV1(toFieldsV1(paths))].sort()).toEqual(paths);
    }),
  );
});

test('what a manager applies is there, is its own, and goes when it is taken back', () => {
  const data = fc.dictionary(fc.string({ minLength: 1, maxLength: 2 }), fc.string(), { minKeys: 1, maxKeys: 4 });
  fc.assert(
    fc.property(data, data, (mine, theirs) => {
      const writer = (manager: string) => ({ manager, operation: 'Apply' as const, time: '2026-01-01T00:00:00Z' });
      const map = (content: object): KubeObject => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'x' },
        data: content,
      });
      const first = applyConfiguration(CONFIG_MAP, undefined, map(theirs), writer('they'), false);
      const second = applyConfiguration(CONFIG_MAP, first, map(mine), writer('i'), true);
      expect(second['data']).toEqual({ ...theirs, ...mine });
      expect(managedFieldsOf(second).some(({ manager }) => manager === 'i')).toBe(true);
      const back = applyConfiguration(CONFIG_MAP, second, map({}), writer('i'), false);
      const kept = Object.entries(theirs).filter(([key, text]) => mine[key] === undefined || mine[key] === text);
      expect(back['data'] ?? {}).toEqual(Object.fromEntries(kept));
    }),
  );
});

test('paths read as people write them', () => {
  const [path = ''] = [...fieldsOf(DEPLOYMENT, pod([{ name: 'web', image: 'x' }])).keys()].filter((key) =>
    key.endsWith('f:image'),
  );
  expect(readablePath(path)).toBe('.spec.template.spec.containers[name="web"].image');
});

test.each([
  [999, '0s'],
  [119_000, '119s'],
  [125_000, '2m5s'],
  [1_200_000, '20m'],
  [10_800_000, '3h'],
  [11_100_000, '3h5m'],
  [172_800_000, '2d'],
  [864_000_000, '10d'],
])('%d ms is %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

test.each([
  ['.spec.a', [1]],
  ['.spec.list[1].name', ['two']],
  ['.spec.list[*].name', ['one', 'two']],
  ['.spec.list[?(@.name=="two")].at', [2]],
  [".spec['a']", [1]],
  ['.metadata.annotations.x\\.y/z', ['dotted']],
  ['.spec.none.below', []],
])('JSONPath %s', (path, expected) => {
  const object = {
    metadata: { annotations: { 'x.y/z': 'dotted' } },
    spec: { a: 1, list: [{ name: 'one' }, { name: 'two', at: 2 }] },
  };
  expect(jsonPath(object, path)).toEqual(expected);
});
