/** Improvements of the process around the ticks, one test an id; each fails with the reference's behaviour. */

import { MetricAsker } from '../../controller/analysis/metric-asker';
import type { EventRecorder } from '../../controller/kube/events';
import { Loop } from '../../controller/loop';
import { Telemetry } from '../../controller/telemetry/metrics';
import { Voice } from '../../controller/voice';
import { aQuestion } from '../controller/analysis/questions';
import { ManualClock } from '../controller/gates/manual-clock';
import { inTurn } from '../controller/gates/scripted-http';
import { bootstrapped } from '../controller/sandbox/podinfo';
import { aCanary, aHook } from '../fixtures';

describe('the loop', () => {
  test('C20: two changes of one Canary never tick at once', async () => {
    const clock = new ManualClock();
    let running = 0;
    let most = 0;
    let ticks = 0;
    const loop = new Loop({
      clock,
      tick: async () => {
        ticks++;
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => clock.after(1000, resolve));
        running--;
        return undefined;
      },
      onError: (_key, error) => {
        throw error;
      },
    });
    loop.start();
    for (let i = 0; i < 5; i++) {
      loop.enqueue('test/podinfo');
      await clock.advance(100);
    }
    await clock.advance(5000);
    expect([most, ticks]).toEqual([1, 2]);
    await loop.stop();
  });

  test('C18: a failed tick is tried again, with back-off', async () => {
    const clock = new ManualClock();
    const began = clock.now();
    const at: number[] = [];
    const loop = new Loop({
      clock,
      tick: async () => {
        at.push(clock.now() - began);
        if (at.length < 4) throw new Error('the API server is away');
        return undefined;
      },
      onError: () => undefined,
    });
    loop.start();
    loop.enqueue('test/podinfo');
    await clock.advance(60_000);
    expect(at).toEqual([0, 200, 600, 1400]);
    await loop.stop();
  });

  test('C43: a Canary that is gone ticks no more', async () => {
    const clock = new ManualClock();
    let ticks = 0;
    const tick = async () => {
      ticks++;
      return { afterMs: 1000 };
    };
    const loop = new Loop({ clock, tick, onError: () => undefined });
    loop.start();
    loop.enqueue('test/podinfo');
    await clock.advance(2500);
    loop.forget('test/podinfo');
    await clock.advance(60_000);
    expect(ticks).toBe(3);
    expect(clock.pending).toBe(0);
    await loop.stop();
  });

  test('B13: what is said goes to hooks and chats that hang, and the tick does not wait', async () => {
    const clock = new ManualClock();
    const { http, requests } = inTurn('hangs');
    const written: unknown[] = [];
    const voice = new Voice({
      http,
      clock,
      log: { debug() {}, info() {}, warn() {}, error() {} } as never,
      telemetry: new Telemetry(),
      events: {
        record: (event: unknown) => written.push(event),
        stop: async () => undefined,
      } as unknown as EventRecorder,
      minIntervalMs: 10_000,
      alertProvider: () => undefined,
      secret: async () => undefined,
      notifier: { type: 'slack', url: 'http://chat.test/hook', channel: 'general', username: 'serin' },
      eventWebhook: 'http://hooks.test/events',
    });
    const canary = aCanary();
    const saying = { type: 'Normal' as const, message: 'New revision detected!' };
    voice.event({ canary, saying, run: '1', phase: 'Progressing' });
    voice.event({ canary, saying: { ...saying, message: 'Starting' }, run: '1', phase: 'Progressing' });
    voice.alert(canary, { severity: 'info', message: 'x', withMetadata: false }, '1');
    expect(written).toHaveLength(2);
    await clock.advance(100);
    expect(requests.map(({ url }) => new URL(url).host).sort()).toEqual(['chat.test', 'hooks.test']);
    await clock.runUntil(voice.stop());
  });
});

describe('metrics', () => {
  test('M15: an inline query that does not render is an error with its text, not a number', async () => {
    const { http, requests } = inTurn({ status: 200, body: '' });
    const clock = new ManualClock();
    const asker = new MetricAsker({ http, clock, secret: async () => undefined });
    const metric = { name: 'mine', query: 'sum(x{a="{{ targit }}"})', thresholdRange: { max: 1 } };
    const measured = await clock.runUntil(asker.measure(aQuestion(metric, { source: 'inline' })));
    expect(measured).toMatchObject({ outcome: 'error', message: expect.stringContaining('targit') });
    expect(requests).toEqual([]);
  });
});

describe('on a cluster', () => {
  test('C38: moments after a new image Promoted is not True any more, so that kubectl wait waits', async () => {
    const cluster = await bootstrapped();
    const promoted = () => cluster.status.conditions?.find(({ type }) => type === 'Promoted')?.status;
    expect(promoted()).toBe('True');
    cluster.setImage('stefanprodan/podinfo:3.1.1');
    await cluster.clock.advance(1000);
    expect(promoted()).toBe('Unknown');
    expect(cluster.status.observedGeneration).toBe(cluster.get('canary', 'podinfo')!.metadata.generation);
    await cluster.stop();
  });

  test('C37: a failed and idle Canary costs no requests', async () => {
    const cluster = await bootstrapped({
      webhooks: [aHook('broken', 'pre-rollout', { url: 'http://nowhere.test/' })],
      threshold: 1,
    });
    cluster.setImage('stefanprodan/podinfo:3.1.1');
    await cluster.until('Failed');
    await cluster.clock.advance(60_000);
    cluster.requests.length = 0;
    await cluster.clock.advance(300_000);
    expect(cluster.requests.filter((request) => !request.includes('watch='))).toEqual([]);
    await cluster.stop();
  });
});
