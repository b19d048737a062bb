/** `serin crds`: the CustomResourceDefinitions, for `kubectl apply -f -`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export type CrdKind = 'canary' | 'metrictemplate' | 'alertprovider';

export interface CrdsOptions {
  output: 'yaml' | 'json';
  /** Absent: all three. */
  kind?: CrdKind;
}

/** The bundle carries the texts (esbuild's text loader reads these calls); from the sources they are read as files. */
const TEXTS: Record<CrdKind, () => string> = {
  canary: () => text(() => require('../crds/canary.yaml'), 'canary.yaml'),
  metrictemplate: () => text(() => require('../crds/metrictemplate.yaml'), 'metrictemplate.yaml'),
  alertprovider: () => text(() => require('../crds/alertprovider.yaml'), 'alertprovider.yaml'),
};

function text(embedded: () => unknown, file: string): string {
  const path = join(__dirname, '..', 'crds', file);
  return BUNDLED ? String(embedded()) : readFileSync(path, 'utf8');
}

/** The bundle is one JavaScript file; sources are TypeScript. */
const BUNDLED = !__filename.endsWith('.ts');

/** YAML of each definition, comments included. */
export function crdTexts(kind?: CrdKind): string[] {
  const kinds = kind ? [kind] : (Object.keys(TEXTS) as CrdKind[]);
  return kinds.map((one) => TEXTS[one]());
}

/** What the verb prints: YAML documents, or one JSON document (a List when there are several). */
export function crdsText({ output, kind }: CrdsOptions): string {
  const texts = crdTexts(kind);
  if (output === 'yaml') return texts.map((one) => (one.endsWith('\n') ? one : `${one}\n`)).join('---\n');
  const items = texts.map((one) => parse(one) as unknown);
  return `${JSON.stringify(items.length === 1 ? items[0] : { apiVersion: 'v1', kind: 'List', items }, null, 2)}\n`;
}
