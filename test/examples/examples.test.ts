import { parse } from 'yaml';
import { synthesise } from './synthesise';

// The tutorial's text, with what an API server of today needs (autoscaling/v2) and what makes it work (mesh).
const PROGRESSIVE = parse(`
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: podinfo, namespace: test }
spec:
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: podinfo }
  progressDeadlineSeconds: 60
  autoscalerRef: { apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, name: podinfo }
  service:
    port: 9898
    targetPort: 9898
    gateways: [public-gateway.istio-system.svc.cluster.local, mesh]
    hosts: [app.example.com]
    trafficPolicy: { tls: { mode: DISABLE } }
    retries: { attempts: 3, perTryTimeout: 1s, retryOn: "gateway-error,connect-failure,refused-stream" }
  analysis:
    interval: 1m
    threshold: 5
    maxWeight: 50
    stepWeight: 10
    metrics:
    - { name: request-success-rate, thresholdRange: { min: 99 }, interval: 1m }
    - { name: request-duration, thresholdRange: { max: 500 }, interval: 30s }
    webhooks:
    - name: acceptance-test
      type: pre-rollout
      url: http://flagger-loadtester.test/
      timeout: 30s
      metadata: { type: bash, cmd: "curl -sd 'test' http://podinfo-canary:9898/token | grep token" }
    - name: load-test
      url: http://flagger-loadtester.test/
      timeout: 5s
      metadata: { cmd: "hey -z 1m -q 10 -c 2 http://podinfo-canary.test:9898/" }
`);

const MIRRORED_ANALYSIS = parse(`
interval: 1m
threshold: 5
iterations: 10
mirror: true
mirrorWeight: 100
metrics:
- { name: request-success-rate, thresholdRange: { min: 99 }, interval: 1m }
- { name: request-duration, thresholdRange: { max: 500 }, interval: 1m }
webhooks:
- name: acceptance-test
  type: pre-rollout
  url: http://flagger-loadtester.test/
  timeout: 30s
  metadata: { type: bash, cmd: "curl -sd 'test' http://podinfo-canary:9898/token | grep token" }
- name: load-test
  url: http://flagger-loadtester.test/
  timeout: 5s
  metadata: { cmd: "hey -z 1m -q 10 -c 2 http://podinfo.test:9898/" }
`);

describe('examples/podinfo', () => {
  const { podinfo = {}, loadtester = {}, ...others } = synthesise('podinfo/main.ts');

  it('writes two manifests with everything of the tutorial', () => {
    expect(Object.keys(podinfo)).toEqual([
      'Namespace/test',
      'Gateway/public-gateway',
      'Deployment/podinfo',
      'HorizontalPodAutoscaler/podinfo',
      'Canary/podinfo',
    ]);
    expect(Object.keys(loadtester)).toEqual(['Deployment/flagger-loadtester', 'Service/flagger-loadtester']);
    expect(others).toEqual({});
  });

  it('has the Canary of the tutorial', () => expect(podinfo['Canary/podinfo']).toEqual(PROGRESSIVE));

  it('has the gateway of the tutorial', () => {
    expect(podinfo['Gateway/public-gateway']).toEqual({
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'Gateway',
      metadata: { name: 'public-gateway', namespace: 'istio-system' },
      spec: {
        selector: { istio: 'ingressgateway' },
        servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
      },
    });
    expect(podinfo['Namespace/test'].metadata.labels).toEqual({ 'istio-injection': 'enabled' });
  });

  it('has a Deployment that the tutorial can set the image of, and that has a selector label', () => {
    const { spec } = podinfo['Deployment/podinfo'];
    expect(spec.selector).toEqual({ matchLabels: { app: 'podinfo' } });
    expect(spec.template.metadata.labels.app).toBe('podinfo');
    expect(spec.template.spec.containers).toHaveLength(1);
    expect(spec.template.spec.containers[0]).toMatchObject({ name: 'podinfod', image: 'stefanprodan/podinfo:3.1.0' });
  });

  it('leaves the number of replicas to the autoscaler, so that applying again moves nothing', () => {
    expect(podinfo['Deployment/podinfo'].spec).not.toHaveProperty('replicas');
    const { minReplicas, maxReplicas, scaleTargetRef } = podinfo['HorizontalPodAutoscaler/podinfo'].spec;
    expect([minReplicas, maxReplicas, scaleTargetRef.name]).toEqual([2, 4, 'podinfo']);
  });

  it('has the load tester at the address that the hooks call', () => {
    const { spec, metadata } = loadtester['Service/flagger-loadtester'];
    expect([metadata.name, metadata.namespace]).toEqual(['flagger-loadtester', 'test']);
    expect(spec.ports).toMatchObject([{ port: 80, targetPort: 8080 }]);
    const { selector, template } = loadtester['Deployment/flagger-loadtester'].spec;
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(template.metadata.labels).toMatchObject(spec.selector);
    expect(template.spec.containers[0].command.slice(0, 2)).toEqual(['serin', 'loadtester']);
  });
});

it('examples/podinfo/canary-mirror has the mirrored Canary of the tutorial', () => {
  const manifests = synthesise('podinfo/canary-mirror.ts');
  expect(Object.keys(manifests)).toEqual(['podinfo-mirror']);
  const canary = manifests['podinfo-mirror']?.['Canary/podinfo'];
  expect(canary.spec.analysis).toEqual(MIRRORED_ANALYSIS);
  expect(canary.metadata).toEqual(PROGRESSIVE.metadata);
  expect(canary.spec.targetRef).toEqual(PROGRESSIVE.spec.targetRef);
});

it('examples/podinfo-synth writes the release, what is applied once, and the guard', () => {
  const manifests = synthesise('podinfo-synth/main.ts');
  expect(Object.keys(manifests)).toEqual(['guard', 'podinfo-bootstrap', 'podinfo']);
  expect(Object.keys(manifests['podinfo'] ?? {})).toEqual([
    'Deployment/podinfo',
    'HorizontalPodAutoscaler/podinfo',
    'Canary/podinfo',
  ]);
  expect(Object.keys(manifests['podinfo-bootstrap'] ?? {})).toHaveLength(8);
});
