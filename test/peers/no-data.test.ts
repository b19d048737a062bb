/** Metrics without values, in other controllers a failed release or a passed one; each test is named after its threads. */
import { Duration } from 'cdk8s';
import { Metric, Strategy } from 'serin';
import { rollout } from 'serin/testing';
import type { CanarySpec } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import { initialized, routes, said } from '../controller/rollout/staged';
import { podinfo } from '../testing/fixtures';

jest.setTimeout(60_000);
const NOTHING = { outcome: 'noData' as const, message: 'no values found', query: 'q' };

const INGRESS: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'podinfo', namespace: 'test' },
  spec: {
    rules: [
      {
        host: 'app.example.com',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'podinfo', port: { number: 80 } } } }],
        },
      },
    ],
  },
};
const ingressRef = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' as const, name: 'podinfo' };
const KUBERNETES = { iterations: 3 };

test.each<[string, Partial<CanarySpec>, object, KubeObject[]]>([
  ['F#1035, F#1633: istio', { provider: 'istio' }, {}, []],
  ['F#1689: nginx', { provider: 'nginx', service: { port: 80 }, ingressRef }, {}, [INGRESS]],
  ['F#1330: traefik', { provider: 'traefik', service: { port: 80 } }, {}, []],
  ['F#883: kubernetes', { provider: 'kubernetes' }, KUBERNETES, []],
])(
  '%s: no values are a failed check, said once, and the run goes on with the first value',
  async (_title, spec, analysis, objects) => {
    const stage = await initialized(analysis, spec, ...objects);
    stage.metrics['request-success-rate'] = NOTHING;
    stage.setImage('a:2');
    await stage.settleTicks();
    const before = [routes(stage), stage.status.iterations ?? 0];
    await stage.after(10);
    expect([routes(stage), stage.status.iterations ?? 0]).toEqual(before);
    expect(stage.status.failedChecks).toBe(1);
    expect(said(stage, 'no values found')).toEqual([`W ${NOTHING.message}`]);
    stage.metrics = {};
    await stage.until('Succeeded');
  },
);

test('F#1005, F#795: with noData: ignore an application that nobody uses is released', async () => {
  const metrics = [
    { name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '1m', noData: 'ignore' as const },
  ];
  const stage = await initialized({ metrics });
  stage.metrics['request-success-rate'] = NOTHING;
  stage.setImage('a:2');
  await stage.until('Succeeded');
  expect(stage.status.failedChecks).toBe(0);
});

test('F#1011: traffic that stops in the middle of a run stops the run too', async () => {
  const chart = podinfo({
    interval: Duration.seconds(30),
    strategy: Strategy.progressive({ stepWeight: 5, maxWeight: 50 }),
    metrics: [Metric.successRate({ min: 99, interval: Duration.seconds(30) })],
  });
  await rollout(chart)
    .traffic({ perSecond: { '11:58': 20, '12:02': 20, '12:03': 0, '23:00': 0 } })
    .options({ startAt: '12:00' })
    .release('podinfo', { image: 'v2' })
    .expect()
    .rolledBack({ because: 'no values found' })
    .neverExceeds(45);
});
