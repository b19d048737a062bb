/** Reads objects from the API server: GET and nothing else. */
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { KubeObject } from '../model/kube';
import { credentialsOf, pem } from './credentials';
import type { Access } from './kubeconfig';

/** The API server's own word. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    /** Of HTTP. */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The object at a path; undefined when it is not there. @throws ApiError and Node's own errors */
export type ReadObject = (path: string, signal: AbortSignal) => Promise<KubeObject | undefined>;

export function apiReader(access: Access, now: () => number): ReadObject {
  const credentials = credentialsOf(access, now);
  const { cluster } = access;
  const ca = pem(access, cluster, 'certificate-authority');
  const trust = {
    ...(ca !== undefined && { ca }),
    ...(typeof cluster['tls-server-name'] === 'string' && { servername: cluster['tls-server-name'] }),
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
  };
  return async (path, signal) => {
    const { authorization, cert, key } = await credentials();
    const headers = { accept: 'application/json', ...(authorization && { authorization }) };
    const options = { headers, signal, ...trust, ...(cert && { cert }), ...(key && { key }) };
    const { status, body } = await get(`${access.server}${path}`, options);
    if (status === 404) return undefined;
    if (status !== 200) throw new ApiError(status, `GET ${path}: ${status} ${messageIn(body)}`);
    return JSON.parse(body) as KubeObject;
  };
}

type Options = Parameters<typeof tlsRequest>[1] & object;

function get(url: string, options: Options): Promise<{ status: number; body: string }> {
  const request = url.startsWith('http:') ? plainRequest : tlsRequest;
  return new Promise((done, fail) => {
    const sent = request(url, options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', fail);
      response.on('end', () => done({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }));
    });
    sent.on('error', fail);
    sent.end();
  });
}

/** Of a `Status` object, or the start of whatever a proxy said. */
function messageIn(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message ?? '');
  } catch {
    return body.slice(0, 200);
  }
}
