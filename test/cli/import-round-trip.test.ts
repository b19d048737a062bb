/** Every manifest of ours in this repository, and what every example synthesises: imported, it synthesises the same. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { stringify } from 'yaml';
import { documentsOf } from '../../cli/import/documents';
import { isOurs, programOf } from '../../cli/import/program';
import type { KubeObject } from '../../model/kube';
import type { Page } from '../docs/pages';
import { compilerErrors, synthesised } from '../docs/programs';
import { TUTORIAL_CANARY } from '../model/tutorial';
import { ODD } from './odd-manifests';

const ROOT = join(__dirname, '../..');

/** Files below these folders with such an ending. */
const filesOf = (folders: readonly string[], ending: RegExp): string[] =>
  folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => ending.test(path) && !path.includes('node_modules'))
      .sort()
      .map((path) => join(ROOT, folder, path)),
  );

/** The fenced YAML of a page, without the indentation of its fence. */
const yamlOfPage = (text: string): string[] =>
  [...text.matchAll(/^( *)```ya?ml[^\n]*\n(.*?)^\1```/gms)].map(([, indent = '', body = '']) =>
    body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );

const shownAt = (path: string): [string, string][] => {
  const text = readFileSync(path, 'utf8');
  const texts = path.endsWith('.md') ? yamlOfPage(text) : [text];
  return texts.map((one, index) => [`${relative(ROOT, path)} ${index + 1}`, one]);
};

const files = [join(ROOT, 'README.md'), ...filesOf(['docs', 'examples'], /\.md$/), ...filesOf(['test'], /\.ya?ml$/)];
const texts = files.flatMap(shownAt).filter(([, text]) => text.includes('flagger.app/v1beta1'));

const pageOf = (path: string, text: string): Page => ({ path, text, blocks: [{ kind: 'ts', text }] });

const examples = filesOf(['examples/gallery', 'examples/podinfo'], /\.ts$/).map((path): [string, string] => {
  const objects = synthesised(pageOf(path, readFileSync(path, 'utf8')));
  return [`the example ${basename(path)}`, objects.map((object) => stringify(object)).join('---\n')];
});

const manifests = [...texts, ...examples, ['the model tests', TUTORIAL_CANARY] as const]
  .map(([name, text]) => [name, documentsOf(text, name).map(({ object }) => object)] as const)
  .map(([name, objects]) => [name, objects.filter(isOurs).map(asApplied)] as const)
  .concat([['odd objects', ODD]]);

const pages = manifests.map(([name, objects]) =>
  pageOf(`imported/${name.replace(/\W+/g, '-')}`, programOf(objects, 'canary.yaml')),
);

/** A server's field of a fixture. */
function asApplied({ metadata: { uid: _, ...metadata }, ...object }: KubeObject): KubeObject {
  return { ...object, metadata } as KubeObject;
}

const byName = (objects: readonly KubeObject[]) =>
  Object.fromEntries(
    objects.map((object) => [`${object.kind} ${object.metadata.namespace}/${object.metadata.name}`, object]),
  );

// Warnings of the examples are on purpose.
beforeAll(() => jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined));

it('finds every manifest of ours', () => {
  const ours = /^ *apiVersion: "?flagger\.app\/v1beta1"?\n *kind: (Canary|MetricTemplate|AlertProvider)$/gm;
  const shown = files.flatMap((path) => [...readFileSync(path, 'utf8').matchAll(ours)]).length;
  const found = manifests.slice(0, texts.length).flatMap(([, objects]) => objects).length;
  expect(found).toBe(shown);
  expect(found).toBeGreaterThan(45);
  expect(examples.length).toBeGreaterThan(8);
});

it('writes programs that compile', () => expect(compilerErrors(pages)).toEqual([]));

it.each(manifests.map(([name, objects], index) => [name, objects, pages[index]!] as const))(
  'of %s synthesises the same',
  (name, objects, page) => {
    expect(Object.keys(byName(objects)).length).toBe(objects.length);
    expect(objects.length).toBeGreaterThan(0);
    expect(byName(synthesised(page))).toEqual(byName(objects));
    if (name !== 'odd objects') expect(page.text).not.toContain('Metric.query(');
  },
);
