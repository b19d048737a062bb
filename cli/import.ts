/** `serin import`: manifests of the three kinds as the construct program that synthesises them. */
import { readFileSync } from 'node:fs';
import type { KubeObject } from '../model/kube';
import { documentsOf, type Found, placeOf } from './import/documents';
import { nearestOf } from './import/nearest';
import { isOfOurGroup, isOurs, OUR_KINDS, patchesOf, programOf } from './import/program';
import { pathText, unknownFields } from './import/unknown-fields';
import type { Terminal } from './terminal';
import { EXIT, UsageError } from './usage-error';

export { objectsOfText } from './import/documents';

export interface ImportOptions {
  /** One JSON document instead of a program. */
  json?: boolean;
}

/**
 * Prints the program of the files; `-` is standard input. What it leaves out or does not know is told on stderr.
 * @throws UsageError when a file is wrong, or all have nothing to import
 */
export async function runImportVerb(files: readonly string[], { json }: ImportOptions, terminal: Terminal) {
  const texts = files.map(async (file) => (file === '-' ? terminal.stdin() : readFileSync(file, 'utf8')));
  const found = (await Promise.all(texts)).flatMap((text, index) => documentsOf(text, nameOf(files[index])));
  const ours = found.filter(({ object }) => isOurs(object));
  const others = found.filter((one) => !ours.includes(one));
  for (const one of others) refuseMisspelt(one);
  for (const one of ours) refuseNameless(one);
  if (ours.length === 0) throw nothingIn(files, others);
  const notes = [...others.map(leftOutText), ...ours.flatMap(unknownTexts)];
  for (const note of notes) terminal.stderr.write(`serin: ${note}\n`);
  const program = programOf(
    ours.map(({ object }) => object),
    files.join(' '),
  );
  terminal.stdout.write(json ? `${JSON.stringify(inParts(program, ours, others), null, 2)}\n` : program);
  return EXIT.ok;
}

const nameOf = (file: string | undefined): string => (file === '-' ? 'standard input' : (file ?? ''));

const titleOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata?.name ?? '(without a name)'}`;

/** A kind of our group that does not exist was meant to be one that does. */
function refuseMisspelt(found: Found): void {
  const { apiVersion, kind } = found.object;
  if (!isOfOurGroup(found.object)) return;
  const nearest = nearestOf(kind, OUR_KINDS);
  const remedy = nearest ? `did you mean ${nearest}?` : `use one of ${OUR_KINDS.join(', ')}`;
  throw new UsageError(`${placeOf(found, ['kind'])}: ${apiVersion} has no kind ${kind}: ${remedy}`);
}

function refuseNameless(found: Found): void {
  const { kind, metadata } = found.object;
  if (typeof metadata?.name === 'string' && metadata.name !== '') return;
  throw new UsageError(`${placeOf(found, ['metadata'])}: this ${kind} has no name: set metadata.name to a text`);
}

function nothingIn(files: readonly string[], [other]: readonly Found[]): UsageError {
  const kinds = 'give a file with a Canary, MetricTemplate or AlertProvider of flagger.app';
  if (!other) return new UsageError(`${files.join(', ')}: no object in it: ${kinds}`);
  return new UsageError(`${placeOf(other, ['kind'])}: ${titleOf(other.object)} cannot be imported: ${kinds}`);
}

const leftOutText = (found: Found): string =>
  `${placeOf(found, ['kind'])}: ${titleOf(found.object)} is left out: only kinds of flagger.app are imported`;

const unknownTexts = (found: Found): string[] =>
  unknownFields(found.object).map(({ path, nearest }) => {
    const guess = nearest ? `, did you mean ${nearest}?` : ':';
    return (
      `${placeOf(found, path)}: ${pathText(path)} of ${titleOf(found.object)} is unknown${guess} ` +
      'it is kept as a JSON patch, and API servers drop it'
    );
  });

/** For other programs: `patches` is what the props of the construct cannot say, `unknown` what no such object has. */
function inParts(program: string, ours: readonly Found[], others: readonly Found[]) {
  const whereabouts = ({ object: { apiVersion, kind, metadata }, file, lineOf }: Found) => ({
    file,
    line: lineOf(),
    apiVersion,
    kind,
    name: metadata?.name,
    namespace: metadata?.namespace,
  });
  return {
    program,
    objects: ours.map((found) => ({
      ...whereabouts(found),
      program: programOf([found.object], found.file),
      patches: patchesOf(found.object),
      unknown: unknownFields(found.object).map(({ path, nearest }) => ({
        path: pathText(path),
        line: found.lineOf(path),
        nearest,
      })),
    })),
    leftOut: others.map(whereabouts),
  };
}
