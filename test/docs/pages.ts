/** The pages of docs/ and the fenced blocks on them. A block's first word is its language, a second one says what it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../model/kube';

export const DOCS = join(__dirname, '../../docs');

export interface Block {
  /** Such as `yaml`, `ts`, `bash`, `yaml given`, `yaml written`, `text events`. */
  kind: string;
  text: string;
}

export interface Page {
  /** Below docs/, such as `strategies/progressive.md`. */
  path: string;
  text: string;
  blocks: readonly Block[];
}

export const PAGES: readonly Page[] = readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
  // Those of api/ are generated, and checked by their generator.
  .filter((path) => path.endsWith('.md') && !path.startsWith('api/'))
  .sort()
  .map((path) => read(join(DOCS, path)));

/** The page of that path. @throws Error when there is none. */
export function page(path: string): Page {
  const found = PAGES.find((one) => one.path === path);
  if (!found) throw new Error(`docs/${path} does not exist`);
  return found;
}

/** Pages that show a release twice: as a manifest and as a program. */
export const EXAMPLES: readonly Page[] = PAGES.filter(({ blocks }) => blocks.some(({ kind }) => kind === 'ts'));

export const folder = (name: string): Page[] => PAGES.filter(({ path }) => path.startsWith(`${name}/`));

export const textsOf = ({ blocks }: Page, kind: string): string[] =>
  blocks.filter((block) => block.kind === kind).map(({ text }) => text);

/** The objects of all blocks of a kind. @throws Error on text that is not YAML. */
export function objectsOf(shown: Page, kind: string): KubeObject[] {
  return textsOf(shown, kind).flatMap((text) =>
    parseAllDocuments(text).map((document) => {
      if (document.errors[0]) throw new Error(`docs/${shown.path}: ${document.errors[0].message}`);
      return document.toJS() as KubeObject;
    }),
  );
}

/** The only object of that kind in the manifest of the page. */
export function objectOf<T extends KubeObject>(shown: Page, kind: string): T {
  const found = objectsOf(shown, 'yaml').filter((object) => object.kind === kind);
  if (found.length !== 1) throw new Error(`docs/${shown.path} has ${found.length} objects of kind ${kind}`);
  return found[0] as T;
}

/** The event texts that a page shows, as `Cluster.events` has them: `N text` or `W text`. */
export const eventsOf = (shown: Page, kind = 'text events'): string[] =>
  textsOf(shown, kind).flatMap((text) =>
    text
      .trim()
      .split('\n')
      .map((line) => line.replace(/^(N|W)(?:ormal|arning) +/, '$1 ')),
  );

function read(path: string): Page {
  const text = readFileSync(path, 'utf8');
  const found = text.matchAll(/^```([a-z]+(?: [a-z]+)?)\n(.*?)^```$/gms);
  return {
    path: relative(DOCS, path),
    text,
    blocks: [...found].map(([, kind = '', body = '']) => ({ kind, text: body })),
  };
}
