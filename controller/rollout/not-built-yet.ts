/** Parts of the API that Serin knows and cannot do yet: a Canary that uses one is told so, and nothing of it moves. */
import { isKnative } from '../../model/names';
import { isRouter } from '../../model/traffic/router';
import type { Observation } from './observation';

type Part = (seen: Observation) => string | undefined;

const PARTS: readonly Part[] = [
  ({ canary }) => (canary.spec.analysis.sessionAffinity ? 'analysis.sessionAffinity' : undefined),
];

/** What is missing, as an event text; undefined when everything that the Canary uses is there. */
export function notBuiltYet(seen: Observation): string | undefined {
  if (isKnative(seen.canary)) return 'Knative Services are not supported by Serin; see docs/differences.md';
  if (!isRouter(seen.router)) return seen.router.error;
  const parts = PARTS.map((part) => part(seen)).filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  return `${parts.join(', ')}: not built yet, it comes with issue 2; remove it, or wait for that version`;
}
