/** Go spells flags with one dash or two; the load tester's and the controller's manifests use both. */

/** `-port 9090` as `--port 9090`; single letters and values stay as they are. */
export function withTwoDashes(args: readonly string[]): string[] {
  return args.map((arg) => arg.replace(/^-(?=[a-z][a-z-])/, '--'));
}

export function wantsHelp(args: readonly string[]): boolean {
  return args.some((arg) => /^--?h(elp)?$/.test(arg));
}
