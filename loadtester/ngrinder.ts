/** Clones a performance test of an nGrinder controller, starts it and waits for its end. */

import { pause } from '../model/patience';
import type { Clock, Http } from '../model/ports';
import { durationMs, type Metadata, required, serverUrl, wholeNumber } from './metadata';
import { TaskRefused } from './task-refused';

export interface NgrinderRun {
  server: string;
  /** Id of the test to clone. */
  clone: number;
  authorization: string;
  pollIntervalMs: number;
}

const REQUEST_TIMEOUT_MS = 60_000;
const POLL_MS = 5_000;
const ENDED_BADLY = ['STOP_BY_ERROR', 'CANCELED', 'UNKNOWN'];
/** A controller that is away for a moment does not end the test. */
const MAX_FAILED_POLLS = 3;

/** @throws TaskRefused */
export function parseNgrinder(metadata: Metadata): NgrinderRun {
  const passwd = required(metadata, 'passwd');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(passwd)) throw new TaskRefused('passwd must be base64');
  const credentials = `${required(metadata, 'username')}:${Buffer.from(passwd, 'base64').toString()}`;
  return {
    server: serverUrl(metadata),
    clone: wholeNumber(metadata, 'clone'),
    authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    // parsed once: the reference multiplies by a second twice (L2)
    pollIntervalMs: durationMs(metadata, 'pollInterval', POLL_MS),
  };
}

/** Resolves when the test is FINISHED. @throws Error that says how it ended instead; then the test is stopped. */
export async function runNgrinder(
  run: NgrinderRun,
  { http, clock }: { http: Http; clock: Clock },
  signal: AbortSignal,
  started: () => void,
): Promise<void> {
  const api = new Api(http, run);
  const test = Object(await api.call('POST', `${run.clone}/clone_and_start`, signal)) as Record<string, unknown>;
  const id = Number(test['id']);
  if (!Number.isInteger(id)) throw new Error('the server started no test');
  started();
  try {
    await followed(api, id, run.pollIntervalMs, clock, signal);
  } catch (error) {
    // not with the signal of the task: that may be what ended it
    await api.call('PUT', `${id}?action=stop`, undefined).catch(() => undefined);
    throw error;
  }
}

async function followed(api: Api, id: number, intervalMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let failures = 0; ; ) {
    await pause(clock, intervalMs, signal);
    if (signal.aborted) throw new Error(String(signal.reason));
    let status: string;
    try {
      status = statusIn(await api.call('GET', `${id}/status`, signal));
      failures = 0;
    } catch (error) {
      if (++failures >= MAX_FAILED_POLLS) throw error;
      continue;
    }
    if (status === 'FINISHED') return;
    if (ENDED_BADLY.includes(status)) throw new Error(`test ${id} is ${status}`);
  }
}

/** `{status: [{status_id}]}`; older ones answer with the object alone. */
function statusIn(answer: unknown): string {
  const { status } = Object(answer) as { status?: unknown };
  const first: unknown = Array.isArray(status) ? status[0] : status;
  const found = typeof first === 'string' ? first : (Object(first) as Record<string, unknown>)['status_id'];
  if (typeof found !== 'string') throw new Error('the server does not tell the status of the test');
  return found;
}

class Api {
  constructor(
    private readonly http: Http,
    private readonly run: NgrinderRun,
  ) {}

  async call(method: string, path: string, signal: AbortSignal | undefined): Promise<unknown> {
    const response = await this.http({
      method,
      url: `${this.run.server}/perftest/api/${path}`,
      headers: { authorization: this.run.authorization },
      timeoutMs: REQUEST_TIMEOUT_MS,
      ...(signal && { signal }),
    });
    const text = await response.text();
    if (response.status < 200 || response.status > 299) {
      throw new Error(`the server answers ${response.status}: ${text.slice(0, 500)}`);
    }
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`the server does not answer in JSON: ${text.slice(0, 200)}`);
    }
  }
}
