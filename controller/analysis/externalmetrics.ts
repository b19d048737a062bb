import { refusalText } from '../../model/refusal';
import { Endpoint } from './endpoint';
import { at, listIn, parseAnswer } from './json-answer';
import {
  type ClusterApi,
  type MetricProvider,
  NO_DATA,
  type NoData,
  type ProviderFactory,
  QueryError,
} from './metric-provider';
import { oneValue } from './one-value';

const API = '/apis/external.metrics.k8s.io/v1beta1/namespaces';

/** The external metrics API of Kubernetes. The query is `[<namespace>/]<metric>[?labelSelector=…]`. */
class ExternalMetrics implements MetricProvider {
  constructor(
    private readonly endpoint: Endpoint,
    private readonly headers: () => Promise<Record<string, string>>,
    /** Where the probe looks: the controller may have rights in one namespace only. */
    private readonly probed = 'kube-system',
  ) {}

  async query(rendered: string, signal?: AbortSignal): Promise<number | NoData> {
    const body = await this.ask(rendered, signal);
    const items = listIn(parseAnswer(body), body, 'items');
    return oneValue(items.map((item) => quantityOf(at(item, 'value'))));
  }

  async probe(signal?: AbortSignal): Promise<void> {
    await this.ask(`${this.probed}/dummy-metric`, signal);
  }

  private async ask(query: string, signal: AbortSignal | undefined): Promise<string> {
    const [, namespace = 'default', metric = '', search = ''] =
      /^(?:([^/?]+)\/)?([^/?]+)(?:\?(.*))?$/s.exec(query.trim()) ?? [];
    if (metric === '') {
      throw new QueryError('BadQuery', `the query '${query.trim()}' is not [<namespace>/]<metric>[?labelSelector=…]`);
    }
    const path = `${API}/${encodeURIComponent(namespace)}/${encodeURIComponent(metric)}`;
    const exchange = {
      path,
      search: new URLSearchParams(search),
      headers: await this.headers(),
      reasonIn: (text: string) => statusMessage(text, `GET ${path}`),
    };
    return (await this.endpoint.ask(exchange, signal)).body;
  }
}

/**
 * The controller's own token goes to the cluster's own API only (M6): anyone who may write a template names the
 * address, so another server gets what the template's secret holds.
 */
export const externalmetrics: ProviderFactory = ({ cluster, http, clock }, { spec, secret = {}, namespace }) => {
  const { address = '', insecureSkipVerify = false } = spec;
  const token = secret['token']?.trim();
  const own = token ? async () => ({ authorization: `Bearer ${token}` }) : undefined;
  if (isCluster(address, cluster)) {
    if (cluster === undefined) throw new QueryError('BadAddress', 'there is no cluster to ask: set an address');
    return new ExternalMetrics(
      new Endpoint(http, clock, { address: cluster.server }),
      own ?? (() => cluster.headers()),
      namespace,
    );
  }
  const endpoint = new Endpoint(http, clock, { address, insecureSkipVerify });
  if (own !== undefined) return new ExternalMetrics(endpoint, own);
  throw new QueryError(
    'BadSecret',
    'an address of its own needs a secretRef with the key token: the token of the controller is for its own cluster',
  );
};

/** Names of the API server inside its cluster. */
const CLUSTER_NAMES = /^kubernetes\.default(\.svc(\.[a-z0-9.-]+)?)?$/;

function isCluster(address: string, cluster: ClusterApi | undefined): boolean {
  if (address === '') return true;
  if (cluster === undefined || !URL.canParse(address)) return false;
  const { origin, hostname, protocol } = new URL(address);
  return origin === new URL(cluster.server).origin || (protocol === 'https:' && CLUSTER_NAMES.test(hostname));
}

/** Powers of ten by suffix, and of two. */
const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Record<string, number> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** A Kubernetes quantity: `3`, `1500m`, `1.5Ki`, `2e3`. */
function quantityOf(value: unknown): number | NoData {
  if (value === undefined || value === null) return NO_DATA;
  const [, digits, suffix = ''] = /^([+-]?(?:\d+\.?\d*|\.\d+))([eE][+-]?\d+|[a-zA-Z]*)$/.exec(String(value)) ?? [];
  const twos = BINARY[suffix];
  const tens = DECIMAL[suffix];
  if (digits !== undefined && twos !== undefined) return Number(digits) * 2 ** twos;
  if (digits !== undefined && tens !== undefined) return Number(`${digits}e${tens}`);
  if (digits !== undefined && /^[eE][+-]?\d/.test(suffix)) return Number(digits + suffix);
  throw new QueryError('BadAnswer', `unexpected answer: '${String(value).slice(0, 100)}' is not a quantity`);
}

/** The message of a Kubernetes Status. */
function statusMessage(body: string, what: string): string | undefined {
  try {
    const message = at(JSON.parse(body), 'message');
    return typeof message === 'string' ? refusalText(message.slice(0, 400), what) : undefined;
  } catch {
    return undefined;
  }
}
