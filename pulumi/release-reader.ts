/** Reads what a verdict needs: the Canary, its target with its configs, and its primary. */
import type { Canary } from '../model/canary';
import { type ConfigRef, configRefs } from '../model/config-refs';
import { type KubeObject, RESOURCES } from '../model/kube';
import { primaryName } from '../model/names';
import { templateHash, templateOf, trackedConfigsOf } from '../model/revision';
import { ApiError, type ReadObject } from './api-reader';
import type { Applied, Seen } from './verdict';

export interface Release {
  namespace: string;
  name: string;
  target: { apiVersion: string; kind: string; name: string };
}

export function releaseReader(read: ReadObject, release: Release): (signal: AbortSignal) => Promise<Seen> {
  const { namespace, target } = release;
  const at = (apiVersion: string, plural: string, name: string) =>
    `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}/namespaces/${namespace}/${plural}/${name}`;
  const plural = `${target.kind.toLowerCase()}s`;
  const hasPods = target.kind !== 'Service';

  const config = async ({ kind, name }: ConfigRef, signal: AbortSignal) => {
    const plurals = kind === 'Secret' ? RESOURCES.secret.plural : RESOURCES.configMap.plural;
    try {
      const found = await read(at('v1', plurals, name), signal);
      return found && { ...found, apiVersion: 'v1', kind };
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) return undefined; // then its checksum is not compared
      throw error;
    }
  };

  const applied = async (live: KubeObject, signal: AbortSignal): Promise<Applied> => {
    const refs = hasPods ? configRefs(templateOf(live)) : [];
    const configs = await Promise.all(refs.map((ref) => config(ref, signal)));
    return { hash: templateHash(live), configs: trackedConfigsOf(configs.filter((each) => each !== undefined)) };
  };

  return async (signal) => {
    // The target first: a status that is read after it is never older than what it is judged by.
    const live = await read(at(target.apiVersion, plural, target.name), signal);
    const present = live && (await applied({ ...live, ...kindOf(target) }, signal));
    const { apiVersion, plural: canaries } = RESOURCES.canary;
    const canary = (await read(at(apiVersion, canaries, release.name), signal)) as Canary | undefined;
    const wantsPrimary = hasPods && canary?.status?.phase === 'Failed';
    const primary = wantsPrimary
      ? await read(at(target.apiVersion, plural, primaryName(target.name)), signal)
      : undefined;
    return { canary, present, primary };
  };
}

const kindOf = ({ apiVersion, kind }: Release['target']) => ({ apiVersion, kind });
