/** What Serin knows of and cannot do: a Canary that uses it is told so, and nothing of it moves. */
import { isKnative } from '../../model/names';
import { isRouter } from '../../model/traffic/router';
import type { Observation } from './observation';

/** What is missing, as an event text; undefined when everything that the Canary uses is there. */
export function notSupported({ canary, router }: Observation): string | undefined {
  if (isKnative(canary)) return 'Knative Services are not supported by Serin; see docs/differences.md';
  return isRouter(router) ? undefined : router.error;
}
