/** Alerts and webhooks of `spec.analysis`: who is told, and who is asked. */
import { AlertQueue } from '../../controller/alerts/alert-queue';
import { NO_ANSWERS } from '../../controller/asking';
import { callWebhook } from '../../controller/gates/call-webhook';
import { throughGates } from '../../controller/rollout/gates';
import type { AlertProvider, CanaryWebhook } from '../../model/canary';
import { ManualClock } from '../controller/gates/manual-clock';
import { inTurn } from '../controller/gates/scripted-http';
import { underWay } from '../controller/rollout/staged';
import { aCanary, aHook } from '../fixtures';
import { seenOf } from './analysis-fields';
import { shows, type Table } from './shown';

/** What a call of a hook with this field sends. */
async function called(field: Partial<CanaryWebhook>, ...replies: Parameters<typeof inTurn>) {
  const { http, requests } = inTurn(...replies);
  const clock = new ManualClock();
  const began = clock.now();
  const payload = { name: 'podinfo', namespace: 'test', phase: 'Progressing' as const, checksum: 'c' };
  const answer = await clock.runUntil(callWebhook(http, clock, aHook('h', 'rollout', field), payload));
  return { answer, requests, tookMs: clock.now() - began };
}

/** The question that asks a gate with this field. */
function payloadOf(field: Partial<CanaryWebhook>) {
  const seen = seenOf(aCanary({ webhooks: [aHook('h', 'rollout', field)] }));
  const gates = throughGates(seen, NO_ANSWERS, 'rollout', { phase: 'Progressing', checksum: 'c' });
  if (gates.state !== 'asking') throw new Error('nothing is asked');
  return gates.question;
}

/** Chats that hear of a warning. */
async function heard(alert: object, ...providers: [namespace: string, name: string][]) {
  const { http, requests } = inTurn({ status: 200, body: 'ok' });
  const clock = new ManualClock();
  const queue = new AlertQueue({
    http,
    clock,
    provider: (namespace, name): AlertProvider | undefined =>
      providers.some(([ns, n]) => ns === namespace && n === name)
        ? {
            apiVersion: 'flagger.app/v1beta1',
            kind: 'AlertProvider',
            metadata: { name, namespace },
            spec: { type: 'slack', address: `http://${name}.${namespace}.test/` },
          }
        : undefined,
    secret: async () => undefined,
  });
  const canary = aCanary({ alerts: [{ name: 'a', providerRef: { name: 'chat' }, ...alert }] });
  queue.enqueue(canary, { severity: 'warn', message: 'm', withMetadata: false }, 'run');
  await clock.runUntil(queue.flush());
  return requests.map(({ url }) => new URL(url).host);
}

const ALERTS: Table = {
  // A label for people: nothing follows from it.
  'spec.analysis.alerts[].name': shows(async () =>
    expect(await heard({ name: 'anything' }, ['test', 'chat'])).toEqual(['chat.test.test']),
  ),
  'spec.analysis.alerts[].providerRef.name': shows(async () =>
    expect(await heard({ providerRef: { name: 'b' } }, ['test', 'a'], ['test', 'b'])).toEqual(['b.test.test']),
  ),
  'spec.analysis.alerts[].providerRef.namespace': shows(async () =>
    expect(await heard({ providerRef: { name: 'a', namespace: 'ops' } }, ['test', 'a'], ['ops', 'a'])).toEqual([
      'a.ops.test',
    ]),
  ),
  'spec.analysis.alerts[].severity': shows(async () => {
    expect(await heard({ severity: 'warn' }, ['test', 'chat'])).toHaveLength(1);
    expect(await heard({ severity: 'error' }, ['test', 'chat'])).toHaveLength(0);
  }),
};

const WEBHOOKS: Table = {
  'spec.analysis.webhooks[].name': shows(async () => {
    const stage = await underWay({ webhooks: [aHook('smoke', 'pre-rollout')] });
    expect(stage.texts()).toContain('N Pre-rollout check smoke passed');
  }),
  'spec.analysis.webhooks[].type': shows(async () => {
    const stage = await underWay({ webhooks: [aHook('load', ''), aHook('smoke', 'pre-rollout')] });
    expect(stage.rows.flatMap(({ calls }) => calls)).toEqual(['smoke']);
    await stage.after(10);
    expect(stage.rows.flatMap(({ calls }) => calls)).toEqual(['smoke', 'load']);
  }),
  'spec.analysis.webhooks[].url': shows(async () =>
    expect((await called({ url: 'http://a.test/x' }, { status: 200 })).requests[0]!.url).toBe('http://a.test/x'),
  ),
  'spec.analysis.webhooks[].timeout': shows(async () =>
    expect((await called({ timeout: '3s' }, 'hangs')).tookMs).toBe(3000),
  ),
  'spec.analysis.webhooks[].retries': shows(async () =>
    expect((await called({ retries: 2 }, { status: 500 })).requests).toHaveLength(3),
  ),
  'spec.analysis.webhooks[].disableTLS': shows(async () => {
    const { requests } = await called({ disableTLS: true, url: 'https://a.test/' }, { status: 200 });
    expect(JSON.stringify(requests[0])).toContain('"insecureSkipVerify":true');
  }),
  'spec.analysis.webhooks[].muteAlert': shows(async () => {
    const warned = async (muteAlert: boolean) => {
      const gate = aHook('gate', 'confirm-promotion', { muteAlert });
      const stage = await underWay({ webhooks: [gate], maxWeight: 20 });
      stage.hooks['gate'] = { passed: false, error: 'closed' };
      await stage.until('WaitingPromotion');
      return stage.rows.flatMap(({ alerts }) => alerts).filter(({ severity }) => severity === 'warn').length;
    };
    expect([await warned(false), await warned(true)]).toEqual([1, 0]);
  }),
  'spec.analysis.webhooks[].metadata': shows(() => {
    const { webhook, payload } = payloadOf({ metadata: { cmd: 'x' } });
    expect([webhook.name, payload.metadata]).toEqual(['h', { cmd: 'x' }]);
  }),
};

export const HOOK_FIELDS: Table = { ...ALERTS, ...WEBHOOKS };
