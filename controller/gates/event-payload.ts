import type { WebhookPayload } from '../rollout/question';

/** One recorded event, as event hooks hear of it. */
export interface RecordedEvent {
  message: string;
  type: 'Normal' | 'Warning';
  /** Unix time. */
  timestampMs: number;
}

/** The Canary at the moment of the event. */
export interface EventSource {
  name: string;
  namespace: string;
  phase: string;
  checksum: string;
}

/** The body of an event hook (spec behaviour-reference 5.4): the hook's own metadata never hides the event's. */
export function eventPayload(
  source: EventSource,
  event: RecordedEvent,
  hookMetadata: Readonly<Record<string, string>> = {},
): WebhookPayload {
  const { name, namespace, phase, checksum } = source;
  const metadata = {
    ...hookMetadata,
    eventMessage: event.message,
    eventType: event.type,
    timestamp: String(event.timestampMs),
  };
  return { name, namespace, phase, checksum, metadata };
}
