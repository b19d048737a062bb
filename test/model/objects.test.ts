import { mergePatchBetween } from '../../model/json';
import type { KubeObject } from '../../model/kube';
import { primaryAutoscaler, reconcileAutoscaler } from '../../model/objects/autoscaler';
import { configCopy, isUnsharedCopy } from '../../model/objects/config-copies';
import { CANARY_ANNOTATION, isOwnedBy, LAST_APPLIED } from '../../model/objects/metadata';
import { primaryWorkload, promotedWorkload } from '../../model/objects/primary-workload';
import { isAtZero, replicasFromZero, scaleToZeroPatch, scaleUpPatch } from '../../model/objects/scale';
import { servicePorts } from '../../model/objects/service-ports';
import { canaryServices, reconcileService, revertedApex } from '../../model/objects/services';
import { sameTemplate } from '../../model/objects/takeover';
import { SCALE_TO_ZERO, templateHash } from '../../model/revision';
import { aCanary, aDeployment } from './tutorial';

const owner = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  name: 'podinfo',
  uid: 'uid-canary',
  controller: true,
  blockOwnerDeletion: true,
};
const options = {
  flaggerId: 'id-1',
  trackedConfigs: ['configmap/colors', 'secret/certs', 'configmap/extra', 'secret/all'],
};
const selector = { key: 'app', value: 'podinfo' };
const toolkit = {
  'kustomize.toolkit.fluxcd.io/reconcile': 'disabled',
  'helm.toolkit.fluxcd.io/driftDetection': 'disabled',
};
// biome-ignore lint/suspicious/noExplicitAny: tests look into raw JSON
const raw = (object: KubeObject | undefined): any => object;

describe('the primary at creation', () => {
  const primary = raw(primaryWorkload(aCanary(), aDeployment(), options));

  test('carries one own label, and the annotations that describe it no less than the target (W11)', () => {
    expect(primary.metadata).toEqual({
      name: 'podinfo-primary',
      namespace: 'test',
      labels: { app: 'podinfo-primary' },
      annotations: { note: 'kept', 'serin.dev/revision': templateHash(aDeployment()) },
      ownerReferences: [owner],
    });
  });

  test('rolls as the target does, with a selector and a fresh id of its own', () => {
    const { template, ...spec } = primary.spec;
    expect(spec).toEqual({
      replicas: 2,
      minReadySeconds: 5,
      progressDeadlineSeconds: 60,
      revisionHistoryLimit: 5,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
      newField: { of: 'a later Kubernetes' },
      selector: { matchLabels: { app: 'podinfo-primary' } },
    });
    expect(template.metadata).toEqual({
      labels: { app: 'podinfo-primary', tier: 'web' },
      annotations: { 'prometheus.io/scrape': 'true', 'flagger-id': 'id-1' },
    });
  });

  test('uses the copies of tracked configs, and keeps fields that Serin does not know (W1)', () => {
    const [container] = primary.spec.template.spec.containers;
    expect(container.futureField).toEqual({ stays: true });
    expect(container.env[0].valueFrom.configMapKeyRef).toEqual({ name: 'colors-primary', key: 'color' });
    expect(container.env[1].valueFrom.secretKeyRef.name).toBe('passwords');
    expect(container.envFrom).toEqual([
      { configMapRef: { name: 'colors-primary', optional: true } },
      { secretRef: { name: 'all-primary' } },
    ]);
    expect(primary.spec.template.spec.volumes).toEqual([
      { name: 'a', configMap: { name: 'files' } },
      { name: 'b', secret: { secretName: 'certs-primary', defaultMode: 420 } },
      { name: 'c', projected: { sources: [{ configMap: { name: 'extra-primary' } }, { secret: { name: 'token' } }] } },
      { name: 'd', emptyDir: {} },
    ]);
  });

  test('W3: a target at zero has the replicas that it had', () => {
    const at = (replicas: number, remembered?: string) =>
      raw(
        primaryWorkload(
          aCanary(),
          aDeployment((d) => {
            d.spec.replicas = replicas;
            if (remembered) d.metadata.annotations['serin.dev/replicas'] = remembered;
          }),
          options,
        ),
      );
    expect(at(0, '4').spec.replicas).toBe(4);
    expect(at(0).spec.replicas).toBe(1);
    expect(at(0, '4').metadata.annotations['serin.dev/replicas']).toBeUndefined();
  });

  test('W3: a DaemonSet at zero has a primary with pods', () => {
    const daemonSet = aDeployment((d) =>
      Object.assign(d.spec.template.spec, { nodeSelector: { [SCALE_TO_ZERO]: 'true' } }),
    );
    const made = raw(primaryWorkload(aCanary(), { ...daemonSet, kind: 'DaemonSet' }, options));
    expect(made.kind).toBe('DaemonSet');
    expect(made.spec.replicas).toBeUndefined();
    expect(made.spec.template.spec.nodeSelector).toBeUndefined();
  });

  test('is refused without selector label, and for a DaemonSet that does not roll', () => {
    const unlabelled = aDeployment((d) => {
      d.spec.selector.matchLabels = { tier: 'web' };
    });
    expect(() => primaryWorkload(aCanary(), unlabelled, options)).toThrow(
      'must contain one of [app name app.kubernetes.io/name]',
    );
    const manual = {
      ...aDeployment((d) => Object.assign(d.spec, { updateStrategy: { type: 'OnDelete' } })),
      kind: 'DaemonSet',
    };
    expect(() => primaryWorkload(aCanary(), manual, options)).toThrow(
      'daemonset podinfo.test must have RollingUpdate strategy but have OnDelete',
    );
  });

  test('synthesised before the Canary exists, it says whose it is and is adopted later', () => {
    const canary = aCanary((c) => delete c.metadata.uid);
    const made = primaryWorkload(canary, aDeployment(), options);
    expect(made.metadata.ownerReferences).toBeUndefined();
    expect(made.metadata.annotations?.[CANARY_ANNOTATION]).toBe('podinfo');
    expect(isOwnedBy(aCanary(), made)).toBe(true);
    const promoted = promotedWorkload(aCanary(), aDeployment(), made, options);
    expect(promoted.metadata.ownerReferences).toEqual([owner]);
  });
});

