import type { Canary } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import { completeService, selectorProblems } from '../../pulumi/target';

const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo', namespace: undefined };

const workload = (ports: object[], labels: object = { app: 'podinfo' }): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'podinfo' },
  spec: { selector: { matchLabels: labels }, template: { spec: { containers: [{ name: 'a', ports }] } } },
});

const PORTS = [
  { name: 'http', containerPort: 9898 },
  { name: 'grpc', containerPort: 9999 },
];

describe('the port of the service', () => {
  it.each([
    ['is the first one of the target', undefined, { port: 9898, portName: 'http' }],
    [
      'is the one that the service names',
      { targetPortName: 'grpc' },
      { port: 9999, portName: 'grpc', targetPortName: 'grpc' },
    ],
    ['is what the service says', { port: 80 }, { port: 80 }],
  ])('%s', (_, service, expected) => expect(completeService(service, target, workload(PORTS))).toEqual(expected));

  it('must be somewhere', () => {
    expect(() => completeService({}, target, workload([]))).toThrow(
      'service.port: is missing, and target Deployment podinfo declares no container port: set service.port, or give the container a port',
    );
    expect(() => completeService({}, target, undefined)).toThrow(
      'is a reference: set service.port, or give the resource',
    );
    expect(completeService(undefined, target, undefined)).toBeUndefined();
  });
});

describe('the selector of the target', () => {
  const canary = { spec: { targetRef: { name: 'podinfo' } } } as unknown as Canary;

  it('has a label that the controller knows', () => {
    expect(selectorProblems(canary, workload(PORTS))).toEqual([]);
    expect(selectorProblems(canary, undefined)).toEqual([]);
    expect(selectorProblems(canary, workload(PORTS, { team: 'a' }), ['team'])).toEqual([]);
    expect(selectorProblems(canary, workload(PORTS, { team: 'a' }))).toMatchObject([
      { path: 'target', value: { team: 'a' }, message: expect.stringContaining('must contain one of [app name') },
    ]);
  });

  it('leaves room for -primary', () => {
    expect(selectorProblems(canary, workload(PORTS, { app: 'a'.repeat(60) }))).toMatchObject([
      { path: 'target', remedy: 'give the label a shorter value' },
    ]);
  });
});
