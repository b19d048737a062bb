/** What docs/metrics says of credentials and queries: the provider takes them. */
import type { ProviderGiven, ProviderType } from '../../controller/analysis/metric-provider';
import { providerFactories } from '../../controller/analysis/providers';
import { renderQuery } from '../../controller/analysis/render-query';
import { judge } from '../../controller/rollout/verdict';
import type { Canary, MetricTemplate } from '../../model/canary';
import { VirtualClock } from '../../sandbox/clock';
import { createSandbox, PROMETHEUS_URL } from '../../sandbox/world';
import { folder, objectOf, type Page, page, textsOf } from './pages';

const VARIABLES = {
  name: 'podinfo',
  namespace: 'test',
  target: 'podinfo',
  service: 'podinfo',
  ingress: 'podinfo',
  route: 'podinfo',
};

const pages = folder('metrics').map((shown) => [shown.path, shown] as const);

/** The keys that the page's `kubectl create secret` puts into the Secret of the template; undefined without one. */
function secretOf(shown: Page, name: string | undefined): Record<string, string> | undefined {
  const [command] = textsOf(shown, 'bash').filter((text) => text.includes('create secret'));
  if (name === undefined) return undefined;
  expect(command).toContain(`create secret generic ${name} `);
  const keys = [...(command ?? '').matchAll(/--from-literal=(\w+)=/g)].map(([, key = '']) => [key, 'value']);
  return Object.fromEntries(keys);
}

describe.each(pages)('docs/%s', (_, shown) => {
  const { spec } = objectOf<MetricTemplate>(shown, 'MetricTemplate');
  const [metric] = objectOf<Canary>(shown, 'Canary').spec.analysis.metrics!;
  const interval = metric!.interval!;
  const secret = secretOf(shown, spec.provider.secretRef?.name);
  const given: ProviderGiven = { spec: spec.provider, interval, ...(secret && { secret }) };

  const rendered = () => {
    const variables = { ...VARIABLES, interval, variables: metric?.templateVariables ?? {} };
    return renderQuery(spec.query, variables, spec.provider.type as ProviderType);
  };

  it('has a query that can be rendered', () => {
    expect(rendered()).not.toMatch(/\{\{|\}\}/);
    if (spec.provider.type === 'cloudwatch') expect(JSON.parse(rendered())).toBeInstanceOf(Array);
  });

  it('shows the text of a failed check as it is', () => {
    const [shownText, value = ''] =
      /`Halt podinfo\.test advancement \S+ (\d+\.\d\d) [<>] [\d.]+`/.exec(shown.text) ?? [];
    const variables = { ...VARIABLES, interval, variables: {} };
    const question = { ask: 'metric', id: 'm', metric: metric!, source: 'template', provider: 'istio' } as const;
    const { verdict, message } = judge(
      { ...question, metricsServer: '', variables },
      { outcome: 'value', value: Number(value), query: '' },
      'podinfo.test',
    );
    expect([verdict, `\`${message}\``]).toEqual(['fail', shownText]);
  });

  it('has all credentials, and gets as far as the network', async () => {
    const urls: string[] = [];
    const ports = {
      clock: new VirtualClock(),
      http: async ({ url }: { url: string }) => {
        urls.push(url);
        throw Object.assign(new Error('no network here'), { code: 'ECONNREFUSED' });
      },
      openSocket: async (url: string) => {
        urls.push(url);
        throw Object.assign(new Error('no network here'), { code: 'ECONNREFUSED' });
      },
      cluster: { server: 'https://kubernetes.default.svc', headers: async () => ({}) },
    };
    const provider = providerFactories()[spec.provider.type](ports, given);
    // Their credentials are the environment's, which tests have none of.
    if (['cloudwatch', 'stackdriver'].includes(spec.provider.type)) return;
    await expect(provider.query(rendered())).rejects.toMatchObject({ code: 'Unreachable' });
    expect(urls).toHaveLength(1);
  });
});

it('docs/metrics/prometheus.md has a query that Prometheus can parse', async () => {
  const { spec } = objectOf<MetricTemplate>(page('metrics/prometheus.md'), 'MetricTemplate');
  const query = renderQuery(spec.query, { ...VARIABLES, interval: '1m', variables: { status: '404' } });
  const { http } = createSandbox({ clock: new VirtualClock() });
  const answer = await http({
    method: 'GET',
    url: `${PROMETHEUS_URL}/api/v1/query?query=${encodeURIComponent(query)}`,
  });
  expect(JSON.parse(await answer.text())).toMatchObject({ status: 'success', data: { result: [] } });
});

it('there is a page for each provider that works', () => {
  const shown = pages.map(([, one]) => objectOf<MetricTemplate>(one, 'MetricTemplate').spec.provider.type);
  const archived = ['keptn'];
  expect([...shown, ...archived].sort()).toEqual(Object.keys(providerFactories()).sort());
});
