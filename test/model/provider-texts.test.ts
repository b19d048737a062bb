/** What users read of a MetricTemplate and an AlertProvider that cannot work. */
import type { AlertProvider, MetricTemplate } from '../../model/canary';
import { problemText, validateAlertProvider, validateMetricTemplate } from '../../model/validate';

const template = (provider: object, query: unknown = 'up') =>
  ({ metadata: { name: 't' }, spec: { provider, query } }) as unknown as MetricTemplate;
const alerts = (spec: unknown) => ({ metadata: { name: 'p' }, spec }) as unknown as AlertProvider;
const text = (length: number) => 'x'.repeat(length);
const URL_REMEDY = 'write it like http://prometheus:9090';

test.each<[object, string[]]>([
  ...['prometheus', 'influxdb', 'graphite'].map((type): [object, string[]] => [
    { type },
    [`spec.provider.address: is missing: provider ${type} needs its base URL`],
  ]),
  ...['datadog', 'newrelic', 'stackdriver'].map((type): [object, string[]] => [
    { type },
    [`spec.provider.secretRef: is missing: provider ${type} needs a Secret with its credentials`],
  ]),
  ...['dynatrace', 'splunk'].map((type): [object, string[]] => [
    { type },
    [
      `spec.provider.address: is missing: provider ${type} needs its base URL`,
      `spec.provider.secretRef: is missing: provider ${type} needs a Secret with its credentials`,
    ],
  ]),
  [{ type: 'cloudwatch' }, ['spec.provider.region: is missing: provider cloudwatch needs a region']],
  [{ type: 'cloudwatch', region: text(64) }, []],
  [{ type: 'keptn' }, []],
  [
    { type: 'prometheus', address: 'wss://p' },
    [`spec.provider.address: must be an absolute URL of http, https ("wss://p"): ${URL_REMEDY}`],
  ],
  [
    { type: 'splunk', address: 'ftp://p', secretRef: { name: 's' } },
    [`spec.provider.address: must be an absolute URL of http, https, wss ("ftp://p"): ${URL_REMEDY}`],
  ],
  [
    { type: 'prometheus', address: 5, secretRef: {} },
    [
      'spec.provider.address: must be a text (5): write address as a string',
      'spec.provider.secretRef.name: is missing: set name',
    ],
  ],
])('template of %j', (provider, texts) => {
  expect(validateMetricTemplate(template(provider)).map(problemText)).toEqual(texts);
});

test.each([
  [64, 65, 'region', 64],
  [2048, 2049, 'address', 2048],
])('%d characters are enough, %d too many for %s', (good, bad, field, most) => {
  const of = (length: number) => template({ type: 'keptn', [field]: text(length) });
  expect(validateMetricTemplate(of(good))).toEqual([]);
  expect(validateMetricTemplate(of(bad)).map(({ message }) => message)).toEqual([
    `must have at most ${most} characters`,
  ]);
});

test.each([
  [65_536, []],
  [65_537, ['must have at most 65536 characters']],
])('a query of %d characters', (length, messages) => {
  expect(validateMetricTemplate(template({ type: 'keptn' }, text(length))).map(({ message }) => message)).toEqual(
    messages,
  );
});

test.each<[object, string[]]>([
  ...['slack', 'msteams', 'discord', 'rocket', 'gchat'].map((type): [object, string[]] => [{ type, address: 'x' }, []]),
  [
    { type: 'irc', address: 'x' },
    ['spec.type: is not a known value ("irc"): use one of slack, msteams, discord, rocket, gchat'],
  ],
  [{ address: 'x' }, ['spec.type: is missing: set type']],
  [{ type: 'slack' }, ['spec.address: is missing: set address or secretRef']],
  [{ type: 'slack', secretRef: {} }, ['spec.secretRef.name: is missing: set name']],
  [
    { type: 'slack', address: 'x', channel: 1, username: 2, proxy: 3 },
    [
      'spec.proxy: must be a text (3): write proxy as a string',
      'spec.channel: must be a text (1): write channel as a string',
      'spec.username: must be a text (2): write username as a string',
    ],
  ],
])('alert provider of %j', (spec, texts) => {
  expect(validateAlertProvider(alerts(spec)).map(problemText)).toEqual(texts);
});

test.each(['address', 'proxy'])('%s has at most 2048 characters', (field) => {
  const of = (length: number) => alerts({ type: 'slack', secretRef: { name: 's' }, [field]: text(length) });
  expect(validateAlertProvider(of(2048))).toEqual([]);
  expect(validateAlertProvider(of(2049)).map(({ path }) => path)).toEqual([`spec.${field}`]);
});
