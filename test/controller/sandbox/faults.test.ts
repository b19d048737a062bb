/** The outside fails in every way that the issue names: said, primary keeps the traffic, nothing is lost. */
import type { Http, HttpRequest } from '../../../model/ports';
import { bootstrapped, tutorialCanary, WEBHOOKS } from './podinfo';

/** A wire that a test can cut. */
function cuttable() {
  let fault: ((request: HttpRequest) => Promise<never> | undefined) | undefined;
  return {
    wire:
      (http: Http): Http =>
      (request) =>
        fault?.(request) ?? http(request),
    cut(next: typeof fault) {
      fault = next;
    },
  };
}

const refused = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
const isApi = ({ url }: HttpRequest) => url.startsWith('https://sandbox.local');
const isPrometheus = ({ url }: HttpRequest) => url.startsWith('http://prometheus:9090');

test('an unreachable Prometheus is said, and never promotes', async () => {
  const wire = cuttable();
  const cluster = await bootstrapped({}, undefined, undefined, {}, wire);
  wire.cut((request) => (isPrometheus(request) ? refused() : undefined));
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.clock.advance(300_000);
  expect(cluster.events().some((text) => text.startsWith('W Prometheus query failed:'))).toBe(true);
  expect(cluster.status).toMatchObject({ phase: 'Progressing', failedChecks: 0 });
  expect(cluster.routes()).toBe('100/0');
  expect(cluster.image('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.0');
  wire.cut(undefined);
  await cluster.until('Succeeded');
  await cluster.stop();
});

test.each(['<html>not json', '{"status":"success","data":{"resultType":"vector","result":"?"}}', '{}'])(
  'a nonsensical Prometheus (%s) is said, and never promotes',
  async (body) => {
    const wire = cuttable();
    const cluster = await bootstrapped({}, undefined, undefined, {}, wire);
    const garbage = {
      status: 200,
      headers: {},
      text: async () => body,
      async *lines() {
        yield body;
      },
    };
    wire.cut((request) => (isPrometheus(request) ? (Promise.resolve(garbage) as Promise<never>) : undefined));
    cluster.setImage('stefanprodan/podinfo:3.1.1');
    await cluster.clock.advance(300_000);
    expect(cluster.events().some((text) => text.startsWith('W Prometheus query failed:'))).toBe(true);
    expect(cluster.status.phase).toBe('Progressing');
    expect(cluster.routes()).toBe('100/0');
    await cluster.stop();
  },
);

test('a webhook that hangs fails its check after its timeout, and another Canary goes on meanwhile', async () => {
  const cluster = await bootstrapped({ webhooks: [{ ...WEBHOOKS[0]!, url: 'http://hangs.test/', timeout: '15s' }] });
  cluster.sandbox.host(
    'hangs.test',
    ({ signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted')))),
  );
  const other = tutorialCanary();
  other.metadata = { name: 'other', namespace: 'test' };
  other.spec.targetRef.name = 'other';
  delete other.spec.autoscalerRef;
  const target = structuredClone(cluster.get('deployment', 'podinfo')!);
  target.metadata = { name: 'other', namespace: 'test' };
  const spec = target['spec'] as {
    replicas: number;
    selector: { matchLabels: object };
    template: { metadata: object };
  };
  spec.replicas = 1;
  spec.selector.matchLabels = { app: 'other' };
  spec.template.metadata = { labels: { app: 'other' } };
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Progressing');
  cluster.create(target);
  cluster.create(other);
  await cluster.clock.runUntil(
    () => (cluster.get('canary', 'other') as { status?: { phase?: string } }).status?.phase === 'Initialized',
    { limitMs: 14_000 },
  );
  await cluster.until('Failed');
  const halt = cluster.events().find((text) => text.includes('pre-rollout check acceptance-test failed'));
  expect(halt).toContain('context deadline exceeded');
  await cluster.stop();
});

test('an API server that is down for a while and comes back: the run ends as it would have', async () => {
  const wire = cuttable();
  const cluster = await bootstrapped({}, undefined, undefined, {}, wire);
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.clock.runUntil(() => cluster.routes() === '80/20', { limitMs: 120_000 });
  wire.cut((request) => (isApi(request) ? refused() : undefined));
  await cluster.clock.advance(45_000);
  expect(cluster.routes()).toBe('80/20');
  wire.cut(undefined);
  await cluster.until('Succeeded');
  await cluster.clock.advance(40_000);
  expect(cluster.events().at(-1)).toBe('N Promotion completed! Scaling down podinfo.test');
  await cluster.stop();
});

test('5xx and 429 on one request in three: the same outcome', async () => {
  let n = 0;
  const answer = (status: number) => {
    const body = JSON.stringify({
      kind: 'Status',
      status: 'Failure',
      reason: status === 429 ? 'TooManyRequests' : 'InternalError',
      code: status,
    });
    const headers = status === 429 ? { 'retry-after': '1' } : {};
    return Promise.resolve({
      status,
      headers,
      text: async () => body,
      async *lines() {
        yield body;
      },
    }) as Promise<never>;
  };
  const wire = cuttable();
  const cluster = await bootstrapped({}, undefined, undefined, {}, wire);
  wire.cut((request) => (isApi(request) && ++n % 3 === 0 ? answer(n % 2 ? 429 : 500) : undefined));
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Succeeded');
  expect(cluster.image('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.1');
  await cluster.stop();
});

test('a compacted API server (410) and dropped watches: nothing is missed', async () => {
  const cluster = await bootstrapped();
  cluster.sandbox.store.compact();
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  cluster.sandbox.store.compact();
  await cluster.until('Succeeded');
  expect(cluster.image('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.1');
  await cluster.stop();
});

test('a missing HPA is said, and does not keep a bad release from being rolled back', async () => {
  const cluster = await bootstrapped();
  cluster.sandbox.behaviour('*:3.1.2', { errorRate: 0.5 });
  cluster.setImage('stefanprodan/podinfo:3.1.2');
  await cluster.clock.runUntil(() => cluster.routes() === '90/10', { limitMs: 120_000 });
  cluster.sandbox.store.delete({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    namespace: 'test',
    name: 'podinfo',
  });
  await cluster.until('Failed');
  expect(cluster.events()).toContain(
    'W HorizontalPodAutoscaler podinfo.test get query error: horizontalpodautoscalers.autoscaling "podinfo" not found',
  );
  expect(cluster.routes()).toBe('100/0');
  await cluster.stop();
});

test('a missing metric template holds the run, and the release goes on once it is there', async () => {
  const metrics = [{ name: 'errors', templateRef: { name: 'errors' }, thresholdRange: { max: 1 }, interval: '1m' }];
  const cluster = await bootstrapped({ metrics, threshold: 10 });
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.clock.runUntil(() => cluster.status.serin?.['heldSince'] !== undefined, { limitMs: 120_000 });
  expect(cluster.events().some((text) => text.startsWith('W Metric template errors.test error:'))).toBe(true);
  const query = `100 - sum(rate(istio_requests_total{reporter="destination", destination_workload=~"{{ target }}", response_code!~"5.*"}[{{ interval }}])) / sum(rate(istio_requests_total{reporter="destination", destination_workload=~"{{ target }}"}[{{ interval }}])) * 100`;
  cluster.create({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'MetricTemplate',
    metadata: { name: 'errors', namespace: 'test' },
    spec: { provider: { type: 'prometheus', address: 'http://prometheus:9090' }, query },
  });
  await cluster.until('Succeeded');
  await cluster.stop();
});

test('one Canary that makes no sense touches no other', async () => {
  const cluster = await bootstrapped();
  const bad = tutorialCanary();
  bad.metadata = { name: 'bad', namespace: 'test' };
  bad.spec.targetRef.name = 'nowhere';
  cluster.create(bad);
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Succeeded');
  await cluster.stop();
});
