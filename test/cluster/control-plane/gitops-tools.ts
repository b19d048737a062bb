/** Flux's apply and Argo CD's compare and sync, as programs built from the tools' own Go packages. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goBinaries, requiredVersion, type Say } from './assets';

/** Path of the program that applies as Flux does. Built once, in some minutes. */
export const fluxProgram = (say: Say): Promise<string> => program('flux', 'github.com/fluxcd/pkg/ssa', say);

/** Path of the program that compares and syncs as Argo CD does. Built once, in some minutes. */
export const argoCdProgram = (say: Say): Promise<string> => program('argo-cd', 'github.com/argoproj/argo-cd/v3', say);

async function program(name: string, tool: string, say: Say): Promise<string> {
  const module = join(__dirname, name);
  const version = `${requiredVersion(module, tool)}-${sourceHash(module)}`;
  const folder = await goBinaries({ name, version, module, packages: ['.'], variables: [], output: name }, say);
  return join(folder, name);
}

/** Another program is another binary. */
function sourceHash(module: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(module).sort()) hash.update(readFileSync(join(module, file)));
  return hash.digest('hex').slice(0, 8);
}