test('W12: rules about the own pods follow the label value or the name, of both affinities and spread', () => {
  const target = aDeployment((d) => {
    d.metadata.name = 'web';
    const term = (labelSelector: object) => ({ topologyKey: 'z', labelSelector });
    Object.assign(d.spec.template.spec, {
      topologySpreadConstraints: [
        { labelSelector: { matchExpressions: [{ key: 'name', operator: 'In', values: ['x', 'web'] }] } },
      ],
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            term({ matchLabels: { app: 'podinfo' } }),
            term({ matchLabels: { app: 'cache' } }),
          ],
        },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, podAffinityTerm: term({ matchLabels: { app: 'podinfo' } }) },
          ],
        },
      },
    });
  });
  const spec = raw(primaryWorkload(aCanary(), target, options)).spec.template.spec;
  expect(spec.topologySpreadConstraints[0].labelSelector.matchExpressions[0].values).toEqual(['x', 'web-primary']);
  const [own, other] = spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  expect([own.labelSelector.matchLabels.app, other.labelSelector.matchLabels.app]).toEqual([
    'podinfo-primary',
    'cache',
  ]);
  const [anti] = spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
  expect(anti.podAffinityTerm.labelSelector.matchLabels.app).toBe('podinfo-primary');
});

describe('the primary at promotion', () => {
  const live = (): KubeObject => {
    const primary = raw(primaryWorkload(aCanary(), aDeployment(), options));
    primary.metadata.resourceVersion = '7';
    primary.metadata.annotations = { ...primary.metadata.annotations, foreign: 'stays' };
    primary.spec.replicas = 5;
    primary.spec.paused = false;
    return primary;
  };
  const next = aDeployment((d) => {
    Object.assign(d.spec.template.spec.containers[0] ?? {}, { image: 'podinfo:3.1.1' });
    delete (d.spec as Partial<typeof d.spec>).minReadySeconds;
  });
  const promoted = raw(promotedWorkload(aCanary(), next, live(), { ...options, flaggerId: 'id-2' }));

  test('runs the new template with a new id, and says which', () => {
    expect(promoted.spec.template.spec.containers[0].image).toBe('podinfo:3.1.1');
    expect(promoted.spec.template.metadata.annotations['flagger-id']).toBe('id-2');
    expect(promoted.metadata.annotations).toMatchObject({ foreign: 'stays', 'serin.dev/revision': templateHash(next) });
  });

  test('keeps what is its own, drops what the target dropped', () => {
    expect(promoted.metadata.resourceVersion).toBe('7');
    expect(promoted.spec).toMatchObject({
      replicas: 5,
      paused: false,
      selector: { matchLabels: { app: 'podinfo-primary' } },
    });
    expect(promoted.spec.minReadySeconds).toBeUndefined();
  });

  test('C26, W20: replicas are never lowered, and raised only without an autoscaler', () => {
    const replicas = (target: number, scaled: boolean) => {
      const canary = aCanary((c) => {
        if (!scaled) delete c.spec.autoscalerRef;
      });
      const deployment = aDeployment((d) => {
        d.spec.replicas = target;
      });
      return raw(promotedWorkload(canary, deployment, live(), options)).spec.replicas;
    };
    expect([replicas(0, false), replicas(3, false), replicas(8, false), replicas(8, true)]).toEqual([5, 5, 8, 5]);
  });
});

