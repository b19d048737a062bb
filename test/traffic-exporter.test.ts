import type { Api } from './cluster/control-plane/api';
import { TrafficExporter } from './cluster/traffic-exporter';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('no request is sent before the routes and pods are known', async () => {
  const looks: (() => void)[] = [];
  const api = {
    get: () => new Promise((resolve) => looks.push(() => resolve({ items: [] }))),
  } as unknown as Api;
  const load = [{ host: 'web', via: 'gateway' as const, perSecond: 100 }];
  const exporter = new TrafficExporter({ api, namespace: 'test', apex: 'web', load });

  const started = exporter.start();
  await jest.advanceTimersByTimeAsync(1000);
  expect(exporter.answers).toEqual({});

  for (const answer of looks) answer();
  await started;
  await jest.advanceTimersByTimeAsync(1000);
  exporter.stop();
  // No pods: each of the requests of one second failed, and none of the second before.
  expect(exporter.answers).toEqual({ 503: 100 });
});
