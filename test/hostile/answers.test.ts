/** What servers answer: metric servers that send anything, webhooks that send anything. A verdict each, never an exception. */
import fc from 'fast-check';
import { MetricAsker } from '../../controller/analysis/metric-asker';
import { QueryError } from '../../controller/analysis/metric-provider';
import { decodeQueryAnswer } from '../../controller/analysis/prometheus-result';
import { callWebhook } from '../../controller/gates/call-webhook';
import { aTemplate, aTemplateQuestion } from '../controller/analysis/questions';
import { ManualClock } from '../controller/gates/manual-clock';
import { type Reply, scriptedHttp } from '../controller/gates/scripted-http';
import { expectNoPollution, LIMIT_MS, nastyJson, nastyText, tried } from './cases';

/** Answers in the shape of Prometheus with something wrong in it, and others. */
const body: fc.Arbitrary<string> = fc.oneof(
  nastyText,
  nastyJson.map((value) => JSON.stringify(value)),
  fc
    .tuple(fc.constantFrom('vector', 'scalar', 'matrix', 'string', '__proto__'), nastyJson)
    .map(([resultType, result]) => JSON.stringify({ status: 'success', data: { resultType, result } })),
  fc
    .tuple(nastyJson, nastyJson)
    .map(([metric, value]) =>
      JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [{ metric, value }] } }),
    ),
  nastyText.map((value) =>
    JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [1, value] }] } }),
  ),
  fc.constantFrom('['.repeat(100_000), `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`),
);

test(
  '1,500 answers of Prometheus: a number, no data, or an error that says so',
  () => {
    fc.assert(
      fc.property(body, (text) => {
        try {
          const value = decodeQueryAnswer(text);
          expect(value === 'noData' || Number.isFinite(value)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(QueryError);
          expect((error as Error).message.length).toBeLessThan(1000);
          expect((error as Error).message).not.toMatch(/[\n\r]/);
        }
        expectNoPollution();
      }),
      tried(1500),
    );
  },
  LIMIT_MS,
);

const SECRETS = {
  token: 'SENTINEL-token',
  org: 'o',
  username: 'u',
  password: 'SENTINEL-password',
  datadog_api_key: 'SENTINEL-api',
  datadog_application_key: 'SENTINEL-app',
  newrelic_account_id: '1',
  newrelic_query_key: 'SENTINEL-query',
  dynatrace_token: 'SENTINEL-dynatrace',
};

const TYPES = ['prometheus', 'datadog', 'newrelic', 'graphite', 'influxdb', 'dynatrace', 'externalmetrics'] as const;

const reply: fc.Arbitrary<Reply> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ status: fc.constantFrom(200, 200, 201, 204), body }) },
  { weight: 2, arbitrary: fc.record({ status: fc.constantFrom(400, 401, 403, 404, 429, 500, 503), body }) },
  {
    weight: 1,
    arbitrary: fc.record({
      status: fc.constantFrom(301, 302, 307, 308),
      headers: fc.oneof(
        nastyText.map((location) => ({ location })),
        fc.constantFrom(
          { location: 'http://169.254.169.254/latest/meta-data' },
          { location: 'file:///etc/passwd' },
          { location: '//other.example.com/' },
          { location: '/' },
          { location: 'http://hooks.test:1/' },
        ),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EBODYTOOLONG').map((error) => ({ error })),
  },
);

test(
  '1,000 answers to seven metric providers: a measurement each, one server asked, no secret told',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...TYPES), reply, async (type, answer) => {
        const { http, requests } = scriptedHttp(() => answer);
        const clock = new ManualClock();
        const asker = new MetricAsker({ http, clock, secret: async () => SECRETS });
        const template = aTemplate('x', { type, address: 'https://vendor.test', secretRef: { name: 's' } });
        const measured = await clock.runUntil(asker.measure(aTemplateQuestion(template)));
        expect(['value', 'noData', 'error']).toContain(measured.outcome);
        expect(JSON.stringify(measured)).not.toContain('SENTINEL');
        if (measured.outcome === 'value') expect(Number.isFinite(measured.value)).toBe(true);
        for (const { url } of requests) expect(new URL(url).host).toBe('vendor.test');
        expectNoPollution();
      }),
      tried(1000),
    );
  },
  LIMIT_MS,
);

test(
  '1,500 answers to webhooks: yes or a reason each, and no host but the one that was named',
  async () => {
    const payload = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: '' };
    await fc.assert(
      fc.asyncProperty(
        fc.array(reply, { minLength: 1, maxLength: 4 }),
        fc.nat({ max: 3 }),
        async (replies, retries) => {
          const { http, requests } = scriptedHttp((_request, index) => replies[index % replies.length]!);
          const clock = new ManualClock();
          const webhook = { name: 'g', url: 'http://u:SENTINEL-password@hooks.test/gate', retries };
          const answer = await clock.runUntil(callWebhook(http, clock, webhook, payload));
          if (!answer.passed) expect(typeof answer.error).toBe('string');
          expect(JSON.stringify(answer)).not.toContain('SENTINEL-password');
          for (const { url } of requests) expect(new URL(url).host).toBe('hooks.test');
        },
      ),
      tried(1500),
    );
  },
  LIMIT_MS,
);
