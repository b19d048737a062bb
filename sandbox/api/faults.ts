/** Trouble that tests ask for: errors before or after the effect, delays, broken and silent watches. */
import type { Clock, HttpRequest } from '../../model/ports';
import type { ApiError } from './api-error';
import { connectionError } from './connection-error';
import type { RequestNote } from './server';

/** What goes wrong with one request. A string is the code of a connection error, such as `ECONNRESET`. */
export interface Fault {
  /** The answer is late by this much. */
  delayMs?: number;
  /** Answered instead of having an effect. */
  before?: ApiError | string;
  /** Answered although the effect took place. */
  after?: ApiError | string;
  /** The connection of a watch breaks after this time. */
  dropAfterMs?: number;
  /** A watch says nothing more after this time, but stays open. */
  silentAfterMs?: number;
}

export type FaultHook = (note: RequestNote) => Fault | undefined;

/** Waits as long as the fault says, no longer than the client does. @throws Error with code ETIMEDOUT, EABORTED */
export async function afterDelay(clock: Clock, fault: Fault, request: HttpRequest): Promise<void> {
  const { signal, timeoutMs } = request;
  if (signal?.aborted) throw connectionError('EABORTED');
  if (!fault.delayMs) return;
  const waits = timeoutMs !== undefined && timeoutMs < fault.delayMs ? timeoutMs : fault.delayMs;
  await new Promise<void>((resolve, reject) => {
    const timer = clock.after(waits, () => (waits < fault.delayMs! ? reject(connectionError('ETIMEDOUT')) : resolve()));
    signal?.addEventListener('abort', () => {
      timer.cancel();
      reject(connectionError('EABORTED'));
    });
  });
}
