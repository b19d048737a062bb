/** Files of this package, wherever its code runs from: sources, or lib/. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @throws Error when the code has been bundled away from its package. */
function packageFolder(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'crds', 'canary.yaml')) && existsSync(join(folder, 'package.json'))) return folder;
  }
  throw new Error(
    'the files of the package serin are not beside its code: do not bundle it, or give `image` and no CRDs',
  );
}

/**
 * Absolute paths of the CustomResourceDefinitions.
 * @internal
 */
export const definitionFiles = (): string[] =>
  ['alertprovider', 'canary', 'metrictemplate'].map((kind) => join(packageFolder(), 'crds', `${kind}.yaml`));

/**
 * The image of this version.
 * @internal
 */
export function defaultImage(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')) as { version: string };
  return `serin:${version}`;
}
