/** Shared queries on a real Prometheus: each workload gets what its own query gives, also where the server refuses them. */
import fc from 'fast-check';
import { MetricAsker } from '../../controller/analysis/metric-asker';
import { NO_DATA, type NoData } from '../../controller/analysis/metric-provider';
import { decodeGroupedAnswer, decodeQueryAnswer, workloadKey } from '../../controller/analysis/prometheus-result';
import type { Workload } from '../../controller/analysis/queries';
import { realClock } from '../../controller/clock';
import { undiciHttp } from '../../controller/http';
import type { MetricQuestion } from '../../controller/rollout/question';
import { groupedMetrics, groupedQuery, variablesOf } from '../controller/analysis/grouped-metrics';
import {
  aMesh,
  GROUPED_PROVIDERS,
  type GroupedProvider,
  type Mesh,
  sampledSeries,
  workloadsOf,
} from '../controller/analysis/mesh-series';
import { attachedPlane } from './control-plane/plane';
import { type Prometheus, startPrometheus } from './prometheus';

const { assets } = attachedPlane();

interface Sampled {
  labels: Record<string, string>;
  samples: [number, number][];
}

/** OpenMetrics text; a series that is in several parts is written once, in the order of its times. */
function openMetrics(all: readonly Sampled[]): string {
  const bySeries = new Map<string, [number, number][]>();
  for (const { labels, samples } of all) {
    const { __name__: name, ...others } = labels;
    const braces = Object.entries(others)
      .sort()
      .map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    const series = `${name}{${braces.join(',')}}`;
    bySeries.set(series, [...(bySeries.get(series) ?? []), ...samples]);
  }
  const lines = [...bySeries].flatMap(([series, samples]) =>
    samples.sort(([a], [b]) => a - b).map(([second, value]) => `${series} ${value} ${second}`),
  );
  return [...lines, '# EOF', ''].join('\n');
}

const at =
  (second: number) =>
  ({ labels, samples }: Sampled): Sampled => ({
    labels,
    samples: samples.map(([own, value]) => [second + own, value]),
  });

/** Equal but for the order in which a server adds up. */
function same(got: number | NoData, wanted: number | NoData, what: unknown): void {
  if (typeof got === 'number' && typeof wanted === 'number' && Number.isFinite(wanted)) {
    expect([what, Math.abs(got - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)), got, wanted]).toEqual([
      what,
      true,
      got,
      wanted,
    ]);
  } else expect([what, got]).toEqual([what, wanted]);
}

describe('whatever the mesh counted', () => {
  /** A multiple of two hours, as blocks begin; one hour for each mesh. */
  const BASE_SECONDS = 1_699_999_200;
  const MESHES = 20;
  const seed = Date.now() % 2 ** 31;
  const meshes = new Map(
    GROUPED_PROVIDERS.map((provider) => [provider, fc.sample(aMesh(provider), { seed, numRuns: MESHES })]),
  );
  const timeOf = (index: number) => BASE_SECONDS + index * 3600;
  let prometheus: Prometheus;

  beforeAll(async () => {
    const samples = [...meshes].flatMap(([provider, all]) =>
      all.flatMap((mesh, index) => sampledSeries(provider, mesh).map(at(timeOf(index)))),
    );
    prometheus = await startPrometheus({ assets, openMetrics: openMetrics(samples) });
  });
  afterAll(() => prometheus?.stop());

  async function ask(query: string, atSeconds: number): Promise<string> {
    const body = new URLSearchParams({ query, time: String(atSeconds) });
    return (await fetch(`${prometheus.url}/api/v1/query`, { method: 'POST', body })).text();
  }

  async function compare(provider: GroupedProvider, mesh: Mesh, atSeconds: number): Promise<number> {
    const workloads = workloadsOf(mesh);
    let withData = 0;
    for (const metric of groupedMetrics(provider)) {
      const { labels, of } = groupedQuery(metric, provider, workloads[0]!).grouped!;
      const shared = decodeGroupedAnswer(await ask(of(workloads), atSeconds), labels);
      for (const workload of workloads) {
        const alone = decodeQueryAnswer(await ask(groupedQuery(metric, provider, workload).query, atSeconds));
        same(shared.get(workloadKey(workload)) ?? NO_DATA, alone, { seed, metric, workload, mesh });
        if (alone !== NO_DATA) withData++;
      }
    }
    return withData;
  }

  test.each(GROUPED_PROVIDERS)('%s: every workload gets from a shared query what its own gives', async (provider) => {
    let withData = 0;
    for (const [index, mesh] of meshes.get(provider)!.entries())
      withData += await compare(provider, mesh, timeOf(index) + 120);
    // Most meshes have traffic: the answers are not all "no data".
    expect(withData).toBeGreaterThan(MESHES);
  });
});

