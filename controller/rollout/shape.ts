/** What kind of run a spec asks for: when it changes half-way, the steps made so far mean nothing. */
import { strategyOf } from '../../model/defaults';
import type { Observation } from './observation';
import { providerOf } from './observation';

/** Provider, strategy, and whether only matching requests are routed. */
export function shapeOf(seen: Observation): string {
  const { analysis } = seen.canary.spec;
  const matched = (analysis.match ?? []).length > 0 ? ' matched' : '';
  return `${providerOf(seen)} ${strategyOf(seen.canary)}${matched}`;
}
