/**
 * Session affinity: the share of users grows as in progressive delivery, but whoever has got the new version keeps
 * it.
 *
 * Use it for web applications whose versions do not understand each other's pages or sessions.
 *
 *   npx cdk8s synth --app 'node examples/gallery/session-affinity.ts' && kubectl apply -f dist/session-affinity.k8s.yaml
 */
import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-33';
import { Canary, Metric, SameSite, Strategy } from 'serin';

const app = new App();
const chart = new Chart(app, 'session-affinity', { namespace: 'test' });

const account = new kplus.Deployment(chart, 'account', {
  metadata: { name: 'account' },
  podMetadata: { labels: { app: 'account' } },
  select: false,
  containers: [{ image: 'stefanprodan/podinfo:6.7.1', ports: [{ name: 'http', number: 9898 }] }],
});
account.select(kplus.LabelSelector.of({ labels: { app: 'account' } }));

new Canary(chart, 'canary', {
  target: account,
  analysis: {
    interval: Duration.minutes(1),
    threshold: 5,
    strategy: Strategy.progressive({
      stepWeight: 25,
      maxWeight: 50,
      sessionAffinity: {
        cookieName: 'account-canary',
        primaryCookieName: 'account-primary',
        maxAge: Duration.hours(1),
        httpOnly: true,
        secure: true,
        sameSite: SameSite.LAX,
      },
    }),
    metrics: [Metric.successRate({ min: 99 })],
  },
});

app.synth();
