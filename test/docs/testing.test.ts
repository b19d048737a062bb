/** docs/testing.md: the mistake is refused with the text of the page, and the bad version is bad. */

import * as ts from 'typescript';
import type { Canary } from '../../model/canary';
import { Cluster } from '../controller/sandbox/cluster';
import { aDeployment } from '../fixtures';
import { objectOf, objectsOf, page, textsOf } from './pages';
import { compilerErrors, synthesised } from './programs';

const shown = page('testing.md');

test('the program with a mistake is refused with the text of the page', () => {
  const wrong = { ...shown, blocks: [{ kind: 'ts', text: textsOf(shown, 'ts wrong').join('') }] };
  let message = '';
  try {
    synthesised(wrong);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message.trim()).toBe(textsOf(shown, 'text problem').join('').trim());
});

test('the version of the page is rolled back', async () => {
  const [bad] = objectsOf(shown, 'yaml given');
  const cluster = await new Cluster().start();
  cluster.create(aDeployment());
  cluster.create(objectOf<Canary>(page('strategies/progressive.md'), 'Canary'));
  await cluster.until('Initialized');
  cluster.sandbox.load({ url: 'http://podinfo.test:9898/', qps: 20 });
  await cluster.clock.advance(30_000);
  cluster.edit('deployment', 'podinfo', (deployment: { spec: { template: unknown } }) => {
    deployment.spec.template = (bad as unknown as typeof deployment).spec.template;
  });
  await cluster.until('Failed');
  expect(cluster.news().some((text) => text.includes('advancement success rate'))).toBe(true);
  await cluster.stop();
});

test('the rollout test of the page compiles and passes, and its failure reads as the page says', async () => {
  const [text = ''] = textsOf(shown, 'ts test');
  const block = {
    kind: 'ts',
    text: text.replace(/^test\(/m, 'declare function test(name: string, body: () => unknown): void;\ntest('),
  };
  expect(compilerErrors([{ path: 'testing-rollout', text: block.text, blocks: [block] }])).toEqual([]);
  const bodies: (() => unknown)[] = [];
  const run = (source: string) => {
    const options = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.CommonJS };
    const { outputText } = ts.transpileModule(source, { compilerOptions: options });
    const test = (_: string, body: () => unknown) => bodies.push(body);
    new Function('require', 'exports', 'test', outputText)((name: string) => MODULES[name]?.(), {}, test);
  };
  run(text);
  run(text.replace(/\.rolledBack\([^)]*\)/, ".promoted({ within: '10m' })"));
  const [passes, fails] = bodies;
  await passes?.();
  const [line = ''] = textsOf(shown, 'text failure');
  await expect(Promise.resolve(fails?.())).rejects.toThrow(line.trim());
}, 120_000);

const MODULES: Record<string, () => unknown> = {
  cdk8s: () => require('cdk8s'),
  serin: () => require('../../constructs'),
  'serin/testing': () => require('../../testing'),
};
