/** A Service as target: its two copies, and what of it is one Service's alone. */
import type { KubeObject } from '../../model/kube';
import { sameTemplate } from '../../model/objects/takeover';
import { addressProblem, primaryCopy, promotedCopy, reconcileCanaryCopy } from '../../model/objects/target-service';
import { aCanary, NAMESPACE } from '../fixtures';

// biome-ignore lint/suspicious/noExplicitAny: tests look into raw JSON
type Raw = any;

const canary = aCanary({}, { targetRef: { apiVersion: 'v1', kind: 'Service', name: 'podinfo' } });
const nothing = { labels: {}, annotations: {} };

const target = (spec: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'podinfo',
    namespace: NAMESPACE,
    uid: 'uid-target',
    resourceVersion: '9',
    labels: { team: 'web' },
    annotations: { note: 'kept', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
  },
  spec: {
    type: 'NodePort',
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1'],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    selector: { app: 'one' },
    ports: [{ name: 'http', port: 80, nodePort: 30080 }],
    ...spec,
  },
});

/** A copy as the cluster keeps it. */
const live = (copy: KubeObject, assigned: Record<string, unknown> = {}): KubeObject => ({
  ...copy,
  metadata: { ...copy.metadata, uid: 'uid-copy', resourceVersion: '7' },
  spec: {
    ...(copy['spec'] as object),
    clusterIP: '10.0.0.9',
    clusterIPs: ['10.0.0.9'],
    ipFamilies: ['IPv4'],
    ports: [{ name: 'http', port: 80, nodePort: 30999 }],
    ...assigned,
  },
});

test('a copy has labels, annotations and spec of the target, without what is the target’s own', () => {
  const copy: Raw = primaryCopy(canary, target());
  expect(copy.metadata).toEqual({
    name: 'podinfo-primary',
    namespace: NAMESPACE,
    labels: { team: 'web' },
    annotations: { note: 'kept' },
    ownerReferences: [expect.objectContaining({ kind: 'Canary', controller: true })],
  });
  expect(copy.spec).toEqual({
    type: 'NodePort',
    ipFamilyPolicy: 'SingleStack',
    selector: { app: 'one' },
    ports: [{ name: 'http', port: 80 }],
  });
});

test('a headless target has headless copies; trafficDistribution comes from the Canary', () => {
  const spread = aCanary({}, { ...canary.spec, service: { port: 80, trafficDistribution: 'PreferClose' } as never });
  const copy: Raw = primaryCopy(spread, target({ type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'] }));
  expect(copy.spec).toMatchObject({ clusterIP: 'None', trafficDistribution: 'PreferClose' });
});

test('W14: an update keeps what the cluster gave the copy, and what others put on it', () => {
  const before = live(primaryCopy(canary, target()));
  before.metadata.annotations = { foreign: 'stays' };
  const promoted: Raw = promotedCopy(canary, target({ selector: { app: 'two' } }), before, nothing);
  expect(promoted.spec).toMatchObject({
    selector: { app: 'two' },
    clusterIP: '10.0.0.9',
    clusterIPs: ['10.0.0.9'],
    ports: [{ name: 'http', port: 80, nodePort: 30999 }],
  });
  expect(promoted.metadata).toMatchObject({ uid: 'uid-copy', resourceVersion: '7', annotations: { foreign: 'stays' } });
});

test('W14: another type keeps only what it may have', () => {
  const before = live(primaryCopy(canary, target()));
  const promote = (spec: Record<string, unknown>): Raw =>
    (promotedCopy(canary, { ...target(), spec } as KubeObject, before, nothing) as Raw).spec;
  const ports = [{ name: 'http', port: 80 }];
  expect(promote({ type: 'ClusterIP', ports })).toMatchObject({ clusterIP: '10.0.0.9', ports });
  expect(promote({ type: 'ExternalName', externalName: 'x.example' })).toEqual({
    type: 'ExternalName',
    externalName: 'x.example',
  });
  expect(promote({ type: 'ClusterIP', clusterIP: 'None', ports })).toEqual({
    type: 'ClusterIP',
    clusterIP: 'None',
    ports,
  });
});

test('W14: the canary’s copy is written only when it differs', () => {
  const copy = live(reconcileCanaryCopy(canary, target(), undefined)!);
  expect(copy.metadata.name).toBe('podinfo-canary');
  expect(reconcileCanaryCopy(canary, target(), copy)).toBeUndefined();
  expect(reconcileCanaryCopy(canary, target({ selector: { app: 'two' } }), copy)).toBeDefined();
});

test('W14: a copy whose owner was lost gets the Canary back', () => {
  const lost = live(primaryCopy(canary, target()));
  lost.metadata.ownerReferences = [];
  expect(promotedCopy(canary, target(), lost, nothing).metadata.ownerReferences).toMatchObject([{ kind: 'Canary' }]);
});

test('a primary of the reference’s is compared by what the cluster did not assign', () => {
  expect(sameTemplate(target(), live(primaryCopy(canary, target())))).toBe(true);
  expect(sameTemplate(target({ selector: { app: 'two' } }), live(primaryCopy(canary, target())))).toBe(false);
});

test('W14: what a copy cannot follow is said', () => {
  const headless = target({ type: 'ClusterIP', clusterIP: 'None' });
  const addressed = live(primaryCopy(canary, target()));
  expect(addressProblem(target(), addressed)).toBeUndefined();
  expect(addressProblem(headless, addressed)).toContain('service podinfo is headless and podinfo-primary is not');
  expect(addressProblem(target(), live(primaryCopy(canary, headless), { clusterIP: 'None' }))).toContain(
    'is not headless',
  );
  expect(addressProblem(target({ type: 'ExternalName' }), addressed)).toBeUndefined();
});
