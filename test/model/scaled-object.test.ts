/** KEDA's ScaledObjects: what the primary's is made of, and what is written to the target's. */
import type { KubeObject } from '../../model/kube';
import { maximumOf, minimumOf, primaryAutoscaler, reconcileAutoscaler } from '../../model/objects/autoscaler';
import { HELD_MINIMUM_ANNOTATION } from '../../model/objects/metadata';
import { replicasFromZero } from '../../model/objects/scale';
import { pausePatch, primaryQuery, queryProblems, resumePatch } from '../../model/objects/scaled-object';
import { aCanary, aDeployment, NAMESPACE } from '../fixtures';

// biome-ignore lint/suspicious/noExplicitAny: tests look into raw JSON
type Raw = any;
const PAUSED = 'autoscaling.keda.sh/paused-replicas';

const source = (spec: Record<string, unknown> = {}, annotations: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: {
    name: 'podinfo-so',
    namespace: NAMESPACE,
    labels: { app: 'podinfo', 'kustomize.toolkit.fluxcd.io/name': 'apps' },
    annotations: { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true', [PAUSED]: '0', ...annotations },
  },
  spec: {
    scaleTargetRef: { name: 'podinfo', envSourceContainerName: 'podinfod' },
    minReplicaCount: 2,
    maxReplicaCount: 8,
    initialCooldownPeriod: 30,
    advanced: {
      horizontalPodAutoscalerConfig: { name: 'podinfo-hpa', behavior: { scaleDown: {} } },
      scalingModifiers: {},
    },
    triggers: [{ type: 'prometheus', name: 'rate', useCachedMetrics: true, metadata: { query: 'up{app="podinfo"}' } }],
    ...spec,
  },
});

const canaryWith = (more: Record<string, unknown> = {}) =>
  aCanary({}, { autoscalerRef: { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'podinfo-so', ...more } });

describe('the primary’s ScaledObject', () => {
  test('is the target’s, with names of its own and every field (W1)', () => {
    const made: Raw = primaryAutoscaler(canaryWith(), source());
    expect(made.metadata).toMatchObject({ name: 'podinfo-so-primary', ownerReferences: [{ kind: 'Canary' }] });
    expect(made.spec).toEqual({
      scaleTargetRef: { name: 'podinfo-primary', envSourceContainerName: 'podinfod' },
      minReplicaCount: 2,
      maxReplicaCount: 8,
      initialCooldownPeriod: 30,
      advanced: {
        horizontalPodAutoscalerConfig: { name: 'podinfo-hpa-primary', behavior: { scaleDown: {} } },
        scalingModifiers: {},
      },
      triggers: [
        { type: 'prometheus', name: 'rate', useCachedMetrics: true, metadata: { query: 'up{app="podinfo-primary"}' } },
      ],
    });
  });

  test('W3: is not asleep when the target’s is; keys of toolkits stay behind', () => {
    const { labels, annotations } = primaryAutoscaler(canaryWith(), source()).metadata;
    expect(labels).toEqual({ app: 'podinfo' });
    expect(annotations).toEqual({ 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' });
  });

  test('always has a config for the autoscaler that KEDA makes', () => {
    const made: Raw = primaryAutoscaler(canaryWith(), source({ advanced: undefined }));
    expect(made.spec.advanced).toEqual({ horizontalPodAutoscalerConfig: {} });
  });

  test('has its own bounds where primaryScalerReplicas sets them', () => {
    const made = primaryAutoscaler(canaryWith({ primaryScalerReplicas: { minReplicas: 3 } }), source());
    expect([minimumOf(made), maximumOf(made)]).toEqual([3, 8]);
    expect(maximumOf(primaryAutoscaler(canaryWith(), source({ maxReplicaCount: undefined })))).toBe(100);
  });

  test('W13: is written when something differs; what others put on it stays', () => {
    const made = primaryAutoscaler(canaryWith(), source());
    const live = {
      ...made,
      metadata: { ...made.metadata, annotations: { foreign: 'stays', ...made.metadata.annotations } },
    };
    expect(reconcileAutoscaler(canaryWith(), source(), live)).toBeUndefined();
    const next = reconcileAutoscaler(canaryWith(), source({ pollingInterval: 5 }, { team: 'web' }), live) as Raw;
    expect(next.spec.pollingInterval).toBe(5);
    expect(next.metadata.annotations).toMatchObject({ foreign: 'stays', team: 'web' });
    expect(next.metadata.annotations[PAUSED]).toBeUndefined();
  });

  test('F#1600: a held minimum is not lowered, and never above the maximum', () => {
    const made = primaryAutoscaler(canaryWith(), source());
    const held = JSON.stringify({ replicas: 6, weight: 100, run: 'r', since: '2026-11-24T12:00:00Z', least: 2 });
    const annotations = { ...made.metadata.annotations, [HELD_MINIMUM_ANNOTATION]: held };
    const live = {
      ...made,
      metadata: { ...made.metadata, annotations },
      spec: { ...(made['spec'] as object), minReplicaCount: 6 },
    };
    expect(reconcileAutoscaler(canaryWith(), source(), live)).toBeUndefined();
    const smaller = reconcileAutoscaler(canaryWith(), source({ maxReplicaCount: 4 }), live)!;
    expect([minimumOf(smaller), maximumOf(smaller)]).toEqual([4, 4]);
  });
});

describe('queries', () => {
  test.each([
    ['up{app="podinfo"}', 'up{app="podinfo-primary"}'],
    ['up{app="podinfo-canary"} / up{app="podinfo"}', 'up{app="podinfo-primary"} / up{app="podinfo-primary"}'],
    ['up{app="podinfo-primary"}', 'up{app="podinfo-primary"}'],
    ['up{app="other"}', 'up{app="other"}'],
  ])('%s is about the primary as %s', (query, wanted) => {
    expect(primaryQuery('podinfo', query)).toBe(wanted);
  });

  test('a name that means something to expressions is only a name', () => {
    expect(primaryQuery('a.b', 'x{app="a.b"} + y{app="aXb"}')).toBe('x{app="a.b-primary"} + y{app="aXb"}');
  });

  test('W22: nothing is said where nothing is left out', () => {
    expect(queryProblems(canaryWith(), source())).toEqual([]);
    expect(queryProblems(canaryWith({ primaryScalerQueries: { rate: 'x' } }), source())).toEqual([]);
  });
});

test('W1: the target’s is paused and resumed by one annotation, once', () => {
  expect(pausePatch(source({}, { [PAUSED]: '0' }))).toBeUndefined();
  expect(pausePatch(source({}, { [PAUSED]: '3' }))).toEqual({ metadata: { annotations: { [PAUSED]: '0' } } });
  expect(resumePatch(source())).toEqual({ metadata: { annotations: { [PAUSED]: null } } });
  const awake = source();
  awake.metadata.annotations = {};
  expect(resumePatch(awake)).toBeUndefined();
});

test.each([
  [source(), 2],
  [source({ minReplicaCount: 0 }), 1],
  [source({ minReplicaCount: undefined }), 1],
  [undefined, 1],
])('from zero, the target gets what its ScaledObject has at least (%#)', (scaler, replicas) => {
  expect(replicasFromZero(canaryWith(), aDeployment(undefined, { replicas: 0 }), undefined, scaler)).toBe(replicas);
});
