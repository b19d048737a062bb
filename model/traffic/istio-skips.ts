/** What of a spec has no effect with Istio (api.md 7). */
import type { Canary } from '../canary';
import { isTcp } from './istio-routes';
import type { Skip } from './router-contract';
import { affinitySkips, GATEWAY_ONLY, skipsOf } from './skipped-fields';

const TCP = 'TCP routes know ports only';

const OF_HTTP = Object.fromEntries(
  ['match', 'mirror', 'sessionAffinity']
    .map((field) => `analysis.${field}`)
    .concat(['headers', 'timeout', 'retries', 'rewrite', 'corsPolicy'].map((field) => `service.${field}`))
    .map((path) => [path, TCP]),
);

export function istioSkips(canary: Canary): Skip[] {
  if (isTcp(canary)) return skipsOf(canary, { ...GATEWAY_ONLY, ...OF_HTTP });
  return [...skipsOf(canary, GATEWAY_ONLY), ...affinitySkips(canary)];
}
