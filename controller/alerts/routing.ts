/** Who hears of an alert (spec traffic-and-metrics 6.3, A1). */
import type { Canary, CanaryAlert } from '../../model/canary';
import { alertSeverity, referenceNamespace } from '../../model/defaults';
import { at } from '../../model/json';
import type { Severity } from './alert-message';
import type { Destination } from './destination';

/** `key` tells targets apart, `title` is for people. */
export type Target = { key: string; title: string } & ({ namespace: string; name: string } | { notifier: Destination });

const RANK: Record<Severity, number> = { info: 0, warn: 1, error: 2 };

/** The Canary's own providers whose severity allows it, each once; the global notifier when it lists none. */
export function targetsOf(canary: Canary, severity: Severity, notifier: Destination | undefined): Target[] {
  const listed = at(canary, 'spec', 'analysis', 'alerts');
  const own: CanaryAlert[] = Array.isArray(listed) ? listed : [];
  if (own.length === 0) {
    return notifier ? [{ key: 'notifier', title: `the global ${notifier.type} notifier`, notifier }] : [];
  }
  const targets = own
    .filter((alert) => alert?.providerRef?.name && RANK[severity] >= RANK[alertSeverity(alert)])
    .map(({ providerRef }) => providerTarget(referenceNamespace(providerRef, canary), providerRef.name));
  return [...new Map(targets.map((target) => [target.key, target])).values()];
}

const providerTarget = (namespace: string, name: string): Target => ({
  key: `provider ${namespace}/${name}`,
  title: `alert provider ${name}.${namespace}`,
  namespace,
  name,
});