describe('takeover: the primary runs the target', () => {
  const primary = primaryWorkload(aCanary(), aDeployment(), options);

  test('after the renames are undone', () => {
    expect(sameTemplate(aDeployment(), primary)).toBe(true);
  });

  test('as the reference wrote it, which left other rules alone', () => {
    const byReference = structuredClone(primary);
    raw(byReference).spec.template.spec.affinity = raw(aDeployment()).spec.template.spec.affinity;
    expect(sameTemplate(aDeployment(), byReference)).toBe(true);
  });

  test.each([
    ['image', (p: KubeObject) => Object.assign(raw(p).spec.template.spec.containers[0], { image: 'x' })],
    [
      'config',
      (p: KubeObject) => Object.assign(raw(p).spec.template.spec.volumes[0].configMap, { name: 'other-primary' }),
    ],
    ['annotation', (p: KubeObject) => Object.assign(raw(p).spec.template.metadata.annotations, { restartedAt: 'x' })],
  ])('not with another %s', (_, change) => {
    const other = structuredClone(primary);
    change(other);
    expect(sameTemplate(aDeployment(), other)).toBe(false);
  });
});

describe('config copies', () => {
  const source = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'test', labels: { a: 'b' } },
    type: 'Opaque',
    data: { k: 'dg==' },
    immutable: true,
  };
  const copy = configCopy(aCanary(), source) as KubeObject;

  test('have the data and the type, and no metadata of the source', () => {
    expect(copy).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's-primary', namespace: 'test', ownerReferences: [owner] },
      type: 'Opaque',
      data: { k: 'dg==' },
    });
    expect(configCopy(aCanary(), source, undefined, { includeLabelPrefixes: ['a'] })?.metadata.labels).toEqual({
      a: 'b',
    });
  });

  test('W7: have binary data, also when it is all there is', () => {
    const binary = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, binaryData: { x: 'AA==' } };
    expect(configCopy(aCanary(), binary)).toMatchObject({ binaryData: { x: 'AA==' } });
  });

  test('are written only when they differ; W10: annotations of others stay', () => {
    expect(configCopy(aCanary(), source, copy)).toBeUndefined();
    const annotated = { ...copy, metadata: { ...copy.metadata, annotations: { replicator: 'x' } } };
    expect(configCopy(aCanary(), { ...source, data: { k: 'dw==' } }, annotated)).toMatchObject({
      data: { k: 'dw==' },
      metadata: { annotations: { replicator: 'x' } },
    });
  });

  test('made by synthesis, are the same when synthesised again', () => {
    const early = aCanary((c) => delete c.metadata.uid);
    expect(configCopy(early, source, configCopy(early, source))).toBeUndefined();
  });

  test('are shared by Canaries that use one config', () => {
    const other = aCanary((c) => Object.assign(c.metadata, { name: 'other', uid: 'uid-other' }));
    const shared = configCopy(other, source, copy) as KubeObject;
    expect(shared.metadata.ownerReferences).toEqual([
      { ...owner, name: 'other', uid: 'uid-other' },
      { ...owner, controller: false },
    ]);
    expect(isUnsharedCopy(aCanary(), copy)).toBe(true);
    expect(isUnsharedCopy(other, shared)).toBe(false);
  });
});

