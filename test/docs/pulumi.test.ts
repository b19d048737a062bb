/** The programs of docs/pulumi.md compile, and register a release without mistakes. */
import * as ts from 'typescript';
import type { Canary } from '../../model/canary';
import { problemText, validate } from '../../model/validate';
import { startEngine } from '../pulumi/engine';
import { type Page, page, textsOf } from './pages';
import { compilerErrors } from './programs';

const shown = page('pulumi.md');
const programs = textsOf(shown, 'ts pulumi');
const aPageOf = (text: string, index: number): Page => ({
  ...shown,
  path: `pulumi-${index}`,
  blocks: [{ kind: 'ts', text }],
});

/** What programs may import. */
const modules: Record<string, () => unknown> = {
  '@pulumi/kubernetes': () => require('@pulumi/kubernetes'),
  '@pulumi/pulumi': () => require('@pulumi/pulumi'),
  cdk8s: () => require('cdk8s'),
  'cdk8s-plus-33': () => require('cdk8s-plus-33'),
  serin: () => require('../../constructs'),
  'serin/pulumi': () => require('../../pulumi'),
};

function run(program: string): Record<string, unknown> {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.CommonJS };
  const { outputText } = ts.transpileModule(program, { compilerOptions });
  const exported = {};
  new Function('require', 'exports', outputText)((name: string) => modules[name]?.(), exported);
  return exported;
}

it('has programs that compile', () => {
  expect(programs.length).toBe(2);
  expect(compilerErrors(programs.map(aPageOf))).toEqual([]);
});

interface Known {
  isKnown: Promise<boolean>;
}

it.each([
  ['outcome', programs[0] ?? '', ['Canary', 'Deployment']],
  ['outcomes', programs[1] ?? '', ['Canary', 'Deployment', 'VirtualService']],
])('has a program that registers a release and exports its %s', async (name, program, kinds) => {
  const engine = await startEngine();
  const exported = run(program)[name] as Known | Record<string, Known>;
  const outcome = name === 'outcome' ? exported : Object.values(exported)[0];
  expect(await (outcome as Known).isKnown).toBe(false);
  expect(engine.registered.map(({ inputs }) => inputs['kind'])).toEqual(expect.arrayContaining(kinds));
  const canary = engine.registered.find(({ inputs }) => inputs['kind'] === 'Canary')?.inputs as unknown as Canary;
  expect(validate(canary).map(problemText)).toEqual([]);
});
