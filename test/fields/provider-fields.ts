/** MetricTemplates and AlertProviders: where a query goes, and where an alert. */
import { destinationOf } from '../../controller/alerts/destination';
import { MetricAsker } from '../../controller/analysis/metric-asker';
import type { AlertProviderSpec, MetricTemplateSpec } from '../../model/canary';
import { aTemplate, aTemplateQuestion, vector } from '../controller/analysis/questions';
import { ManualClock } from '../controller/gates/manual-clock';
import { scriptedHttp } from '../controller/gates/scripted-http';
import { seenBy, shows, type Table } from './shown';

/** The request that a template comes to. */
async function asked(provider: Partial<MetricTemplateSpec['provider']>, query = 'x', secret = {}) {
  const { http, requests } = scriptedHttp(() => ({ status: 200, body: vector('7') }));
  const clock = new ManualClock();
  const asker = new MetricAsker({
    http,
    clock,
    secret: async (namespace, name) => (secret as Record<string, Record<string, string>>)[`${namespace}/${name}`],
  });
  const measured = await clock.runUntil(asker.measure(aTemplateQuestion(aTemplate(query, provider))));
  return { request: requests[0], measured };
}

const TEMPLATES: Table = {
  'MetricTemplate.spec.provider.type': shows(async () => {
    const { request } = await asked({ type: 'graphite', address: 'http://graphite' });
    expect(request!.url).toContain('http://graphite/render');
  }),
  'MetricTemplate.spec.provider.address': shows(async () =>
    expect((await asked({ address: 'http://mine:1/path' })).request!.url).toMatch(/^http:\/\/mine:1\/path\/api/),
  ),
  'MetricTemplate.spec.provider.headers': shows(async () => {
    const { request } = await asked({ headers: { 'X-Scope-OrgID': ['team'] } });
    expect(Object.entries(request!.headers!).map(([k, v]) => `${k.toLowerCase()} ${v}`)).toContain(
      'x-scope-orgid team',
    );
  }),
  'MetricTemplate.spec.provider.secretRef.name': shows(async () => {
    const { request } = await asked({ secretRef: { name: 's' } }, 'x', { 'monitoring/s': { token: 't' } });
    expect(request!.headers).toMatchObject({ authorization: 'Bearer t' });
  }),
  'MetricTemplate.spec.provider.region': seenBy(
    'controller/analysis/cloudwatch.test.ts',
    'the region and the interval are checked',
  ),
  'MetricTemplate.spec.provider.insecureSkipVerify': shows(async () => {
    const { request } = await asked({ address: 'https://x', insecureSkipVerify: true });
    expect(JSON.stringify(request)).toContain('"insecureSkipVerify":true');
  }),
  'MetricTemplate.spec.query': shows(async () => {
    const { request, measured } = await asked({}, 'sum(x{w="{{ target }}"})');
    expect(new URL(request!.url).searchParams.get('query')).toBe('sum(x{w="podinfo"})');
    expect(measured).toMatchObject({ outcome: 'value', value: 7 });
  }),
};

/** Where alerts go for a provider with this field. */
const goesTo = (spec: Partial<AlertProviderSpec>, effect: object) =>
  shows(async () => {
    const provider = {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'AlertProvider',
      metadata: { name: 'chat', namespace: 'test' },
      spec: { type: 'slack' as const, address: 'http://chat.test/', ...spec },
    };
    const secret = async (namespace: string, name: string) =>
      `${namespace}/${name}` === 'test/s' ? { address: 'http://secret.test/', token: 't' } : undefined;
    expect(await destinationOf(provider, secret)).toMatchObject(effect);
  });

const CHATS: Table = {
  'AlertProvider.spec.type': goesTo({ type: 'discord' }, { type: 'discord' }),
  'AlertProvider.spec.address': goesTo({ address: 'http://a.test/' }, { url: 'http://a.test/' }),
  'AlertProvider.spec.secretRef.name': goesTo({ secretRef: { name: 's' } }, { url: 'http://secret.test/', token: 't' }),
  'AlertProvider.spec.channel': goesTo({ channel: 'ops' }, { channel: 'ops' }),
  'AlertProvider.spec.username': goesTo({ username: 'serin' }, { username: 'serin' }),
  'AlertProvider.spec.proxy': goesTo({ proxy: 'http://proxy:1' }, { proxy: 'http://proxy:1' }),
};

export const PROVIDER_FIELDS: Table = { ...TEMPLATES, ...CHATS };
