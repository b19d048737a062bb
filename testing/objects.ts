/** The objects of a source, and the Canary that a test is about. */
import { parseAllDocuments } from 'yaml';
import type { Canary } from '../model/canary';
import { at, isObject, objectsOf, textOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { isError, problemText, validate } from '../model/validate';
import { WrittenWrong } from './quantities';
import type { ChartsHolder, ObjectsWriter, Source } from './source';

/** @throws WrittenWrong when there is nothing in it; what the program throws when it is synthesised */
export function objectsFrom(source: Source): KubeObject[] {
  const found = written(source).flatMap(members).filter(isKube);
  if (found.length === 0) throw new WrittenWrong('rollout', String(source), 'give a Chart, an App, objects or YAML');
  return structuredClone(found);
}

function written(source: Source): readonly unknown[] {
  if (typeof source === 'string') return documents(source);
  if (Array.isArray(source)) return source;
  if (typeof (source as ObjectsWriter).toJson === 'function') return (source as ObjectsWriter).toJson();
  return ((source as ChartsHolder).charts ?? []).flatMap((chart) => chart.toJson());
}

function documents(text: string): unknown[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error) throw new Error(`rollout: the text is no YAML: ${error.message.split('\n')[0]}`);
    return document.toJS() as unknown;
  });
}

const members = (value: unknown): unknown[] =>
  textOf(at(value, 'kind'))?.endsWith('List') ? objectsOf(at(value, 'items')) : [value];

const isKube = (value: unknown): value is KubeObject =>
  isObject(value) && textOf(value['kind']) !== undefined && textOf(at(value, 'metadata', 'name')) !== undefined;

/**
 * The Canary with that name or of a target with that name.
 * @throws WrittenWrong when there is none, when it is not the only one, or when it has mistakes
 */
export function canaryNamed(objects: readonly KubeObject[], name: string): Canary {
  const canaries = objects.filter(({ kind }) => kind === 'Canary') as Canary[];
  const called = canaries.filter((one) => one.metadata.name === name);
  const found = called.length > 0 ? called : canaries.filter((one) => one.spec?.targetRef?.name === name);
  const names = canaries.map((one) => one.metadata.name).join(', ') || 'none';
  if (found.length !== 1) throw new WrittenWrong('release', name, `name one of the Canaries: ${names}`);
  const [wrong] = validate(found[0]!).filter(isError);
  if (wrong) throw new Error(`the Canary ${name} cannot work: ${problemText(wrong)}`);
  return found[0]!;
}