describe('Services', () => {
  const wanted = canaryServices(aCanary(), selector, aDeployment());

  test('of the tutorial', () => {
    expect(wanted.apex).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'podinfo',
        namespace: 'test',
        labels: { app: 'podinfo' },
        annotations: toolkit,
        ownerReferences: [owner],
      },
      spec: {
        type: 'ClusterIP',
        ports: [{ name: 'http', protocol: 'TCP', port: 9898, targetPort: 9898 }],
        selector: { app: 'podinfo-primary' },
      },
    });
    expect(raw(wanted.primary).spec.selector).toEqual({ app: 'podinfo-primary' });
    expect(raw(wanted.canary).spec.selector).toEqual({ app: 'podinfo' });
    expect(wanted.canary.metadata.labels).toEqual({ app: 'podinfo-canary' });
  });

  const stored = (object: KubeObject): KubeObject =>
    raw({
      ...object,
      metadata: { ...object.metadata, resourceVersion: '1', uid: 'u' },
      spec: { ...raw(object).spec, clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], sessionAffinity: 'None' },
    });

  test('that are as wanted are not written', () => {
    expect(reconcileService(aCanary(), stored(wanted.apex), wanted.apex)).toBeUndefined();
    expect(reconcileService(aCanary(), undefined, wanted.apex)).toBe(wanted.apex);
  });

  test('of a user are taken over: ports and selector, nothing else', () => {
    const mine = raw({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'podinfo', namespace: 'test', labels: { mine: 'x' }, annotations: { mine: 'y' } },
      spec: {
        type: 'NodePort',
        selector: { app: 'podinfo' },
        ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 9898, nodePort: 30_000 }],
      },
    });
    const taken = raw(reconcileService(aCanary(), mine, wanted.apex));
    expect(taken.metadata).toEqual({ ...mine.metadata, annotations: { mine: 'y', ...toolkit } });
    expect(taken.spec).toEqual({
      type: 'NodePort',
      selector: { app: 'podinfo-primary' },
      ports: [{ name: 'http', protocol: 'TCP', port: 9898, targetPort: 9898, nodePort: 30_000 }],
    });
    expect(reconcileService(aCanary(), taken, wanted.apex)).toBeUndefined();
    const foreign = { ...taken, metadata: { ...taken.metadata, labels: { mine: 'changed' } } };
    expect(reconcileService(aCanary(), foreign, wanted.apex)).toBeUndefined();
  });

  test('of the Canary have the configured metadata, and unmanaged keys as they are', () => {
    const live = stored(wanted.apex);
    live.metadata.labels = { app: 'edited', keep: 'me', drop: 'me' };
    live.metadata.annotations = { ...toolkit, [LAST_APPLIED]: '{}', gone: 'x' };
    const canary = aCanary((c) => Object.assign(c.spec.service ?? {}, { unmanagedMetadata: { labels: ['keep'] } }));
    const repaired = reconcileService(canary, live, wanted.apex);
    expect(repaired?.metadata.labels).toEqual({ app: 'podinfo', keep: 'me' });
    expect(repaired?.metadata.annotations).toEqual({ ...toolkit, [LAST_APPLIED]: '{}' });
  });

  test('synthesised without uid are adopted', () => {
    const made = canaryServices(
      aCanary((c) => delete c.metadata.uid),
      selector,
    ).apex;
    expect(reconcileService(aCanary(), made, wanted.apex)?.metadata.ownerReferences).toEqual([owner]);
  });

  test('the selector label wins over the configured labels', () => {
    const canary = aCanary((c) =>
      Object.assign(c.spec.service ?? {}, {
        apex: { labels: { app: 'mine', x: 'y' }, annotations: { a: 'b' } },
        headless: true,
      }),
    );
    const { apex } = canaryServices(canary, selector);
    expect(apex.metadata.labels).toEqual({ app: 'podinfo', x: 'y' });
    expect(apex.metadata.annotations).toEqual({ a: 'b', ...toolkit });
    expect(raw(apex).spec.clusterIP).toBe('None');
  });

  test('are reverted by their own record, else to the target’s label; owned ones are left', () => {
    const apex = (annotations: Record<string, string>) =>
      raw({ ...wanted.apex, metadata: { name: 'podinfo', annotations } });
    const spec = JSON.stringify({ spec: { selector: { app: 'mine' } } });
    expect(raw(revertedApex(aCanary(), apex({ [LAST_APPLIED]: spec }), selector)).spec.selector).toEqual({
      app: 'mine',
    });
    expect(raw(revertedApex(aCanary(), apex({}), selector)).spec.selector).toEqual({ app: 'podinfo' });
    expect(revertedApex(aCanary(), wanted.apex, selector)).toBeUndefined();
    expect(() => revertedApex(aCanary(), apex({ [LAST_APPLIED]: '{' }), selector)).toThrow(
      `router podinfo.default failed to unMarshal annotation ${LAST_APPLIED}`,
    );
  });
});

