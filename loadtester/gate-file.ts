import { readFile, rename, writeFile } from 'node:fs/promises';
import type { GateStore } from './gates';

/** Gates in a file, on a volume that outlives the pod; replaced whole, so a crash leaves the old or the new one. */
export function gateFile(path: string): GateStore {
  return {
    async load() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async save(text) {
      await writeFile(`${path}.new`, text, { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
  };
}
