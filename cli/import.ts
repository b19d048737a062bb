/** `serin import`: manifests of the three kinds as the construct program that synthesises them. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { at, isObject, objectsOf, textOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { isOurs, programOf } from './import/program';
import type { Terminal } from './terminal';
import { EXIT, UsageError } from './usage-error';

/**
 * Prints the program of the files; `-` is standard input. What it leaves out is told on stderr.
 * @throws UsageError when the files have nothing to import
 */
export function runImportVerb(files: readonly string[], terminal: Terminal): number {
  const objects = files.flatMap((file) => objectsOfText(readFileSync(file === '-' ? 0 : file, 'utf8'), file));
  const ours = objects.filter(isOurs);
  for (const { kind, metadata } of objects.filter((object) => !isOurs(object))) {
    terminal.stderr.write(`serin: ${kind} ${metadata.name} is left out: only kinds of flagger.app are imported\n`);
  }
  if (ours.length === 0) throw new UsageError(`${files.join(', ')}: no Canary, MetricTemplate or AlertProvider in it`);
  terminal.stdout.write(programOf(ours, files.join(' ')));
  return EXIT.ok;
}

/** The objects of a YAML or JSON text, those of Lists too. @throws Error that names the file and the line */
export function objectsOfText(text: string, file: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new Error(`${file}: ${error.message.split('\n')[0]}`);
    const value = document.toJS() as unknown;
    const all = textOf(at(value, 'kind'))?.endsWith('List') ? objectsOf(at(value, 'items')) : [value];
    return all.filter((one) => isObject(one) && isKube(one)) as KubeObject[];
  });
}

const isKube = (value: unknown) =>
  textOf(at(value, 'kind')) !== undefined && textOf(at(value, 'metadata', 'name')) !== undefined;
