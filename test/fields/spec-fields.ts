/** The rest of `spec`: what is delivered, and by whom. */
import { metricQuestions } from '../../controller/rollout/analysis';
import { scalerType } from '../../controller/rollout/scaling';
import { readinessOf } from '../../controller/rollout/workloads';
import { workloadType } from '../../controller/rollout/writing';
import type { KubeObject } from '../../model/kube';
import { isKnative, primaryAutoscalerName, primaryWorkloadName } from '../../model/names';
import { primaryAutoscaler } from '../../model/objects/autoscaler';
import { primaryScaledObject } from '../../model/objects/scaled-object';
import { validate } from '../../model/validate';
import { initialized, remove, underWay } from '../controller/rollout/staged';
import { aCanary, aDeployment, anHpa, START } from '../fixtures';
import { seenOf } from './analysis-fields';
import { canaryWith, type Raw, routed, shows, type Table } from './shown';

const scaled = (more: object = {}) =>
  aCanary(
    {},
    { autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'podinfo', ...more } },
  );

const replicaBound = (field: 'minReplicas' | 'maxReplicas') =>
  shows(() => {
    const made = primaryAutoscaler(scaled({ primaryScalerReplicas: { [field]: 3 } }), anHpa()) as Raw;
    expect(made.spec).toMatchObject({ minReplicas: 2, maxReplicas: 4, [field]: 3 });
  });

/** Other values are refused, and there is nothing else that they could be. */
const oneValueOf = (field: string, value: string) =>
  shows((path) => {
    const problems = (given: unknown) =>
      validate(canaryWith(path, given, canaryWith(`spec.${field}.name`, 'x'))).filter(
        (problem) => problem.path === path,
      );
    expect(problems(value)).toEqual([]);
    expect(problems('Other')).toHaveLength(1);
  });

const ingress: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', namespace: 'test' },
  spec: { defaultBackend: { service: { name: 'podinfo', port: { number: 80 } } } },
};

/** A target that became unavailable 100 s ago. */
const unavailable: KubeObject = {
  ...aDeployment('a:1', { replicas: 2 }),
  status: {
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 1,
    conditions: [
      { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' },
      {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        lastUpdateTime: new Date(START - 100_000).toISOString(),
      },
    ],
  },
};

export const SPEC_FIELDS: Table = {
  'spec.provider': shows((path) => {
    const seen = seenOf(canaryWith(path, 'kubernetes'), aDeployment());
    expect([seenOf(aCanary(), aDeployment()).router, seen.router]).toMatchObject([
      { provider: 'istio' },
      { provider: 'kubernetes' },
    ]);
  }),
  'spec.metricsServer': shows((path) => {
    const [question] = metricQuestions(seenOf(canaryWith(path, 'http://mine:9090'), aDeployment()));
    expect(question!.metricsServer).toBe('http://mine:9090');
  }),
  'spec.progressDeadlineSeconds': shows((path) => {
    const retriable = [99, 101].map((seconds) => readinessOf(seenOf(canaryWith(path, seconds), unavailable), 'canary'));
    expect(retriable).toMatchObject([{ retriable: false }, { retriable: true }]);
  }),
  'spec.targetRef.apiVersion': shows((path) => {
    const canary = canaryWith(path, 'serving.knative.dev/v1', canaryWith('spec.targetRef.kind', 'Service'));
    expect([isKnative(canary), isKnative(canaryWith(path, 'v1', canary))]).toEqual([true, false]);
  }),
  'spec.targetRef.kind': shows((path) =>
    expect(workloadType({ canary: canaryWith(path, 'DaemonSet') }).plural).toBe('daemonsets'),
  ),
  'spec.targetRef.name': shows((path) => expect(primaryWorkloadName(canaryWith(path, 'shop'))).toBe('shop-primary')),
  // Free text: what is written is autoscaling/v2 in any case.
  'spec.autoscalerRef.apiVersion': shows(() =>
    expect(primaryAutoscaler(scaled({ apiVersion: 'autoscaling/v2beta1' }), anHpa()).apiVersion).toBe('autoscaling/v2'),
  ),
  'spec.autoscalerRef.kind': shows((path) =>
    expect(scalerType({ canary: canaryWith(path, 'ScaledObject', scaled()) }).plural).toBe('scaledobjects'),
  ),
  'spec.autoscalerRef.name': shows((path) =>
    expect(primaryAutoscalerName(canaryWith(path, 'mine', scaled()))).toBe('mine-primary'),
  ),
  'spec.autoscalerRef.primaryScalerQueries': shows((path) => {
    const canary = canaryWith(path, { rate: 'mine' }, scaled({ kind: 'ScaledObject' }));
    const triggers = [{ name: 'rate', type: 'prometheus', metadata: { query: 'x' } }];
    const source: KubeObject = {
      apiVersion: '',
      kind: 'ScaledObject',
      metadata: { name: 'podinfo' },
      spec: { triggers },
    };
    expect((primaryScaledObject(canary, source) as Raw).spec.triggers[0].metadata.query).toBe('mine');
  }),
  'spec.autoscalerRef.primaryScalerReplicas.minReplicas': replicaBound('minReplicas'),
  'spec.autoscalerRef.primaryScalerReplicas.maxReplicas': replicaBound('maxReplicas'),
  // Free text: there is one API of Ingresses left.
  'spec.ingressRef.apiVersion': shows((path) => {
    const canary = canaryWith(path, 'networking.k8s.io/v1beta1', canaryWith('spec.ingressRef.name', 'web'));
    expect(routed(canary, 'nginx', undefined, [ingress])[0].apiVersion).toBe('networking.k8s.io/v1');
  }),
  'spec.ingressRef.kind': oneValueOf('ingressRef', 'Ingress'),
  'spec.ingressRef.name': shows((path) =>
    expect(routed(canaryWith(path, 'web'), 'nginx', undefined, [ingress])[0].metadata.name).toBe('web-canary'),
  ),
  'spec.routeRef.apiVersion': { not: 'apisix is not built' },
  'spec.routeRef.kind': oneValueOf('routeRef', 'ApisixRoute'),
  'spec.routeRef.name': shows((path) => {
    const [question] = metricQuestions(seenOf(canaryWith(path, 'route'), aDeployment()));
    expect(question!.variables.route).toBe('route');
  }),
  'spec.upstreamRef.*': { not: 'gloo is not built' },
  'spec.skipAnalysis': shows(async () => {
    const stage = await initialized({}, { skipAnalysis: true });
    stage.metrics['request-success-rate'] = 0;
    stage.setImage('a:2');
    await stage.until('Succeeded');
    expect(stage.texts().filter((text) => text.includes('canary weight'))).toEqual([]);
  }),
  'spec.revertOnDeletion': shows(async () => {
    const stage = await initialized({}, { revertOnDeletion: true });
    expect(stage.canary.metadata.finalizers).toEqual(['finalizer.flagger.app']);
    remove(stage);
    await stage.settleTicks();
    expect((stage.get('Deployment', 'podinfo') as Raw).spec.replicas).toBe(1);
  }),
  'spec.suspend': shows(async () => {
    const stage = await underWay();
    stage.edit('Canary', 'podinfo', (object) => {
      (object as Raw).spec.suspend = true;
    });
    await stage.after(100);
    expect(stage.rows.at(-1)).toMatchObject({ reason: 'Suspended', routes: '80/20', writes: [] });
  }),
};