describe('port discovery', () => {
  const discover = (containers: object[], fields: object = {}) =>
    servicePorts(
      aCanary((c) => Object.assign(c.spec.service ?? {}, { portDiscovery: true, ...fields })),
      aDeployment((d) => {
        d.spec.template.spec.containers = containers as Record<string, unknown>[];
      }),
    ).map(({ name, port, protocol }) => `${name}:${port}/${protocol}`);

  test('adds every other port of the application', () => {
    const ports = [{ name: 'http', containerPort: 9898 }, { containerPort: 9999 }, { name: 'm', containerPort: 8081 }];
    const proxy = { name: 'istio-proxy', ports: [{ containerPort: 15_001 }] };
    expect(discover([{ name: 'app', ports }, proxy])).toEqual(['http:9898/TCP', 'tcp-app-1:9999/TCP', 'm:8081/TCP']);
    expect(discover([{ name: 'app', ports }], { targetPort: 'm', portName: 'web' })).toEqual([
      'web:9898/TCP',
      'tcp-app-1:9999/TCP',
    ]);
  });

  test('W15: has no duplicates, keeps the protocol, renames what clashes', () => {
    const ports = [
      { name: 'http', containerPort: 80 },
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
      { name: 'dns-tcp', containerPort: 53 },
    ];
    expect(
      discover([
        { name: 'a', ports },
        { name: 'b', ports: [{ name: 'again', containerPort: 80 }] },
      ]),
    ).toEqual(['http:9898/TCP', 'http-80:80/TCP', 'dns:53/UDP', 'dns-tcp:53/TCP']);
  });
});

