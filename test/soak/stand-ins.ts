/** What a controller asks beside the API server, on real sockets: a Prometheus, hooks and a chat. */
import type { HttpRequest, HttpResponse } from '../../model/ports';
import { httpResponse } from '../../sandbox/http-response';

const json = (body: object): HttpResponse => httpResponse(200, 'application/json', JSON.stringify(body));

const vector = (result: object[]): HttpResponse => json({ status: 'success', data: { resultType: 'vector', result } });

const GROUP = ['destination_workload_namespace', 'destination_workload'];

/**
 * Answers the built-in queries of Istio: 100 for every workload that is asked for, 0 for those that fail.
 * @param fails whether the release of this workload is a bad one
 */
export const prometheus =
  (fails: (workload: string) => boolean) =>
  async ({ url, body }: HttpRequest): Promise<HttpResponse> => {
    const query = new URLSearchParams(body || new URL(url).search).get('query') ?? '';
    if (query === 'vector(1)') return vector([{ metric: {}, value: [0, '1'] }]);
    const share = (workload: string) => [0, fails(workload) ? '0' : '100'];
    const named = (label: string) => new RegExp(`${label}=~"([^"]+)"`).exec(query)?.[1]?.split('|') ?? [];
    const workloads = named('destination_workload');
    if (!query.includes('by (')) return vector([{ metric: {}, value: share(workloads[0] ?? '') }]);
    const [namespace = ''] = named('destination_workload_namespace');
    const labels = (workload: string) => Object.fromEntries(GROUP.map((name, i) => [name, [namespace, workload][i]]));
    return vector(workloads.map((workload) => ({ metric: labels(workload), value: share(workload) })));
  };

/** Hooks pass, chats are content; counted by path. */
export class Listener {
  readonly calls = new Map<string, number>();

  readonly handle = async ({ url }: HttpRequest): Promise<HttpResponse> => {
    const { pathname } = new URL(url);
    this.calls.set(pathname, (this.calls.get(pathname) ?? 0) + 1);
    return httpResponse(200, 'text/plain', 'ok');
  };
}
