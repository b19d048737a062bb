/** Callers inside the mesh that the VirtualService does not reach (spec mesh-facts 1, T13). */
import { at, type JsonObject, objectOf, textOf } from '../json';
import type { Reader } from './shape';
import type { Place, SharedRule } from './shared-rule';

/** Warns of load on the apex that bypasses the split because only ingress gateways are listed. */
export const inMeshRule = (provider: (spec: JsonObject) => string): SharedRule => ({
  name: 'load-past-the-split',
  severity: 'warning',
  path: 'spec.analysis.webhooks[].metadata',
  message:
    'sends load to {name} inside the mesh, where the VirtualService does not apply: gateways lack mesh, so nothing is split or mirrored',
  remedy: 'add mesh to spec.service.gateways, or send the load through the gateway',
  broken: (spec) => {
    const gateways = spec.inner('service')?.object['gateways'];
    if (provider(spec.object) !== 'istio' || !Array.isArray(gateways) || gateways.length === 0) return [];
    return gateways.includes('mesh') ? [] : pastTheSplit(spec);
  },
  cel: {
    holds:
      "variables.provider != 'istio' || variables.gateways.size() == 0 || 'mesh' in variables.gateways || " +
      `(!${celCalls('variables.apex')} && ` +
      `(!variables.analysis.?mirror.orValue(false) || !${celCalls("variables.apex + '-canary'")}))`,
    values: { name: `${celCalls('variables.apex')} ? variables.apex : variables.apex + '-canary'` },
  },
});

/** Whether the command of a webhook calls the host. Names of Services have no dots and nothing that a pattern minds. */
function celCalls(host: string): string {
  const pattern = `'https?://' + ${host} + '([.\\\\s/:\\'"]|$)'`;
  return `variables.webhooks.exists(w, w.?metadata[?'cmd'].orValue('').matches(${pattern}))`;
}

function pastTheSplit(spec: Reader): Place[] {
  const apex = textOf(at(spec.object, 'service', 'name')) || textOf(at(spec.object, 'targetRef', 'name'));
  if (!apex) return [];
  const isMirrored = at(spec.object, 'analysis', 'mirror') === true;
  return (spec.inner('analysis')?.inners('webhooks') ?? []).flatMap((hook) => {
    const command = textOf(objectOf(hook.object['metadata'])['cmd']) ?? '';
    const called = [...command.matchAll(/https?:\/\/([^\s/:'"]+)/g)].map(([, host = '']) => host.split('.')[0]);
    const name = [apex, ...(isMirrored ? [`${apex}-canary`] : [])].find((host) => called.includes(host));
    return name === undefined ? [] : [{ reader: hook, field: 'metadata', values: { name } }];
  });
}
