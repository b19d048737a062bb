/** The ConfigMaps and Secrets of a target that the same program defines; the primary gets copies of them. */
import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { type ConfigRef, configKey, configRefs } from '../model/config-refs';
import { type JsonObject, textMapOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { isTracked, templateOf } from '../model/revision';

export interface TargetConfigs {
  /** What is copied, as the API server would have it. */
  readonly found: KubeObject[];
  /** What the target cannot do without and the program does not define. */
  readonly missing: ConfigRef[];
}

/** Looks in the whole program, in the namespace of the target. */
export function targetConfigs(target: ApiObject): TargetConfigs {
  const { namespace } = target.metadata;
  const defined = new Map(
    target.node.root.node
      .findAll()
      .filter((each: IConstruct): each is ApiObject => ApiObject.isApiObject(each))
      .filter((each) => each.apiVersion === 'v1' && each.metadata.namespace === namespace)
      .map((each) => [configKey({ kind: each.kind as ConfigRef['kind'], name: each.name }), each] as const),
  );
  const refs = configRefs(templateOf(target.toJson()));
  const known = refs.map((ref) => defined.get(configKey(ref))).filter((each) => each !== undefined);
  return {
    found: known.map((each) => asServed(each.toJson())).filter(isTracked),
    missing: refs.filter((ref) => !ref.optional && !defined.has(configKey(ref))),
  };
}

/** A Secret's `stringData` is write-only: the server puts it into `data`. */
function asServed(config: KubeObject): KubeObject {
  const { stringData, ...rest } = config;
  if (stringData === undefined) return config;
  const texts = Object.entries(textMapOf(stringData));
  const encoded = texts.map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]);
  return { ...rest, data: { ...(rest['data'] as JsonObject), ...Object.fromEntries(encoded) } } as KubeObject;
}
