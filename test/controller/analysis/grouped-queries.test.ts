/** A shared query gives each workload what its own query would give, whatever the mesh counted. */
import { parser } from '@prometheus-io/lezer-promql';
import fc from 'fast-check';
import { NO_DATA } from '../../../controller/analysis/metric-provider';
import { decodeGroupedAnswer, decodeQueryAnswer, workloadKey } from '../../../controller/analysis/prometheus-result';
import { builtinQuery } from '../../../controller/analysis/queries';
import { queryApi } from '../../../sandbox/prometheus/query-api';
import { SeriesStore } from '../../../sandbox/prometheus/series';
import { ManualClock } from '../gates/manual-clock';
import { groupedMetrics, groupedQuery, variablesOf } from './grouped-metrics';
import { aMesh, GROUPED_PROVIDERS, sampledSeries, workloadsOf } from './mesh-series';
import { VARIABLES } from './questions';

test.each(GROUPED_PROVIDERS)('%s: every workload gets from a shared query what its own gives', async (provider) => {
  await fc.assert(
    fc.asyncProperty(aMesh(provider), async (mesh) => {
      const ask = server(provider, mesh);
      const workloads = workloadsOf(mesh);
      for (const metric of groupedMetrics(provider)) {
        const { labels, of } = groupedQuery(metric, provider, workloads[0]!).grouped!;
        const shared = decodeGroupedAnswer(await ask(of(workloads)), labels);
        for (const workload of workloads) {
          const alone = decodeQueryAnswer(await ask(groupedQuery(metric, provider, workload).query));
          expect([metric, workload, shared.get(workloadKey(workload)) ?? NO_DATA]).toEqual([metric, workload, alone]);
        }
      }
    }),
    { numRuns: 25 },
  );
});

test.each(GROUPED_PROVIDERS)('%s: the Prometheus grammar accepts shared queries', (provider) => {
  for (const metric of groupedMetrics(provider)) {
    const query = groupedQuery(metric, provider, { namespace: 'test', name: 'a' }).grouped!.of([
      { namespace: 'test', name: 'a' },
      { namespace: 'prod', name: 'b-c' },
    ]);
    expect(parser.parse(query).toString()).not.toContain('⚠');
  }
});

test('a name that means more than itself in a regular expression is asked alone', () => {
  expect(builtinQuery('request-duration', 'istio', variablesOf({ namespace: 'test', name: 'a.b' }))?.grouped).toBe(
    undefined,
  );
});

test('providers whose series name pods or clusters are asked alone', () => {
  for (const provider of ['kubernetes', 'gatewayapi', 'contour', 'traefik']) {
    expect(builtinQuery('request-success-rate', provider, VARIABLES)?.grouped).toBe(undefined);
  }
});

test('questions share a query only with the same metric, provider, window and reporter', () => {
  const kindOf = (metric: string, interval: string, reporter: 'source' | 'destination') =>
    builtinQuery(metric, 'istio', { ...VARIABLES, interval }, reporter)?.grouped?.kind;
  const kinds = ['request-success-rate', 'request-duration'].flatMap((metric) =>
    ['30s', '1m'].flatMap((window) =>
      (['source', 'destination'] as const).map((reporter) => kindOf(metric, window, reporter)),
    ),
  );
  expect(new Set(kinds).size).toBe(8);
});

/** Asks a Prometheus that has the samples of the mesh. */
function server(provider: string, mesh: Parameters<typeof sampledSeries>[1]) {
  const store = new SeriesStore();
  for (const { labels, samples } of sampledSeries(provider, mesh)) {
    for (const [second, value] of samples) store.append(labels, second * 1000, value);
  }
  const http = queryApi({ clock: new ManualClock(120_000), store });
  return async (query: string) => {
    const url = `http://prometheus/api/v1/query?${new URLSearchParams({ query, time: '120' })}`;
    return (await http({ method: 'GET', url })).text();
  };
}
