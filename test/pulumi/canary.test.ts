import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Duration } from 'cdk8s';
import { Gateway, Metric, Strategy, Webhook } from '../../constructs';
import { Canary, type CanaryArgs, TARGET_ANNOTATIONS } from '../../pulumi';
import { knownOf, startEngine } from './engine';

const labels = { app: 'podinfo' };

const deployment = () =>
  new k8s.apps.v1.Deployment('podinfo', {
    metadata: { name: 'podinfo', namespace: 'test', annotations: TARGET_ANNOTATIONS },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: 'podinfod', image: 'podinfo:1', ports: [{ name: 'http', containerPort: 9898 }] }],
        },
      },
    },
  });

const ARGS: Omit<CanaryArgs, 'target'> = {
  service: { port: 9898 },
  analysis: { interval: Duration.minutes(1), threshold: 5, stepWeight: 10, maxWeight: 50 },
};

const AFFINITY = { cookieName: 'side', maxAge: Duration.hours(2) };

const later = <T>(value: T): pulumi.Output<T> =>
  pulumi.output(new Promise<string>((done) => setImmediate(() => done('')))).apply(() => value);

it('registers the Canary of the tutorial', async () => {
  const engine = await startEngine();
  const target = deployment();
  const canary = new Canary('podinfo-release', {
    target,
    autoscaler: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'podinfo' },
    provider: 'istio',
    progressDeadline: Duration.seconds(60),
    primaryScaler: { minReplicas: 3 },
    service: {
      port: 9898,
      timeout: Duration.seconds(5),
      gateways: [Gateway.fromName('istio-system/public'), Gateway.MESH],
      hosts: ['app.example.com'],
    },
    analysis: {
      interval: Duration.minutes(1),
      threshold: 5,
      strategy: Strategy.progressive({ stepWeight: 10, maxWeight: 50, sessionAffinity: AFFINITY }),
      metrics: [Metric.successRate({ min: 99 }), Metric.duration({ max: Duration.millis(500) })],
      webhooks: [
        Webhook.loadTest('load', { url: 'http://loadtester.test/', cmd: 'hey', timeout: Duration.seconds(5) }),
      ],
    },
  });
  await knownOf(canary.resource.urn);
  expect(engine.find('podinfo-release')).toEqual({
    type: 'kubernetes:flagger.app/v1beta1:Canary',
    name: 'podinfo-release',
    inputs: {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      metadata: { name: 'podinfo', namespace: 'test' },
      spec: {
        provider: 'istio',
        progressDeadlineSeconds: 60,
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
        autoscalerRef: {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          name: 'podinfo',
          primaryScalerReplicas: { minReplicas: 3 },
        },
        service: {
          port: 9898,
          timeout: '5s',
          gateways: ['istio-system/public', 'mesh'],
          hosts: ['app.example.com'],
        },
        analysis: {
          interval: '1m',
          threshold: 5,
          stepWeight: 10,
          maxWeight: 50,
          metrics: [
            { name: 'request-success-rate', thresholdRange: { min: 99 } },
            { name: 'request-duration', thresholdRange: { max: 500 } },
          ],
          webhooks: [{ name: 'load', url: 'http://loadtester.test/', timeout: '5s', metadata: { cmd: 'hey' } }],
          sessionAffinity: { cookieName: 'side', maxAge: 7200 },
        },
      },
    },
  });
  expect(await knownOf(canary.name)).toBe('podinfo');
  expect(await knownOf(canary.namespace)).toBe('test');
});

it('takes every part as an input', async () => {
  const engine = await startEngine();
  const canary = new Canary('late', {
    target: { apiVersion: 'apps/v1', kind: 'Deployment', name: later('podinfo') },
    metadata: { namespace: later('test'), labels: { team: later('a') } },
    service: later({ port: 9898, timeout: Duration.seconds(5) }),
    analysis: {
      interval: later(Duration.seconds(90)),
      threshold: later(5),
      stepWeight: 10,
      metrics: later([Metric.successRate({ min: 99 })]),
    },
  });
  await knownOf(canary.resource.urn);
  expect(engine.find('late')?.inputs).toMatchObject({
    metadata: { name: 'podinfo', namespace: 'test', labels: { team: 'a' } },
    spec: {
      service: { port: 9898, timeout: '5s' },
      analysis: {
        interval: '90s',
        threshold: 5,
        metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 } }],
      },
    },
  });
});

it('reads the port from the target', async () => {
  const engine = await startEngine();
  const { service: _, ...args } = ARGS;
  const canary = new Canary('short', { ...args, target: deployment() });
  await knownOf(canary.resource.urn);
  expect(engine.find('short')?.inputs).toMatchObject({ spec: { service: { port: 9898, portName: 'http' } } });
});

it('leaves the outcome open in a preview and without waiting', async () => {
  await startEngine();
  const waits = new Canary('waits', { ...ARGS, target: deployment() });
  const walksOn = new Canary('walks-on', { ...ARGS, target: deployment(), wait: false });
  for (const { outcome } of [waits, walksOn]) {
    const known = (outcome as unknown as { isKnown: Promise<boolean> }).isKnown;
    expect(await known).toBe(false);
  }
});
