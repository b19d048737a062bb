import * as k8s from '@pulumi/kubernetes';
import { Duration } from 'cdk8s';
import { AlertProviderType, MetricProviderType } from '../../constructs';
import { AlertProvider, Canary, MetricTemplate } from '../../pulumi';
import { knownOf, startEngine } from './engine';

it('ties templates, alert providers and their Secrets together by resource', async () => {
  const engine = await startEngine();
  const secret = new k8s.core.v1.Secret('keys', { metadata: { name: 'keys', namespace: 'metrics' } });
  const template = new MetricTemplate('errors', {
    metadata: { name: 'errors', namespace: 'metrics' },
    provider: { type: MetricProviderType.DATADOG, secret },
    query: 'avg:errors{service:{{ target }}}',
  });
  const room = new AlertProvider('room', {
    metadata: { name: 'room', namespace: 'metrics' },
    type: AlertProviderType.SLACK,
    secret: { name: 'slack-url' },
    channel: 'releases',
  });
  const canary = new Canary('podinfo', {
    target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo', namespace: 'test' },
    service: { port: 9898 },
    analysis: {
      interval: Duration.minutes(1),
      threshold: 5,
      stepWeight: 10,
      metrics: [template.metric({ max: 1, variables: { region: 'eu' } })],
      alerts: [{ name: 'releases', provider: room, severity: 'warn' }],
    },
  });
  await knownOf(canary.resource.urn);
  expect(engine.find('errors')?.inputs).toMatchObject({
    kind: 'MetricTemplate',
    spec: { provider: { type: 'datadog', secretRef: { name: 'keys' } }, query: 'avg:errors{service:{{ target }}}' },
  });
  expect(engine.find('room')?.inputs).toMatchObject({
    kind: 'AlertProvider',
    spec: { type: 'slack', channel: 'releases', secretRef: { name: 'slack-url' } },
  });
  expect(engine.find('podinfo')?.inputs).toMatchObject({
    metadata: { name: 'podinfo', namespace: 'test' },
    spec: {
      analysis: {
        metrics: [
          {
            name: 'errors',
            templateRef: { name: 'errors', namespace: 'metrics' },
            templateVariables: { region: 'eu' },
            thresholdRange: { max: 1 },
          },
        ],
        alerts: [{ name: 'releases', providerRef: { name: 'room', namespace: 'metrics' }, severity: 'warn' }],
      },
    },
  });
});
