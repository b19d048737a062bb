import { startEngine } from './engine';

it('examples/podinfo-pulumi registers the release of the tutorial', async () => {
  const engine = await startEngine();
  const { outcome } = require('../../examples/podinfo-pulumi/index');
  expect(await (outcome as unknown as { isKnown: Promise<boolean> }).isKnown).toBe(false);
  expect(engine.registered.map(({ inputs }) => inputs['kind']).sort()).toEqual([
    'Canary',
    'Deployment',
    'HorizontalPodAutoscaler',
    'Namespace',
  ]);
  const canary = engine.registered.find(({ inputs }) => inputs['kind'] === 'Canary');
  expect(canary?.inputs).toMatchObject({
    metadata: { name: 'podinfo', namespace: 'test' },
    spec: {
      autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'podinfo' },
      progressDeadlineSeconds: 60,
      service: { port: 9898, gateways: ['public-gateway.istio-system.svc.cluster.local', 'mesh'] },
      analysis: { interval: '1m', stepWeight: 10, maxWeight: 50 },
    },
  });
});
