/** Every example of docs/: the manifest is right, the API server takes it, the program writes the same. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { collectionPath } from '../../controller/kube/path';
import type { AlertProvider, Canary, MetricTemplate } from '../../model/canary';
import { type KubeObject, RESOURCES } from '../../model/kube';
import { isError, problemText, validate, validateAlertProvider, validateMetricTemplate } from '../../model/validate';
import { API_SERVER_URL } from '../../sandbox/world';
import { Cluster } from '../controller/sandbox/cluster';
import { NAMESPACE } from '../fixtures';
import { DOCS, EXAMPLES, folder, objectsOf, PAGES } from './pages';
import { compilerErrors, synthesised } from './programs';

const KINDS = [RESOURCES.canary, RESOURCES.metricTemplate, RESOURCES.alertProvider];
const PATHS = EXAMPLES.map(({ path }) => path);
const examples = PATHS.map((path) => [path, EXAMPLES.find((one) => one.path === path)!] as const);

// Warnings of the examples are on purpose: skipAnalysis.
beforeAll(() => jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined));

function problemsOf(object: KubeObject): string[] {
  switch (object.kind) {
    case 'Canary':
      return validate(object as Canary)
        .filter(isError)
        .map(problemText);
    case 'MetricTemplate':
      return validateMetricTemplate(object as MetricTemplate)
        .filter(isError)
        .map(problemText);
    case 'AlertProvider':
      return validateAlertProvider(object as AlertProvider)
        .filter(isError)
        .map(problemText);
    default:
      return [`${object.kind} is no kind of Serin's: show it in a block of its own, yaml given`];
  }
}

const byName = (objects: KubeObject[]) =>
  Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));

it('there is a page for each strategy, provider and chat', () => {
  expect(PATHS.length).toBeGreaterThan(24);
  for (const name of ['strategies', 'traffic', 'metrics']) {
    expect(folder(name).filter(({ path }) => !PATHS.includes(path))).toEqual([]);
  }
});

it('the programs of all pages compile', () => expect(compilerErrors(EXAMPLES)).toEqual([]));

describe.each(examples)('docs/%s', (_, shown) => {
  const manifest = objectsOf(shown, 'yaml');

  it('has a manifest without mistakes', () => {
    expect(manifest.length).toBeGreaterThan(0);
    expect(manifest.flatMap(problemsOf)).toEqual([]);
  });

  it('has a program that writes the manifest', () => {
    expect(byName(synthesised(shown))).toEqual(byName(manifest));
  });
});

it('the API server takes every manifest and leaves out nothing', async () => {
  const cluster = new Cluster();
  for (const shown of EXAMPLES) {
    for (const object of objectsOf(shown, 'yaml')) {
      const type = KINDS.find(({ kind }) => kind === object.kind)!;
      const url = `${API_SERVER_URL}${collectionPath(type, NAMESPACE)}?dryRun=All&fieldValidation=Strict`;
      const answer = await cluster.sandbox.http({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(object),
      });
      const body = await answer.text();
      expect([shown.path, answer.status, answer.status === 201 ? '' : body]).toEqual([shown.path, 201, '']);
      expect(JSON.parse(body).spec).toMatchObject(object['spec'] as object);
    }
  }
  await cluster.stop();
});

it.each(PAGES.map(({ path, text }) => [path, text]))('the links of docs/%s lead somewhere', (path, text) => {
  const targets = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = '']) => target);
  const local = targets.filter((target) => !/^[a-z]+:/.test(target));
  expect(local.filter((target) => !existsSync(join(DOCS, dirname(path), target)))).toEqual([]);
});
