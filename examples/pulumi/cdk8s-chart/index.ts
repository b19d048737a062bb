/**
 * A cdk8s chart as it is, brought to the cluster by Pulumi: `pulumi up` waits for the outcomes of the Canaries in it. With
 * `-c bootstrap=synth` the primary, the Services and the routes come from the program too.
 */
import * as pulumi from '@pulumi/pulumi';
import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-33';
import type { Construct } from 'constructs';
import { Bootstrap, Canary, Metric, Strategy, TrafficProvider } from 'serin';
import { bridge } from 'serin/pulumi';

const config = new pulumi.Config();
const seconds = (name: string, otherwise: number) => Duration.seconds(config.getNumber(name) ?? otherwise);

class Podinfo extends Chart {
  public constructor(scope: Construct, id: string) {
    const namespace = config.get('namespace') ?? 'cdk8s-chart';
    super(scope, id, { namespace });
    new kplus.Namespace(this, 'namespace', { metadata: { name: namespace } });
    const labels = { app: 'podinfo' };
    const podinfo = new kplus.Deployment(this, 'podinfo', {
      metadata: { name: 'podinfo', labels: { team: config.get('team') ?? 'platform' } },
      podMetadata: { labels },
      replicas: 2,
      select: false,
      containers: [
        {
          name: 'podinfod',
          image: config.get('image') ?? 'stefanprodan/podinfo:3.1.0',
          ports: [{ name: 'http', number: 9898 }],
          securityContext: { user: 100, group: 101 },
        },
      ],
    });
    podinfo.select(kplus.LabelSelector.of({ labels }));
    new Canary(this, 'canary', {
      target: podinfo,
      provider: TrafficProvider.ISTIO,
      bootstrap: config.get('bootstrap') === 'synth' ? Bootstrap.SYNTH : Bootstrap.CONTROLLER,
      service: { port: 9898, hosts: ['app.example.com'] },
      analysis: {
        interval: seconds('interval', 60),
        threshold: 5,
        strategy: Strategy.progressive({ stepWeight: 10, maxWeight: 50 }),
        metrics: [Metric.successRate({ min: 99, interval: seconds('window', 60) })],
      },
    });
  }
}

const deadline = config.getNumber('deadline');
const chart = bridge(new Podinfo(new App(), 'podinfo'), {
  wait: deadline === undefined ? {} : { deadline: Duration.seconds(deadline) },
});

/** How the releases ended, by the path of the Canary in the program. */
export const outcomes = Object.fromEntries(chart.outcomes);
