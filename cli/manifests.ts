/** The objects of files, folders and standard input, each with the place where it was read. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../model/kube';
import { objectsOfText } from './import';
import { UsageError } from './usage-error';

export interface Placed {
  /** The file; `-` is standard input. */
  file: string;
  object: KubeObject;
}

const MANIFEST = /\.(ya?ml|json)$/;

/** Folders are read with all that is in them. @throws UsageError when there is nothing to read */
export function readManifests(paths: readonly string[]): Placed[] {
  const files = paths.flatMap(filesAt);
  if (files.length === 0) throw new UsageError(`no .yaml, .yml or .json file in ${paths.join(', ')}`);
  return files.flatMap((file) => {
    const text = readFileSync(file === '-' ? 0 : file, 'utf8');
    return objectsOfText(text, file).map((object) => ({ file, object }));
  });
}

function filesAt(path: string): string[] {
  if (path === '-' || !statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  return names.filter((name) => MANIFEST.test(name)).map((name) => join(path, name));
}
