import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * `valid`, or what Istio's own schema says. In a process of its own: the package is ESM only, which the compiler of these
 * tests does not import.
 */
export function validatedByIstio(objects: readonly object[]): string {
  const script = `
    import * as istio from '@kubernetes-models/istio/networking.istio.io/v1beta1';
    import { text } from 'node:stream/consumers';
    for (const object of JSON.parse(await text(process.stdin))) new istio[object.kind](object).validate();
    console.log('valid');`;
  const options = {
    input: JSON.stringify(objects),
    cwd: join(__dirname, '..'),
    encoding: 'utf8',
    stdio: 'pipe',
  } as const;
  try {
    return execFileSync(process.execPath, ['--input-type=module', '-e', script], options).trim();
  } catch (error) {
    return String((error as { stderr: string }).stderr);
  }
}
