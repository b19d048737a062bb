/** The objects of YAML and JSON texts, and where in their files they are. */
import { type Document, isMap, isNode, LineCounter, parseAllDocuments, type YAMLError } from 'yaml';
import { at, isObject, textOf } from '../../model/json';
import type { KubeObject } from '../../model/kube';
import { UsageError } from '../usage-error';

/** Keys and indexes from an object to one of its fields. */
export type FieldPath = readonly (string | number)[];

/** An object with an apiVersion and a kind; whether it has a name is not looked at. */
export interface Found {
  object: KubeObject;
  file: string;
  /** The line of the object, or of one of its fields; the first is 1. */
  lineOf(path?: FieldPath): number;
}

/** What errors begin with. */
export const placeOf = ({ file, lineOf }: Found, path: FieldPath = []): string => `${file}:${lineOf(path)}`;

/** The objects of a text, those of Lists too. @throws UsageError with file, line and remedy */
export const documentsOf = (text: string, file: string): Found[] =>
  valuesOf(text, file).map(([value, lineOf]) => found(value, file, lineOf));

/** Those of them that are Kubernetes objects with a name; other documents are passed over. @throws UsageError */
export const objectsOfText = (text: string, file: string): KubeObject[] =>
  valuesOf(text, file).flatMap(([value]) => {
    const isKube = textOf(at(value, 'kind')) !== undefined && textOf(at(value, 'metadata', 'name')) !== undefined;
    return isKube ? [value as KubeObject] : [];
  });

function valuesOf(text: string, file: string): [unknown, Found['lineOf']][] {
  const lines = new LineCounter();
  // kubectl knows merge keys (`<<`), which YAML 1.2 has no more.
  return parseAllDocuments(text, { lineCounter: lines, merge: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw syntaxError(error, text, file);
    const value = document.toJS() as unknown;
    if (value === null || value === undefined) return [];
    const items = textOf(at(value, 'kind'))?.endsWith('List') ? at(value, 'items') : undefined;
    const all = Array.isArray(items) ? items.map((item, index) => [item, ['items', index]]) : [[value, []]];
    return (all as [unknown, FieldPath][]).map(([item, base]): [unknown, Found['lineOf']] => [
      item,
      lineIn(document, lines, base),
    ]);
  });
}

function syntaxError(error: YAMLError, text: string, file: string): UsageError {
  const { line, col } = error.linePos?.[0] ?? { line: 1, col: 1 };
  const why = (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
  const remedy = text.includes('{{') ? 'render the template first, as `helm template` does' : 'correct the YAML there';
  return new UsageError(`${file}:${line}:${col}: ${why}: ${remedy}`);
}

/** A field's line is its key's: a map begins below it. */
function lineIn(document: Document.Parsed, lines: LineCounter, base: FieldPath): Found['lineOf'] {
  const offsetOf = (path: FieldPath): number => {
    const parent = path.length > 0 ? document.getIn(path.slice(0, -1), true) : undefined;
    const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === String(path.at(-1))) : undefined;
    const node = pair?.key ?? document.getIn(path, true);
    if (isNode(node) && node.range) return node.range[0];
    return path.length > 0 ? offsetOf(path.slice(0, -1)) : 0;
  };
  return (path = []) => lines.linePos(offsetOf([...base, ...path])).line;
}

function found(value: unknown, file: string, lineOf: Found['lineOf']): Found {
  const place = `${file}:${lineOf()}`;
  if (!isObject(value)) throw new UsageError(`${place}: this is no Kubernetes object: give manifests only`);
  const missing = ['apiVersion', 'kind'].filter((field) => textOf(value[field]) === undefined);
  if (missing.length === 0) return { object: value as unknown as KubeObject, file, lineOf };
  throw new UsageError(
    `${place}: this is no Kubernetes object, ${missing.join(' and ')} is missing: ` +
      'write both, for example apiVersion: flagger.app/v1beta1 and kind: Canary, or leave out the file',
  );
}
