/** Single requests to Services of the cluster, for whoever calls them one by one. */
import type { Clock, HttpRequest, HttpResponse } from '../../model/ports';
import { httpResponse } from '../http-response';
import { versionOf } from './identity';
import { outgoingOf } from './load';
import type { Mesh, MeshAnswer } from './mesh';

/** Whether a Service of the cluster has this host name. */
export function isServiceHost(mesh: Mesh, host: string): boolean {
  return mesh.topology.namespaceOf(host) !== undefined;
}

/**
 * Sends one request through the mesh; the answer comes after its latency.
 * @throws Error with code `ETIMEDOUT` or `EABORTED`.
 */
export async function requestService(mesh: Mesh, clock: Clock, request: HttpRequest): Promise<HttpResponse> {
  const { url, method, headers = {} } = request;
  const namespace = mesh.topology.namespaceOf(new URL(url).hostname) ?? 'default';
  const [answer] = mesh.send(outgoingOf({ url, method, headers, namespace }), 1);
  await latency(clock, answer!.latencyMs, request);
  const { pathname } = new URL(url);
  return responseOf(answer!, pathname);
}

function latency(clock: Clock, ms: number, { signal, timeoutMs }: HttpRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (code: string) => reject(Object.assign(new Error(`request failed: ${code}`), { code }));
    if (signal?.aborted) return fail('EABORTED');
    const late = timeoutMs !== undefined && timeoutMs < ms;
    const finish = () => (late ? fail('ETIMEDOUT') : resolve());
    const timer = clock.after(late ? timeoutMs : ms, () => {
      signal?.removeEventListener('abort', abort);
      finish();
    });
    const abort = () => {
      timer.cancel();
      fail('EABORTED');
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function responseOf({ status, pod }: MeshAnswer, path: string): HttpResponse {
  const body = pod ? bodyOf(path, status, pod.metadata.name, versionOf(pod)) : 'no healthy upstream';
  const type = body.startsWith('{') ? 'application/json; charset=utf-8' : 'text/plain';
  return httpResponse(status, type, body);
}

function bodyOf(path: string, status: number, hostname: string, image: string): string {
  if (/^\/status\//.test(path)) return JSON.stringify({ status });
  if (status >= 500) return JSON.stringify({ code: status, message: 'Internal Server Error' });
  if (path === '/token') return JSON.stringify({ token: `sandbox-${hostname}`, expires_at: '2030-01-01T00:00:00Z' });
  if (path === '/healthz' || path === '/readyz') return JSON.stringify({ status: 'OK' });
  const version = /:([^:/]+)$/.exec(image)?.[1] ?? 'latest';
  return JSON.stringify({ hostname, version, message: `greetings from ${image}` });
}
