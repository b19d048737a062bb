import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const folders = new Set<string>();

process.on('exit', () => {
  for (const folder of folders) removeFolder(folder);
});

/** A fresh folder under `parent` that is gone at the latest when this process is. */
export function temporaryFolder(parent: string, prefix: string): string {
  const folder = mkdtempSync(join(parent, prefix));
  folders.add(folder);
  return folder;
}

/** Removes it now. Retries, because a server that was just killed may have a last file on the way. */
export function removeFolder(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
