import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: manifests are looked at field by field.
export type Manifest = any;

export const EXAMPLES = join(__dirname, '..', '..', 'examples');

/** Runs an example as `cdk8s synth` does and returns its objects by file and `Kind/name`. */
export function synthesise(example: string): Record<string, Record<string, Manifest>> {
  const folder = mkdtempSync(join(tmpdir(), 'serin-example-'));
  const before = process.env['CDK8S_OUTDIR'];
  process.env['CDK8S_OUTDIR'] = folder;
  try {
    jest.isolateModules(() => require(join(EXAMPLES, example)));
    const files = readdirSync(folder).map((file) => [basename(file, '.k8s.yaml'), objectsOf(join(folder, file))]);
    return Object.fromEntries(files);
  } finally {
    if (before === undefined) delete process.env['CDK8S_OUTDIR'];
    else process.env['CDK8S_OUTDIR'] = before;
    rmSync(folder, { recursive: true });
  }
}

function objectsOf(path: string): Record<string, Manifest> {
  const objects: Manifest[] = parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS());
  return Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
}
