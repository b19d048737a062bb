/**
 * Secrets are sentinels here: each provider, chat and hook gets one, each server echoes what it was sent, and nothing that
 * anybody can read may have one in it, however it is spelled: events, statuses, logs, metrics, errors.
 */
import { AlertQueue } from '../../controller/alerts/alert-queue';
import { globalNotifier } from '../../controller/alerts/global-notifier';
import { MetricAsker } from '../../controller/analysis/metric-asker';
import type { ProviderType } from '../../controller/analysis/metric-provider';
import { callWebhook } from '../../controller/gates/call-webhook';
import { Telemetry } from '../../controller/telemetry/metrics';
import type { AlertProvider, Canary } from '../../model/canary';
import type { HttpRequest } from '../../model/ports';
import { aQuestion, aTemplate, aTemplateQuestion } from '../controller/analysis/questions';
import { ManualClock } from '../controller/gates/manual-clock';
import { bootstrapped } from '../controller/sandbox/podinfo';
import { aCanary } from '../fixtures';
import { echoing, FAILURES, SENTINEL, told } from './sentinels';

const DATA: Record<string, string> = Object.fromEntries(
  [
    ...['token', 'password', 'datadog_api_key', 'datadog_application_key', 'newrelic_query_key', 'dynatrace_token'],
    ...['sf_token_key', 'clientKey', 'aws_secret_access_key', 'serviceAccountKey'],
  ].map((key) => [key, `${SENTINEL}-${key}`]),
);

const PROVIDERS: ProviderType[] = [
  'prometheus',
  'datadog',
  'newrelic',
  'graphite',
  'influxdb',
  'dynatrace',
  'externalmetrics',
];

const cases = PROVIDERS.flatMap((type) => FAILURES.map((status) => [type, status] as const));

test.each(cases)('a metric server of %s that echoes with %d', async (type, status) => {
  const clock = new ManualClock();
  const sent: HttpRequest[] = [];
  const data: Record<string, string> = { ...DATA, username: 'u', org: 'o', newrelic_account_id: '1' };
  const usable = type === 'prometheus' ? { token: data['token']! } : data;
  const asker = new MetricAsker({ http: echoing(status, sent), clock, secret: async () => usable });
  const address = 'https://vendor.test/';
  const template = aTemplate('x', { type, address, secretRef: { name: 's' } });
  const question = aTemplateQuestion(template);
  const measured = await clock.runUntil(asker.measure(question));
  const probed = await clock.runUntil(asker.probe([question]));
  expect(told(JSON.stringify(sent))).not.toEqual([]);
  expect(told(JSON.stringify([measured, probed]))).toEqual([]);
});

test.each([
  'http://u:S3NTINEL-url@prometheus:9090',
  'htp://u:S3NTINEL-url@prometheus',
  'http//u:S3NTINEL-url@x',
  'http://S3NTINEL-url@prometheus',
])('the metrics server %s of a Canary and of a template', async (address) => {
  for (const status of FAILURES) {
    const clock = new ManualClock();
    const asker = new MetricAsker({ http: echoing(status), clock, secret: async () => undefined });
    const builtin = aQuestion({ name: 'request-success-rate' }, { metricsServer: address });
    const template = aTemplateQuestion(aTemplate('x', { address }));
    const answers = [
      await clock.runUntil(asker.measure(builtin)),
      await clock.runUntil(asker.probe([builtin])),
      await clock.runUntil(asker.measure(template)),
    ];
    expect(told(JSON.stringify(answers))).toEqual([]);
  }
});

test('headers of a template', async () => {
  const clock = new ManualClock();
  const asker = new MetricAsker({ http: echoing(401), clock, secret: async () => undefined });
  const headers = { Authorization: [`Bearer ${SENTINEL}-header`], 'X-Api-Key': [`${SENTINEL}-key`] };
  const measured = await clock.runUntil(asker.measure(aTemplateQuestion(aTemplate('x', { headers }))));
  expect(measured.outcome).toBe('error');
  expect(told(JSON.stringify(measured))).toEqual([]);
});