describe('forty Canaries that ask at once', () => {
  const workloads: Workload[] = Array.from({ length: 40 }, (_, index) => ({ namespace: 'test', name: `app-${index}` }));
  const mesh: Mesh = workloads.flatMap(({ namespace, name }, index) => [
    { namespace, name, ok: true, grpc: false, perSecond: 10 + index, takes: 0.2 },
    { namespace, name, ok: false, grpc: false, perSecond: index % 3, takes: 0.7 },
  ]);
  const question = (workload: Workload, metricsServer: string): MetricQuestion => ({
    ask: 'metric',
    id: `rate ${workload.name}`,
    source: 'builtin',
    provider: 'istio',
    metric: { name: 'request-success-rate', interval: '1m' },
    metricsServer,
    variables: { ...variablesOf(workload), interval: '1m' },
  });

  /** Their answers, and what Prometheus was asked. */
  async function answersOf(server: string, batching: boolean) {
    const network = undiciHttp();
    const queries: string[] = [];
    const http: typeof network = Object.assign(
      (request: Parameters<typeof network>[0]) => {
        queries.push(request.url);
        return network(request);
      },
      { close: network.close },
    );
    const asker = new MetricAsker({
      http,
      clock: realClock(),
      secret: async () => undefined,
      cluster: { server: 'http://127.0.0.1:1', headers: async () => ({}) },
      batching,
    });
    const answers = await Promise.all(workloads.map((workload) => asker.measure(question(workload, server))));
    await network.close();
    const values = answers.map((answer) => (answer.outcome === 'value' ? answer.value : answer.outcome));
    return { values, queries: queries.length };
  }

  async function served(flags: string[], check: (server: string) => Promise<void>): Promise<void> {
    // Counters that rise evenly from before now until long after: whenever they are asked, the rates are the same.
    const begin = Math.floor(Date.now() / 10_000) * 10 - 120;
    const samples = sampledSeries('istio', mesh, 900).map(at(begin));
    const prometheus = await startPrometheus({ assets, openMetrics: openMetrics(samples), flags });
    try {
      await check(prometheus.url);
    } finally {
      await prometheus.stop();
    }
  }

  const wanted = workloads.map((_, index) => (100 * (10 + index)) / (10 + index + (index % 3)));
  const expectAnswers = (values: readonly unknown[]) => {
    for (const [index, value] of values.entries()) same(value as number, wanted[index]!, workloads[index]);
  };

  test('share one query, and get what forty would give', () =>
    served([], async (server) => {
      const alone = await answersOf(server, false);
      expectAnswers(alone.values);
      expect(alone.queries).toBe(40);
      const shared = await answersOf(server, true);
      expectAnswers(shared.values);
      expect(shared.queries).toBe(1);
    }));

  test('a server that refuses the shared query is asked one by one', () =>
    // So many samples a query may hold: enough for one workload, not for all.
    served(['--query.max-samples=50'], async (server) => {
      const { values, queries } = await answersOf(server, true);
      expectAnswers(values);
      expect(queries).toBe(1 + 40);
    }));
});
