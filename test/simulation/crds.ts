/** Our CustomResourceDefinitions, as the simulator's worlds begin with them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../model/kube';

const FOLDER = join(__dirname, '../../crds');

export const CRDS = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) => parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')))
  .map((document) => document.toJS() as KubeObject);