test.each([
  'http://u:S3NTINEL-url@hooks.test/',
  'http://hooks.test/?token=S3NTINEL',
  'http://S3NTINEL@hooks.test/',
  'u:S3NTINEL-url@hooks.test',
])('the webhook %s', async (url) => {
  const payload = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: '' };
  for (const status of FAILURES.filter((code) => code !== 200)) {
    const clock = new ManualClock();
    const options = { signingKey: `${SENTINEL}-signing-key` };
    const webhook = { name: 'g', url, retries: 1 };
    const answer = await clock.runUntil(callWebhook(echoing(status), clock, webhook, payload, options));
    expect(answer.passed).toBe(false);
    expect(told(JSON.stringify(answer))).toEqual([]);
  }
});

test.each(['slack', 'msteams', 'discord', 'rocket', 'gchat'] as const)('a chat of type %s', async (type) => {
  for (const status of FAILURES) {
    const clock = new ManualClock();
    const said: string[] = [];
    const telemetry = new Telemetry();
    const provider = {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'AlertProvider',
      metadata: { name: 'chat', namespace: 'test' },
      spec: {
        type,
        channel: 'c',
        username: 'serin',
        secretRef: { name: 's' },
        proxy: `http://u:${SENTINEL}-url@proxy:1`,
      },
    } as AlertProvider;
    const queue = new AlertQueue({
      http: echoing(status),
      clock,
      provider: () => provider,
      secret: async () => ({ address: `https://chat.test/services/${SENTINEL}-path`, token: `${SENTINEL}-token` }),
      onFailure: (_canary, text) => said.push(text),
      onOutcome: (of, outcome) => telemetry.alertOutcome(of, outcome),
    });
    const canary: Canary = aCanary({ alerts: [{ name: 'a', severity: 'info', providerRef: { name: 'chat' } }] });
    queue.enqueue(canary, { severity: 'error', message: 'failed', withMetadata: true }, 'run');
    await clock.runUntil(queue.flush());
    expect(told(said.join('\n') + (await telemetry.exposition()))).toEqual([]);
  }
});

test('flags that cannot be used are named, not shown', () => {
  const flags = { 'slack-url': `htp://${SENTINEL}`, 'slack-channel': 'c', 'slack-token': SENTINEL };
  let text = '';
  try {
    globalNotifier(flags);
  } catch (error) {
    text = String(error);
  }
  expect(text).toContain('--slack-url');
  expect(told(text)).toEqual([]);
});

test('the whole controller through a failed run, in everything that it leaves: objects, events, logs, metrics', async () => {
  const log: string[] = [];
  const webhooks = [
    { name: 'gate', type: 'rollout' as const, url: `http://u:${SENTINEL}-url@hooks.test/?key=${SENTINEL}` },
    { name: 'events', type: 'event' as const, url: `http://u:${SENTINEL}-url@hooks.test/events` },
  ];
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'test' }, type: 'Opaque' };
  const coded = Buffer.from(`${SENTINEL}-token`).toString('base64');
  const metrics = [{ name: 'mine', templateRef: { name: 'mine' }, thresholdRange: { max: 1 } }];
  const alerts = [{ name: 'a', severity: 'info' as const, providerRef: { name: 'chat' } }];
  const cluster = await bootstrapped(
    { webhooks, metrics, alerts, threshold: 2 },
    undefined,
    { ...secret, data: { token: coded, address: Buffer.from(`http://chat.test/${SENTINEL}-path`).toString('base64') } },
    {},
    { log: (line) => log.push(line) },
  );
  for (const host of ['hooks.test', 'vendor.test', 'chat.test']) cluster.sandbox.host(host, echoing(500));
  const meta = (name: string) => ({ metadata: { name, namespace: 'test' }, apiVersion: 'flagger.app/v1beta1' });
  const provider = { type: 'prometheus', address: 'http://vendor.test', secretRef: { name: 's' } };
  cluster.create({ ...meta('mine'), kind: 'MetricTemplate', spec: { provider, query: 'up' } });
  cluster.create({
    ...meta('chat'),
    kind: 'AlertProvider',
    spec: { type: 'slack', channel: 'c', secretRef: { name: 's' } },
  });
  await cluster.clock.advance(1000);
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Failed');
  await cluster.clock.advance(300_000);
  expect(cluster.events().join('\n')).toContain('external check gate failed');
  expect(cluster.events().join('\n')).toContain('was not delivered to');
  const left = [cluster.events().join('\n'), JSON.stringify(cluster.status), log.join('\n')];
  left.push(await cluster.telemetry.exposition());
  expect(left.map(told)).toEqual([[], [], [], []]);
  await cluster.stop();
}, 120_000);
