import { referencesMayDiffer } from '../../../controller/references';
import { kept, keptWith } from '../../../controller/rollout/kept';
import type { KubeObject } from '../../../model/kube';

test('an answer is worked out once for each object, also when it is undefined', () => {
  const work = jest.fn((object: { value?: number }) => object.value);
  const answer = kept(work);
  const [one, two] = [{ value: 1 }, {}];
  expect([answer(one), answer(one), answer(two), answer(two)]).toEqual([1, 1, undefined, undefined]);
  expect(work).toHaveBeenCalledTimes(2);
});

test('another object with the same content is asked about anew', () => {
  const work = jest.fn(() => 'answer');
  const answer = kept(work);
  answer({});
  answer({});
  expect(work).toHaveBeenCalledTimes(2);
});

test('an answer about several things is worked out again when one of them is another', () => {
  const ask = keptWith<number>();
  const [spec, live, later] = [{}, {}, {}];
  let times = 0;
  const work = () => ++times;
  expect([ask(spec, [live, 'a'], work), ask(spec, [live, 'a'], work)]).toEqual([1, 1]);
  expect(ask(spec, [later, 'a'], work)).toBe(2);
  expect(ask(spec, [later, 'b'], work)).toBe(3);
  expect(ask({}, [later, 'b'], work)).toBe(4);
});

const object = (generation?: number): KubeObject =>
  ({
    kind: 'Deployment',
    metadata: { name: 'podinfo', ...(generation !== undefined && { generation }) },
  }) as KubeObject;

test.each([
  ['a status was written', object(3), { generation: 3 }, false],
  ['the spec was edited', object(4), { generation: 3 }, true],
  ['it is new', object(1), undefined, true],
  ['its kind has no generations', object(), { generation: undefined }, true],
])('references are read again: %s', (_, now, before, expected) => {
  expect(referencesMayDiffer(now, before)).toBe(expected);
});
