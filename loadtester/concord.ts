/** Runs a flow of a Concord server and waits for its end (https://concord.walmartlabs.com/docs/api/process.html). */

import { pause } from '../model/patience';
import type { Clock, Http, HttpResponse } from '../model/ports';
import type { ReadKey } from './key-file';
import { type Metadata, required, serverUrl, wholeNumber } from './metadata';

export interface ConcordRun {
  server: string;
  /** Fields of the form that starts the process. */
  form: Record<string, string>;
  apiKeyPath: string;
  pollIntervalMs: number;
  /** From the start of the process to its end, not of one poll (L3). */
  deadlineMs: number;
}

const REQUEST_TIMEOUT_MS = 60_000;
const FAILED = ['FAILED', 'CANCELLED', 'TIMED_OUT'];

/** @throws TaskRefused */
export function parseConcord(metadata: Metadata): ConcordRun {
  const own = Object.entries(metadata).filter(([key]) => key.startsWith('arguments.'));
  return {
    server: serverUrl(metadata),
    form: {
      ...Object.fromEntries(own),
      org: required(metadata, 'org'),
      project: required(metadata, 'project'),
      repo: required(metadata, 'repo'),
      entryPoint: required(metadata, 'entrypoint'),
      // always the endpoint of this hook, whatever arguments.endpoint says
      'arguments.endpoint': required(metadata, 'endpoint'),
    },
    apiKeyPath: required(metadata, 'apiKeyPath'),
    pollIntervalMs: wholeNumber(metadata, 'pollInterval', 5) * 1000,
    deadlineMs: wholeNumber(metadata, 'pollTimeout', 30) * 1000,
  };
}

export interface ConcordSurroundings {
  http: Http;
  clock: Clock;
  readKey: ReadKey;
}

/** Resolves when the process is FINISHED. @throws Error that says how it ended instead. */
export async function runConcord(run: ConcordRun, around: ConcordSurroundings, signal: AbortSignal): Promise<void> {
  const { clock } = around;
  const authorization = await around.readKey(run.apiKeyPath);
  const deadline = clock.now() + run.deadlineMs;
  const id = await start(run, around.http, authorization, signal);
  for (let status = ''; status !== 'FINISHED'; ) {
    const leftMs = deadline - clock.now();
    if (leftMs <= 0) throw new Error(`process ${id} is ${status || 'not known'} after ${run.deadlineMs / 1000}s`);
    await pause(clock, Math.min(run.pollIntervalMs, leftMs), signal);
    if (signal.aborted) throw new Error(String(signal.reason));
    status = await poll(run, around.http, id, authorization, signal);
    if (FAILED.includes(status)) throw new Error(`process ${id} is ${status}`);
  }
}

async function start({ server, form }: ConcordRun, http: Http, authorization: string, signal: AbortSignal) {
  const { type, body } = multipart(form);
  const url = `${server}/api/v1/process`;
  const headers = { authorization, 'content-type': type };
  const answer = await json(await http({ method: 'POST', url, headers, body, signal, timeoutMs: REQUEST_TIMEOUT_MS }));
  const id = answer['instanceId'];
  if (typeof id !== 'string' || !/^[\w-]+$/.test(id)) throw new Error('the server started no process');
  return id;
}

async function poll({ server }: ConcordRun, http: Http, id: string, authorization: string, signal: AbortSignal) {
  const url = `${server}/api/v1/process/${id}`;
  const request = { method: 'GET', url, headers: { authorization }, signal, timeoutMs: REQUEST_TIMEOUT_MS };
  return String((await json(await http(request)))['status']);
}

async function json(response: HttpResponse): Promise<Record<string, unknown>> {
  const text = await response.text();
  if (response.status < 200 || response.status > 299) {
    throw new Error(`the server answers ${response.status}: ${text.slice(0, 500)}`);
  }
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    throw new Error(`the server does not answer in JSON: ${text.slice(0, 200)}`);
  }
}

function multipart(form: Record<string, string>): { type: string; body: string } {
  let boundary = 'serin-form-data';
  while (Object.values(form).some((value) => value.includes(boundary))) boundary += '-';
  const name = (key: string) => key.replace(/"/g, '%22').replace(/[\r\n]/g, ' ');
  const parts = Object.entries(form).map(
    ([key, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name(key)}"\r\n\r\n${value}\r\n`,
  );
  return { type: `multipart/form-data; boundary=${boundary}`, body: `${parts.join('')}--${boundary}--\r\n` };
}
