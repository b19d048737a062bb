/** The objects of files, folders and standard input, each with the place where it was read. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../model/kube';
import { objectsOfText } from './import';
import type { Terminal } from './terminal';
import { UsageError } from './usage-error';

export interface Placed {
  /** The file; `-` is standard input. */
  file: string;
  object: KubeObject;
}

const MANIFEST = /\.(ya?ml|json)$/;

/** Folders are read with all that is in them, `-` is standard input. @throws UsageError when there is nothing to read */
export async function readManifests(paths: readonly string[], { stdin }: Pick<Terminal, 'stdin'>): Promise<Placed[]> {
  const files = [...new Set(paths.flatMap(filesAt))];
  if (files.length === 0) throw new UsageError(`no .yaml, .yml or .json file in ${paths.join(', ')}`);
  const texts = files.map(async (file) => (file === '-' ? stdin() : readFileSync(file, 'utf8')));
  const objects = (await Promise.all(texts)).map((text, index) => objectsOfText(text, files[index]!));
  return objects.flatMap((all, index) => all.map((object) => ({ file: files[index]!, object })));
}

function filesAt(path: string): string[] {
  if (path === '-' || !statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  return names.filter((name) => MANIFEST.test(name)).map((name) => join(path, name));
}
