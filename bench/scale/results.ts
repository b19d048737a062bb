/** Results in the repository: what a run leaves, and what the next one is compared with. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawing } from './drawing';
import type { Environment } from './environment';
import type { Empty, Making, Scenario, Start, Takeover } from './scenarios';

/** Of one controller. */
export interface Measured {
  /** Before the first Canary. @default - an older result */
  empty?: Empty;
  makings: Making[];
  starts: Start[];
  scenarios: Scenario[];
  takeovers: Takeover[];
}

export interface Result extends Environment {
  tookSeconds?: number;
  controllers: Record<string, Measured>;
}

const folderOf = (root: string): string => join(root, 'bench', 'results');

/** The result of that name that the repository has. */
export function previousResult(root: string, name: string): Result | undefined {
  const path = join(folderOf(root), `${name}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Result) : undefined;
}

/** @returns the files, from the checkout's folder on */
export function saveResult(root: string, name: string, result: Result): string[] {
  mkdirSync(folderOf(root), { recursive: true });
  writeFileSync(join(folderOf(root), `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(join(folderOf(root), `${name}.svg`), drawing(result));
  return ['json', 'svg'].map((ending) => `bench/results/${name}.${ending}`);
}

/** The same scenario of the same controller in another result, however that was set up. */
export const sameScenario = (
  before: Result | undefined,
  controller: string,
  { canaries, progressing }: Scenario,
): Scenario | undefined =>
  before?.controllers[controller]?.scenarios.find(
    (one) => one.canaries === canaries && one.progressing === progressing,
  );
