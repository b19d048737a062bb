/** Callers inside the mesh that the VirtualService does not reach (spec mesh-facts 1, T13). */
import { at, objectOf, textOf } from '../json';
import type { Reader } from './shape';

/** Warns of load on the apex that bypasses the split because only ingress gateways are listed. */
export function inMeshRules(spec: Reader, provider: string): void {
  const service = spec.inner('service');
  const gateways = service?.object['gateways'];
  if (provider !== 'istio' || !Array.isArray(gateways) || gateways.length === 0 || gateways.includes('mesh')) return;
  const apex = textOf(service?.object['name']) || textOf(at(spec.object, 'targetRef', 'name'));
  if (!apex) return;
  const needsApex = at(spec.object, 'analysis', 'mirror') === true;
  for (const hook of spec.inner('analysis')?.inners('webhooks') ?? []) {
    const command = textOf(objectOf(hook.object['metadata'])['cmd']) ?? '';
    const called = [...command.matchAll(/https?:\/\/([^\s/:'"]+)/g)].map(([, host = '']) => host.split('.')[0]);
    const name = called.includes(apex)
      ? apex
      : needsApex && called.includes(`${apex}-canary`)
        ? `${apex}-canary`
        : undefined;
    if (name === undefined) continue;
    hook.warning(
      'metadata',
      `sends load to ${name} inside the mesh, where the VirtualService does not apply: gateways lack mesh, so nothing is split or mirrored`,
      'add mesh to spec.service.gateways, or send the load through the gateway',
    );
  }
}
