/** Configs and secrets, read when they are needed and never held. */
import type { KubeObject, ResourceType } from '../model/kube';
import { RESOURCES } from '../model/kube';
import { configChecksum, isTracked } from '../model/revision';
import type { ConfigAnswer, ConfigQuestion } from './rollout/question';

/** The one read that is needed. */
export interface Reader {
  get(type: ResourceType, namespace: string, name: string): Promise<KubeObject | undefined>;
}

/** The checksum of a config, or why there is none. Whatever goes wrong is an answer. */
export async function readConfig(reader: Reader, { kind, namespace, name }: ConfigQuestion): Promise<ConfigAnswer> {
  const noun = kind.toLowerCase();
  const query = `${noun} ${name}.${namespace} get query error:`;
  try {
    const object = await reader.get(kind === 'Secret' ? RESOURCES.secret : RESOURCES.configMap, namespace, name);
    if (object === undefined) return { outcome: 'missing', message: `${query} ${query} ${noun}s "${name}" not found` };
    return isTracked(object) ? { outcome: 'tracked', checksum: configChecksum(object) } : { outcome: 'ignored' };
  } catch (error) {
    return { outcome: 'error', message: `${query} ${query} ${(error as Error).message}` };
  }
}

/** The decoded data of a Secret; undefined when there is none. */
export async function readSecret(reader: Reader, namespace: string, name: string) {
  const object = await reader.get(RESOURCES.secret, namespace, name);
  if (object === undefined) return undefined;
  const data = (object['data'] ?? {}) as Record<string, string>;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}
