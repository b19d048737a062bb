import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `amd64` or `arm64`, as Go and Debian spell it. */
export const ARCH = process.arch === 'x64' ? 'amd64' : process.arch;

/** Folder outside the checkout for what takes minutes to make: `$SERIN_CACHE`, else `~/.cache/serin`. */
export function cacheRoot(): string {
  return process.env['SERIN_CACHE'] ?? join(homedir(), '.cache', 'serin');
}

/**
 * Returns the folder `<cache>/<name>`, made by `fill` when it is not there yet.
 * `fill` works in a folder of its own that is renamed at the end, so a build that was cut off is never taken for done.
 */
export async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheRoot(), name);
  if (existsSync(folder)) return folder;
  mkdirSync(cacheRoot(), { recursive: true });
  const draft = mkdtempSync(join(cacheRoot(), `.making-${name}-`));
  try {
    await fill(draft);
    if (!existsSync(folder)) renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}
