/** Mutants that nobody can kill, each with its reason: equivalent ones, and texts that no program and no user relies on. */

/** @returns {string | undefined} why it is left out */
export function ignoredMutants(_file, _mutant) {
  return undefined;
}
