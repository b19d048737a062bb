/** Alerts of a release, from the decision to the chat: off the tick, by severity, and a loss is seen. */
import type { Http } from '../../../model/ports';
import type { Cluster } from './cluster';
import { bootstrapped } from './podinfo';

interface Posted {
  url: string;
  body: {
    attachments?: { color: string; text: string; author_name: string; fields: { title: string; value: string }[] }[];
  };
}

/** A chat that answers `status` and remembers what it got. */
function chat(cluster: Cluster, host: string, status = 200): Posted[] {
  const posted: Posted[] = [];
  const handler: Http = async ({ url, body = '' }) => {
    posted.push({ url, body: JSON.parse(body) });
    return {
      status,
      headers: {},
      text: async () => 'ok',
      async *lines() {
        yield 'ok';
      },
    };
  };
  cluster.sandbox.host(host, handler);
  return posted;
}

const provider = (name: string, host: string) => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'AlertProvider',
  metadata: { name, namespace: 'test' },
  spec: { type: 'slack', channel: 'releases', address: `http://${host}/services/T/B/X` },
});

const texts = (posted: Posted[]) => posted.map(({ body }) => body.attachments?.[0]?.text);

test('providers get what their severity asks for, once each', async () => {
  const cluster = await bootstrapped({
    alerts: [
      { name: 'all', providerRef: { name: 'all' } },
      { name: 'bad news', severity: 'error', providerRef: { name: 'errors' } },
    ],
  });
  const all = chat(cluster, 'all.chat.test');
  const errors = chat(cluster, 'errors.chat.test');
  cluster.create(provider('all', 'all.chat.test'));
  cluster.create(provider('errors', 'errors.chat.test'));
  await cluster.clock.advance(1000);
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Succeeded');
  cluster.sandbox.behaviour('*:3.1.2', { errorRate: 0.5 });
  cluster.setImage('stefanprodan/podinfo:3.1.2');
  await cluster.until('Failed');
  await cluster.clock.advance(10_000);
  expect(texts(all)).toEqual([
    'New revision detected, progressing canary analysis.',
    'Canary analysis completed successfully, promotion finished.',
    'New revision detected, progressing canary analysis.',
    'Failed checks threshold reached 5',
  ]);
  expect(texts(errors)).toEqual(['Failed checks threshold reached 5']);
  expect(errors[0]?.body.attachments?.[0]).toMatchObject({ color: 'danger', author_name: 'podinfo.test' });
  expect(all[0]?.body.attachments?.[0]?.fields.map(({ title }) => title)).toEqual([
    'Target',
    'Failed checks threshold',
    'Progress deadline',
    'Traffic routing',
  ]);
  await cluster.stop();
});

test('a chat that is down delays no release, and its loss is an event and a metric', async () => {
  const cluster = await bootstrapped({ alerts: [{ name: 'all', providerRef: { name: 'all' } }] });
  chat(cluster, 'all.chat.test', 500);
  cluster.create(provider('all', 'all.chat.test'));
  await cluster.clock.advance(1000);
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  const tookMs = await cluster.until('Succeeded');
  expect(tookMs).toBeLessThan(80_000);
  await cluster.clock.advance(120_000);
  expect(cluster.events().some((text) => text.startsWith('W') && text.includes('alert'))).toBe(true);
  expect(await cluster.telemetry.exposition()).toMatch(/serin_alerts_total\{type="slack",outcome="failed"\} [1-9]/);
  await cluster.stop();
});

test('a provider that does not exist is said, and stops nothing', async () => {
  const cluster = await bootstrapped({ alerts: [{ name: 'all', providerRef: { name: 'nowhere' } }] });
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Succeeded');
  await cluster.clock.advance(60_000);
  expect(cluster.events().some((text) => text.startsWith('W') && text.includes('nowhere'))).toBe(true);
  await cluster.stop();
});