describe('the primary autoscaler', () => {
  const source = raw({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      name: 'podinfo',
      namespace: 'test',
      labels: { team: 'blue', 'x.toolkit.fluxcd.io/a': 'b' },
      annotations: { a: 'b' },
    },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [{ type: 'Resource' }],
    },
  });
  const made = raw(primaryAutoscaler(aCanary(), source));

  test('scales the primary as the target is scaled', () => {
    expect(made).toEqual({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'podinfo-primary', namespace: 'test', labels: { team: 'blue' }, ownerReferences: [owner] },
      spec: { ...source.spec, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo-primary' } },
    });
  });

  test('has its own bounds where they are set', () => {
    const canary = aCanary((c) =>
      Object.assign(c.spec.autoscalerRef ?? {}, { primaryScalerReplicas: { minReplicas: 10, maxReplicas: 20 } }),
    );
    expect(raw(primaryAutoscaler(canary, source)).spec).toMatchObject({ minReplicas: 10, maxReplicas: 20 });
  });

  test('W13: is written only when something that is copied differs; foreign metadata stays', () => {
    expect(reconcileAutoscaler(aCanary(), source, undefined)).toEqual(made);
    expect(reconcileAutoscaler(aCanary(), source, made)).toBeUndefined();
    const annotated = { ...made, metadata: { ...made.metadata, annotations: { other: 'x' } } };
    expect(reconcileAutoscaler(aCanary(), source, annotated)).toBeUndefined();
    const relabelled = { ...source, metadata: { ...source.metadata, labels: { team: 'red' } } };
    expect(reconcileAutoscaler(aCanary(), relabelled, annotated)?.metadata).toMatchObject({
      labels: { team: 'red' },
      annotations: { other: 'x' },
    });
    const behaving = { ...source, spec: { ...source.spec, minReplicas: undefined, behavior: { scaleDown: {} } } };
    const updated = raw(reconcileAutoscaler(aCanary(), behaving, made));
    expect(updated.spec).toEqual({
      scaleTargetRef: made.spec.scaleTargetRef,
      maxReplicas: 4,
      metrics: [{ type: 'Resource' }],
      behavior: { scaleDown: {} },
    });
  });
});

describe('scaling the target', () => {
  const at = (replicas: number) =>
    aDeployment((d) => {
      d.spec.replicas = replicas;
    });

  test('to zero remembers the replicas, and is done once', () => {
    expect(scaleToZeroPatch(at(3))).toEqual({
      metadata: { annotations: { 'serin.dev/replicas': '3' } },
      spec: { replicas: 0 },
    });
    expect(scaleToZeroPatch(at(0))).toBeUndefined();
    expect(scaleUpPatch(at(0), 2)).toEqual({ spec: { replicas: 2 } });
    expect(scaleUpPatch(at(2), 2)).toBeUndefined();
  });

  test('of a DaemonSet touches one key of its node selector', () => {
    const daemonSet = { ...aDeployment(), kind: 'DaemonSet' };
    const patch = scaleToZeroPatch(daemonSet);
    expect(patch).toEqual({ spec: { template: { spec: { nodeSelector: { [SCALE_TO_ZERO]: 'true' } } } } });
    const zero = {
      ...aDeployment((d) => Object.assign(d.spec.template.spec, { nodeSelector: { [SCALE_TO_ZERO]: 'true', a: 'b' } })),
      kind: 'DaemonSet',
    };
    expect([isAtZero(daemonSet), isAtZero(zero)]).toEqual([false, true]);
    expect(scaleUpPatch(zero, 1)).toEqual({
      spec: { template: { spec: { nodeSelector: { [SCALE_TO_ZERO]: null } } } },
    });
  });

  test('from zero: own replicas, the autoscaler’s minimum, the primary’s, the remembered ones, one', () => {
    const plain = aCanary((c) => delete c.spec.autoscalerRef);
    const hpa = raw({ metadata: {}, spec: { minReplicas: 2 } } as never);
    const primary = raw({ metadata: {}, spec: { replicas: 6 } } as never);
    expect(replicasFromZero(aCanary(), at(4), primary, hpa)).toBe(4);
    expect(replicasFromZero(aCanary(), at(0), primary, hpa)).toBe(2);
    expect(replicasFromZero(aCanary(), at(0), primary, undefined)).toBe(1);
    expect(replicasFromZero(plain, at(0), primary, undefined)).toBe(6);
    expect(replicasFromZero(plain, at(0), undefined, undefined)).toBe(1);
  });
});

test('a merge patch says what differs', () => {
  expect(mergePatchBetween({ a: 1, b: { c: 1, d: [1] }, e: 1 }, { a: 1, b: { c: 2, d: [1, 2] } })).toEqual({
    b: { c: 2, d: [1, 2] },
    e: null,
  });
  expect(mergePatchBetween({ a: { b: 1 } }, { a: { b: 1 } })).toBeUndefined();
});
