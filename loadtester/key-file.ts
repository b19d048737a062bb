import { open, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { TaskRefused } from './task-refused';

const MAX_BYTES = 64 * 1024;

/** Reads a key that a hook names by its path. @throws TaskRefused */
export type ReadKey = (path: string) => Promise<string>;

/**
 * Keys in files, only from `folders`: the key is sent to a server that the hook names too, and a hook
 * must not be able to send the pod's own credentials anywhere.
 */
export function keyFiles(folders: readonly string[]): ReadKey {
  return (path) => read(path, folders);
}

async function read(path: string, folders: readonly string[]): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) throw new TaskRefused(`apiKeyPath ${path} does not exist`);
  const allowed = await Promise.all(folders.map((folder) => realpath(folder).catch(() => undefined)));
  if (!allowed.some((folder) => folder !== undefined && real.startsWith(folder + sep))) {
    throw new TaskRefused(`apiKeyPath must be a file in ${folders.join(' or ') || 'no folder: none is allowed'}`);
  }
  const file = await open(real);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await file.close();
  }
}
