/** Answers as HTTP responses that never leave the process. */
import { stringify } from 'yaml';
import type { HttpResponse } from '../../model/ports';
import { httpResponse } from '../http-response';
import type { LineStream } from './line-stream';

/** An answer: a body, or a stream of lines. */
export interface Reply {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  yaml?: boolean;
  /** Instead of a body: a watch. */
  stream?: LineStream;
}

/** Turns an answer into a response; a string body is plain text. */
export function response({ status, body, headers = {}, yaml = false }: Reply): HttpResponse {
  const plain = typeof body === 'string';
  const type = plain ? 'text/plain; charset=utf-8' : yaml ? 'application/yaml' : 'application/json';
  const text = plain ? body : yaml ? stringify(body) : `${JSON.stringify(body)}\n`;
  return httpResponse(status, type, text, headers);
}
