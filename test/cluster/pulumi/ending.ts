/** How a command of `pulumi` ended. */
import type { CommandResult } from '../control-plane/command';

/** What it wrote. @throws Error with the whole output, which says why, when it failed. */
export function endedWell({ code, stdout, stderr }: CommandResult): string {
  if (code !== 0) throw new Error(`pulumi ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** What it wrote, when it was right to fail. */
export function failed({ code, stdout, stderr }: CommandResult): string {
  expect(code).not.toBe(0);
  return `${stdout}\n${stderr}`;
}
