import type { Clock, Http } from '../model/ports';
import type { Mesh } from './mesh/mesh';
import { isServiceHost, requestService } from './mesh/service-http';

const API_HOSTS = new Set(['sandbox.local', 'kubernetes.default', 'kubernetes.default.svc']);
const PROMETHEUS_HOST = /^prometheus(\.istio-system(\.svc(\.cluster\.local)?)?)?$/;

/** Who can be reached by name. */
export interface Network {
  clock: Clock;
  hosts: Map<string, Http>;
  api: Http;
  prometheus: Http;
  /** Undefined while the proxies do not run. */
  mesh: () => Mesh | undefined;
}

/** One `Http` for all hosts; servers of one's own come first. */
export function network({ clock, hosts, api, prometheus, mesh }: Network): Http {
  return async (request) => {
    const { hostname, host } = new URL(request.url);
    const own = hosts.get(host) ?? hosts.get(hostname);
    if (own) return own(request);
    if (API_HOSTS.has(hostname)) return api(request);
    if (PROMETHEUS_HOST.test(hostname)) return prometheus(request);
    const proxies = mesh();
    if (proxies && isServiceHost(proxies, hostname)) return requestService(proxies, clock, request);
    throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' });
  };
}
