/** Edges of the rules for routes that users write beside their Canaries. */
import type { KubeObject } from '../../model/kube';
import { problemText } from '../../model/problem';
import { validateDestinationRule } from '../../model/rules/destination-rule';
import { validateHttpRoute } from '../../model/rules/http-route';
import { validateVirtualService } from '../../model/rules/virtual-service';

const of = (kind: string, spec: object): KubeObject => ({ apiVersion: 'x/v1', kind, metadata: { name: 'r' }, spec });

test.each<[object, string[]]>([
  [{ name: 'g' }, []],
  [{}, ['spec.parentRefs[0].name: is missing: set name']],
  [{ name: '' }, ['spec.parentRefs[0].name: must not be empty (""): set name']],
])('HTTPRoute of parent %j', (parent, texts) => {
  const rules = [{ backendRefs: [{ name: 'b', port: 80 }] }];
  expect(validateHttpRoute(of('HTTPRoute', { parentRefs: [parent], rules })).map(problemText)).toEqual(texts);
});

test.each<[number, string[]]>([
  [0.5, []],
  [100, []],
  [100.5, ['spec.http[0].mirrorPercentage.value: must be 0 to 100 (100.5): set value to 0 to 100']],
])('VirtualService that mirrors %d %%', (value, texts) => {
  const route = [{ destination: { host: 'a' } }];
  const http = [{ route, mirror: { host: 'b' }, mirrorPercentage: { value } }];
  expect(validateVirtualService(of('VirtualService', { hosts: ['a'], http })).map(problemText)).toEqual(texts);
});

test('DestinationRule: only names can be there twice', () => {
  const labels = { version: '1' };
  const rule = (...subsets: object[]) => of('DestinationRule', { host: 'a', subsets });
  expect(validateDestinationRule(rule({ labels }, { labels })).map(problemText)).toEqual([
    'spec.subsets[0].name: is missing: set name',
    'spec.subsets[1].name: is missing: set name',
  ]);
  expect(validateDestinationRule(rule({ name: 'v', labels }, { name: 'v' })).map(problemText)).toEqual([
    'spec.subsets[1].name: is there twice ("v"): give each subset its own name',
    'spec.subsets[1].labels: are empty: give the labels of its pods',
  ]);
});
