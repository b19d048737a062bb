import { parse } from 'yaml';
import { crdTexts } from '../cli/crds';
import type { KubeObject } from '../model/kube';

let parsed: readonly KubeObject[] | undefined;

/** The resource definitions, parsed once: they are the same for every test, and the sandbox copies them. */
export function definitions(): KubeObject[] {
  parsed ??= crdTexts().map(definition);
  return [...parsed];
}

/** The bundle has them as JSON. */
const definition = (text: string): KubeObject => (text.startsWith('{') ? JSON.parse(text) : parse(text)) as KubeObject;
