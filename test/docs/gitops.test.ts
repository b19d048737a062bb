/** What docs/gitops.md says is written, by examples/podinfo-gitops for each way to apply. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../../model/json';
import type { KubeObject } from '../../model/kube';
import { synthesise } from '../examples/synthesise';
import { objectsOf, page, textsOf } from './pages';

const shown = page('gitops.md');
const EXAMPLE = 'podinfo-gitops/main.ts';

function writtenWith(delivery: string): KubeObject[] {
  process.env['DELIVERY'] = delivery;
  try {
    return Object.values(synthesise(EXAMPLE)).flatMap((manifest) => Object.values(manifest));
  } finally {
    delete process.env['DELIVERY'];
  }
}

it.each([
  ['kubectl', 'yaml kubectl'],
  ['flux', 'yaml flux'],
])('with %s', (delivery, kind) => {
  const wanted = objectsOf(shown, kind);
  expect(wanted.length).toBeGreaterThan(0);
  for (const object of wanted) {
    const found = writtenWith(delivery).find((each) => each.kind === object.kind && named(each) === named(object));
    expect(found).toMatchObject(object);
  }
});

it('with argo-cd', () => {
  const [wanted] = objectsOf(shown, 'yaml argo');
  const found = writtenWith('argo-cd').find(({ kind }) => kind === 'Application');
  expect(found).toMatchObject(wanted as object);
});

it('takes replicas out of the target for kubectl and Flux, and leaves them for Argo CD', () => {
  const replicas = (delivery: string) => {
    const target = writtenWith(delivery).find((each) => named(each) === 'podinfo' && each.kind === 'Deployment');
    return at(target, 'spec', 'replicas');
  };
  expect(['kubectl', 'flux', 'argo-cd'].map(replicas)).toEqual([undefined, undefined, 3]);
});

it('shows a part of the example', () => {
  const source = readFileSync(join(__dirname, '../../examples', EXAMPLE), 'utf8');
  for (const part of textsOf(shown, 'ts part')) expect(source).toContain(part);
});

const named = ({ metadata }: KubeObject) => metadata.name;
