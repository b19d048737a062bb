/** What is deployed: podinfo, and a Canary that gives it 10 % of the traffic every half minute, up to half. */
import { Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { Canary, Gate, Metric, Strategy } from 'serin';

export class Podinfo extends Chart {
  public constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: 'test' });
    const podinfo = new kplus.Deployment(this, 'podinfo', {
      metadata: { name: 'podinfo' },
      podMetadata: { labels: { app: 'podinfo' } },
      select: false,
      containers: [{ name: 'podinfod', image: 'stefanprodan/podinfo:3.1.0', ports: [{ name: 'http', number: 9898 }] }],
    });
    podinfo.select(kplus.LabelSelector.of({ labels: { app: 'podinfo' } }));
    new Canary(this, 'canary', {
      target: podinfo,
      progressDeadline: Duration.minutes(2),
      service: { port: 9898 },
      analysis: {
        interval: Duration.seconds(30),
        threshold: 3,
        strategy: Strategy.progressive({ stepWeight: 10, maxWeight: 50 }),
        metrics: [Metric.successRate({ min: 99 }), Metric.duration({ max: Duration.millis(500) })],
        webhooks: [Gate.onLoadTester('http://flagger-loadtester.test').confirmPromotion('approval')],
      },
    });
  }
}
