/** Mutants that nobody can kill, each with its reason: equivalent ones, and texts that no program and no user relies on. */
import { lineOf } from './known-results.mjs';

/** `line` is the text that is mutated, so that an entry moves with its code and rots when that changes. */
const IGNORED = [
  {
    file: 'controller/rollout/effects.ts',
    line: "const [kind = '', name = ''] = id.split('/');",
    mutatorName: 'StringLiteral',
    replacement: '"Stryker was here!"',
    reason: 'ids are kind/name: the defaults are for the type checker',
  },
];

/** @returns {string | undefined} why it is left out */
export function ignoredMutants(root, file, mutant) {
  const isOf = (entry) => entry.file === file && entry.mutatorName === mutant.mutatorName;
  const same = IGNORED.filter((entry) => isOf(entry) && entry.replacement === mutant.replacement);
  return same.find(({ line }) => lineOf(root, file, mutant) === line)?.reason;
}
