/** The pure functions of the model with inputs that have everything, for what each field of them does. */
import type { Canary } from '../../model/canary';
import type { JsonObject } from '../../model/json';
import type { KubeObject } from '../../model/kube';
import { primaryAutoscaler, reconcileAutoscaler } from '../../model/objects/autoscaler';
import { configCopy, isUnsharedCopy } from '../../model/objects/config-copies';
import { heldMinimum } from '../../model/objects/held-minimum';
import { primaryWorkload, promotedWorkload } from '../../model/objects/primary-workload';
import { isAtZero, replicasFromZero, scaleToZeroPatch, scaleUpPatch } from '../../model/objects/scale';
import { pausePatch, queryProblems, resumePatch } from '../../model/objects/scaled-object';
import { canaryServices, reconcileService, revertedApex } from '../../model/objects/services';
import { sameTemplate } from '../../model/objects/takeover';
import { addressProblem, primaryCopy, promotedCopy, reconcileCanaryCopy } from '../../model/objects/target-service';
import { templateHash } from '../../model/revision';
import { validateDestinationRule } from '../../model/rules/destination-rule';
import { validateHttpRoute } from '../../model/rules/http-route';
import { validateVirtualService } from '../../model/rules/virtual-service';
import { type Router, routerFor, routingProblem } from '../../model/traffic/router';
import { routesFor } from '../../model/traffic/routes';
import { problemText, validate, validateAlertProvider, validateMetricTemplate } from '../../model/validate';
import { anHpa } from '../fixtures';
import { aDaemonSet, aScaledObject } from '../targets';
import { AB, BASE_MATCH, RICH, SESSIONS } from './traffic/shapes';
import { anIngress, GATEWAY, plainCanary, raw, written } from './traffic/specimen';
import { aCanary, aDeployment } from './tutorial';

/** `kept`: inputs that are not knocked, because another subject does it. */
export interface Subject<T extends object = object> {
  inputs: T;
  kept?: string[];
  work(inputs: T): unknown;
}

const subject = <T extends object>(inputs: T, work: (inputs: T) => unknown, kept: string[] = []): Subject => ({
  inputs,
  kept,
  work: work as (inputs: object) => unknown,
});

const selector = { key: 'app', value: 'podinfo' };
const OPTIONS = {
  flaggerId: 'id-1',
  trackedConfigs: ['configmap/colors', 'secret/certs', 'secret/all'],
  includeLabelPrefixes: ['team', 'n'],
};

const scaled = (kind: string, more: object = {}): Canary =>
  aCanary((canary) => {
    raw(canary).spec.autoscalerRef = { apiVersion: 'a/v1', kind, name: 'podinfo', ...more };
  });

const bounds = {
  primaryScalerReplicas: { minReplicas: 3, maxReplicas: 5 },
  primaryScalerQueries: { requests: 'up{a="podinfo-primary"}', other: 'q' },
};

const hpa = (): KubeObject => {
  const made = raw(anHpa());
  made.metadata.labels = { team: 'blue', 'kustomize.toolkit.fluxcd.io/name': 'x' };
  made.spec.metrics = [{ type: 'Resource', resource: { name: 'cpu' } }];
  made.spec.behavior = { scaleDown: { stabilizationWindowSeconds: 1 } };
  return made;
};

const scaledObject = (): KubeObject => {
  const made = raw(aScaledObject({ advanced: { horizontalPodAutoscalerConfig: { name: 'podinfo' }, x: 1 } }));
  made.metadata.annotations = { note: 'kept', 'autoscaling.keda.sh/paused-replicas': '0', 'serin.dev/x': 'y' };
  made.spec.triggers.push({ type: 'cron', metadata: { start: '1' } }, { type: 'a', metadata: { query: 'podinfo up' } });
  return made;
};

/** As it was made, and as others changed it since. */
const lived = (object: KubeObject, metadata: object = {}): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    uid: 'uid-live',
    labels: { ...object.metadata.labels, foreign: 'label' },
    annotations: {
      ...object.metadata.annotations,
      foreign: 'note',
      'kubectl.kubernetes.io/last-applied-configuration': '{"spec":{"selector":{"app":"was"}}}',
      'argocd.argoproj.io/tracking-id': 'shop',
    },
    ...metadata,
  },
});

const hold = { 'serin.dev/held-minimum': '{"replicas":4,"weight":100,"run":"r","since":"s","least":1}' };

const rich = (change: (spec: JsonObject) => void = () => {}): Canary => {
  const canary = plainCanary({}, { ...RICH, name: 'shop', portName: 'web', appProtocol: 'h2c', portDiscovery: true });
  const service = raw(canary).spec.service;
  service.unmanagedMetadata = { labels: ['foreign'], annotations: ['foreign'] };
  service.canary = { labels: { side: 'canary' } };
  service.trafficDistribution = 'PreferClose';
  change(service);
  return canary;
};

const apexOf = (canary: Canary): KubeObject => {
  const apex = raw(canaryServices(canary, selector, aDeployment()).apex);
  apex.spec.ports[0].nodePort = 30_080;
  return apex;
};

const aService = (): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'podinfo', namespace: 'test', labels: { team: 'blue' }, annotations: { note: 'kept' } },
  spec: {
    type: 'LoadBalancer',
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1'],
    ipFamilies: ['IPv4'],
    healthCheckNodePort: 31_000,
    externalTrafficPolicy: 'Local',
    selector: { app: 'podinfo' },
    ports: [
      { name: 'http', port: 80, nodePort: 30_080 },
      { name: 'grpc', port: 81 },
    ],
  },
});

const ofService = (): Canary =>
  aCanary((canary) => {
    raw(canary).spec.targetRef = { apiVersion: 'v1', kind: 'Service', name: 'podinfo' };
    raw(canary).spec.service.trafficDistribution = 'PreferClose';
  });

const copyOf = (name: string): KubeObject => lived({ ...aService(), metadata: { ...aService().metadata, name } });

const atZero = (object: KubeObject): KubeObject => {
  const made = raw(object);
  made.spec.replicas = 0;
  made.metadata.annotations = { 'serin.dev/replicas': '3', 'serin.dev/wanted-replicas': '2' };
  return made;
};

const secret = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'test', labels: { team: 'blue', other: 'x' }, annotations: { note: 'n' } },
  ...{ type: 'Opaque', data: { a: 'Yg==' }, binaryData: { b: 'Yw==' }, immutable: true },
});

const owner = { apiVersion: 'v1', kind: 'Canary', name: 'other', uid: 'uid-other', controller: true };

const objects: Record<string, Subject> = {
  'primary-created': subject(
    { canary: aCanary(), target: aDeployment(), options: OPTIONS },
    ({ canary, target, options }) => primaryWorkload(canary, target, options),
  ),
  'primary-promoted': subject(
    {
      canary: scaled('None'),
      target: aDeployment(),
      primary: lived(primaryWorkload(aCanary(), aDeployment(), OPTIONS)),
      options: OPTIONS,
    },
    ({ canary, target, primary, options }) => promotedWorkload(canary, target, primary, options),
  ),
  'daemon-set-promoted': subject(
    { canary: aCanary(), target: aDaemonSet(), primary: lived(primaryWorkload(aCanary(), aDaemonSet(), OPTIONS)) },
    ({ canary, target, primary }) => promotedWorkload(canary, target, primary, OPTIONS),
  ),
  'same-template': subject(
    { target: aDeployment(), primary: primaryWorkload(aCanary(), aDeployment(), OPTIONS) },
    ({ target, primary }) => ({ same: sameTemplate(target, primary), hash: templateHash(target) }),
  ),
  services: subject({ canary: rich(), target: aDeployment() }, ({ canary, target }) =>
    canaryServices(canary, selector, target),
  ),
  'apex-repaired': subject({ canary: rich(), existing: lived(apexOf(rich())) }, ({ canary, existing }) => ({
    reconciled: reconcileService(canary, existing, canaryServices(canary, selector, aDeployment()).apex),
    reverted: revertedApex(canary, existing, selector),
  })),
  'apex-taken-over': subject(
    { existing: lived(apexOf(rich()), { ownerReferences: [{ ...owner, kind: 'Deployment' }] }) },
    ({ existing }) => ({
      reconciled: reconcileService(rich(), existing, canaryServices(rich(), selector, aDeployment()).apex),
      reverted: revertedApex(rich(), existing, selector),
    }),
  ),
  'autoscaler-created': subject(
    { canary: scaled('HorizontalPodAutoscaler', bounds), source: hpa() },
    ({ canary, source }) => primaryAutoscaler(canary, source),
  ),
  'autoscaler-synced': subject(
    {
      canary: scaled('HorizontalPodAutoscaler'),
      source: hpa(),
      existing: lived(primaryAutoscaler(scaled('HorizontalPodAutoscaler'), hpa())),
    },
    ({ canary, source, existing }) => reconcileAutoscaler(canary, source, existing) ?? 'as it is',
  ),
  'autoscaler-held': subject(
    { existing: lived(primaryAutoscaler(scaled('HorizontalPodAutoscaler'), hpa()), { annotations: hold }) },
    ({ existing }) => ({
      held: heldMinimum(existing),
      synced: reconcileAutoscaler(scaled('HorizontalPodAutoscaler'), hpa(), existing),
    }),
  ),
  'scaled-object-created': subject(
    { canary: scaled('ScaledObject', bounds), source: scaledObject() },
    ({ canary, source }) => ({
      created: primaryAutoscaler(canary, source),
      problems: queryProblems(canary, source),
      pause: pausePatch(source),
      resume: resumePatch(source),
    }),
  ),
  'scaled-object-synced': subject(
    {
      canary: scaled('ScaledObject'),
      source: scaledObject(),
      existing: lived(primaryAutoscaler(scaled('ScaledObject'), scaledObject()), { annotations: hold }),
    },
    ({ canary, source, existing }) => reconcileAutoscaler(canary, source, existing) ?? 'as it is',
  ),
  'config-created': subject({ canary: aCanary(), source: secret('all') }, ({ canary, source }) =>
    configCopy(canary, source, undefined, { includeLabelPrefixes: ['team'] }),
  ),
  'config-updated': subject(
    {
      canary: aCanary(),
      source: secret('all'),
      existing: lived(secret('all-primary'), {
        ownerReferences: [owner, { ...owner, name: 'podinfo', uid: 'uid-canary' }],
      }),
    },
    ({ canary, source, existing }) => ({
      copy: configCopy(canary, source, existing, { includeLabelPrefixes: ['team'] }),
      unshared: isUnsharedCopy(canary, existing),
    }),
  ),
  'service-target': subject(
    { canary: ofService(), target: aService(), primary: copyOf('podinfo-primary'), copy: copyOf('podinfo-canary') },
    ({ canary, target, primary, copy }) => ({
      created: primaryCopy(canary, target),
      promoted: promotedCopy(canary, target, primary, { labels: { team: 'blue' }, annotations: {} }),
      canary: reconcileCanaryCopy(canary, target, copy) ?? 'as it is',
      problem: addressProblem(target, copy),
      same: sameTemplate(target, primary),
    }),
  ),
  scale: subject(
    {
      canary: scaled('HorizontalPodAutoscaler'),
      target: atZero(aDeployment()),
      primary: aDeployment(),
      autoscaler: hpa(),
    },
    ({ canary, target, primary, autoscaler }) => ({
      atZero: isAtZero(target),
      toZero: scaleToZeroPatch(target),
      up: scaleUpPatch(target, 2),
      replicas: replicasFromZero(canary, target, primary, autoscaler),
      withoutAutoscaler: replicasFromZero(plainCanary(), target, primary, undefined),
      withoutPrimary: replicasFromZero(plainCanary(), target, undefined, undefined),
    }),
  ),
};

/** What a router makes of a Canary and of what is live: everything that it can be asked. */
function routed(provider: string, canary: Canary, given: KubeObject[], live?: KubeObject[]): unknown {
  const router = routerFor(provider, { ingressClass: 'public' }) as Router;
  const there = live ?? written(given, router.render(canary, routesFor(20, false), given, { selector }));
  return {
    problem: routingProblem(router, canary, there, { selector }),
    objects: router.objects(canary).map(({ type, name, readOnly }) => `${type.kind}/${name} ${readOnly ?? ''}`),
    created: router.render(canary, routesFor(30, router.canMirror(canary)), given, { selector }),
    moved: router.render(canary, routesFor(40, false), there, { selector, cookies: { canary: 'c=1', primary: 'p=1' } }),
    kept: router.render(canary, undefined, there, { selector }),
    read: router.read(canary, there),
    cookies: router.cookies(canary, there),
    finalized: router.finalize(canary, there),
    can: [router.canMirror(canary), router.sessions(canary) ?? 'no sessions'],
    skips: router.skips(canary),
  };
}

const ROUTED: [string, string, Canary, KubeObject[]][] = [
  ['istio', 'istio', plainCanary({ mirror: true, mirrorWeight: 50 }, { ...RICH, ...BASE_MATCH }), []],
  ['istio-sessions', 'istio', plainCanary(SESSIONS, BASE_MATCH), []],
  ['istio-matching', 'istio', plainCanary(AB, { ...BASE_MATCH, gateways: ['public'] }), []],
  ['istio-delegate', 'istio', plainCanary({}, { delegation: true, portDiscovery: true, hosts: [] }), []],
  ['istio-tcp', 'istio', plainCanary({}, { appProtocol: 'TCP', match: [{ port: 9898 }] }), []],
  ['gateway', 'gatewayapi:v1', plainCanary({ mirror: true }, { gatewayRefs: [GATEWAY], ...RICH, ...BASE_MATCH }), []],
  ['gateway-sessions', 'gatewayapi:v1', plainCanary(SESSIONS, { gatewayRefs: [GATEWAY], ...BASE_MATCH }), []],
  ['gateway-matching', 'gatewayapi:v1', plainCanary(AB, { gatewayRefs: [GATEWAY], ...BASE_MATCH }), []],
  ['linkerd', 'linkerd', plainCanary(AB, { ...RICH, ...BASE_MATCH }), []],
  ['nginx', 'nginx', plainCanary({}, RICH), [anIngress()]],
  ['nginx-matching', 'nginx', plainCanary(AB, {}), [anIngress()]],
  ['traefik', 'traefik', plainCanary({}, RICH), []],
  ['contour', 'contour', plainCanary({}, { ...RICH, ...BASE_MATCH }), []],
  ['contour-matching', 'contour', plainCanary(AB, {}), []],
];

const IRRELEVANT = ['canary.spec.analysis.metrics', 'canary.spec.analysis.webhooks', 'canary.spec.autoscalerRef'];

const traffic = Object.fromEntries(
  ROUTED.flatMap(([name, provider, canary, given]) => {
    const router = routerFor(provider, { ingressClass: 'public' }) as Router;
    const cookies = router.sessions(canary) ? { canary: 'fc=1', primary: 'pc=2', previous: 'fc=0' } : {};
    const live = written(given, router.render(canary, routesFor(20, false), given, { selector, cookies }));
    // What is live is read alike for all Canaries of a provider.
    const again = /^(linkerd|gateway-matching|nginx-matching|istio-matching)$/.test(name);
    return [
      [name, subject({ canary, given }, (inputs) => routed(provider, inputs.canary, inputs.given), IRRELEVANT)],
      ...(again ? [] : [[`${name}-live`, subject({ live }, (inputs) => routed(provider, canary, given, inputs.live))]]),
    ];
  }),
);

const of = (kind: string, spec: object): KubeObject => ({ apiVersion: 'a/v1', kind, metadata: { name: 'r' }, spec });

const to = (host: string, more: object = {}) => ({
  destination: { host, port: { number: 80 }, subset: 'v1' },
  ...more,
});

const aVirtualService = (): KubeObject =>
  of('VirtualService', {
    hosts: ['shop.example.com'],
    gateways: ['mesh'],
    exportTo: ['.'],
    http: [
      {
        name: 'split',
        match: [{ uri: { prefix: '/' } }, { name: 'named', headers: { a: { exact: 'b' } } }],
        route: [to('a', { weight: 75 }), to('b', { weight: 25 })],
        mirror: to('c').destination,
        mirrorPercentage: { value: 12.5 },
        retries: { attempts: 2 },
        rewrite: { uri: '/' },
      },
      { match: [{ port: 1 }], directResponse: { status: 503 } },
      { match: [{ port: 2 }], delegate: { name: 'other' } },
      { match: [{ name: 'all' }], route: [to('d', { weight: 100 })] },
      { route: [to('e')] },
    ],
  });

const anHttpRoute = (): KubeObject =>
  of('HTTPRoute', {
    parentRefs: [{ name: 'public' }],
    hostnames: ['*.example.com', 'example.com'],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }, { path: { type: 'RegularExpression', value: 'x.*' } }],
        backendRefs: [
          { name: 'a', port: 80, weight: 1 },
          { group: 'x.test', kind: 'Other', name: 'b', weight: 0 },
        ],
      },
      { filters: [{ type: 'RequestRedirect' }] },
      { backendRefs: [{ group: '', kind: 'Service', name: 'c', port: 65_535 }] },
    ],
  });

const aDestinationRule = (): KubeObject =>
  of('DestinationRule', {
    host: 'a',
    exportTo: ['.'],
    trafficPolicy: { tls: { mode: 'DISABLE' } },
    subsets: [
      { name: 'v1', labels: { version: '1' }, trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } },
      { name: 'v2', labels: { version: '2' } },
    ],
  });

const texts = (problems: Parameters<typeof problemText>[0][]) => problems.map(problemText);

const policies: Record<string, Subject> = {
  'virtual-service': subject({ object: aVirtualService() }, ({ object }) => texts(validateVirtualService(object))),
  'http-route': subject({ object: anHttpRoute() }, ({ object }) => texts(validateHttpRoute(object))),
  'destination-rule': subject({ object: aDestinationRule() }, ({ object }) => texts(validateDestinationRule(object))),
  'metric-template': subject(
    {
      object: of('MetricTemplate', {
        query: 'up{a="{{ target }}"}',
        provider: {
          type: 'splunk',
          address: 'https://a.test',
          region: 'eu',
          insecureSkipVerify: true,
          headers: { a: ['b'] },
          secretRef: { name: 's' },
        },
      }),
    },
    ({ object }) => texts(validateMetricTemplate(object as never)),
  ),
  'alert-provider': subject(
    {
      object: of('AlertProvider', {
        type: 'slack',
        channel: 'c',
        username: 'u',
        address: 'https://a.test',
        proxy: 'http://p.test',
        secretRef: { name: 's' },
      }),
    },
    ({ object }) => texts(validateAlertProvider(object as never)),
  ),
};

/** Of a Canary that uses everything, what each provider leaves out. */
const USED = {
  ...RICH,
  match: [
    { uri: { prefix: '/' }, scheme: { exact: 'h' }, withoutHeaders: { a: {} }, sourceLabels: { a: 'b' }, port: 1 },
  ],
  corsPolicy: { allowOrigins: [{ regex: '.*' }, { exact: 'a' }] },
  gateways: ['mesh'],
  backendTimeout: '1s',
  mirror: [{ backendRef: { name: 'x', port: 1 } }],
  trafficPolicy: { tls: { mode: 'DISABLE' } },
};

const skips = Object.fromEntries(
  ['istio', 'gatewayapi:v1', 'linkerd', 'nginx', 'traefik', 'contour', 'kubernetes'].map((provider) => [
    `skips-${provider.split(':')[0]}`,
    subject(
      {
        canary: plainCanary(
          { ...SESSIONS, mirror: true, match: [{ headers: { a: { exact: 'b' } }, sourceLabels: { a: 'b' } }] },
          USED,
        ),
      },
      ({ canary }) => (routerFor(provider) as Router).skips(canary),
      IRRELEVANT,
    ),
  ]),
);

const validated: Record<string, Subject> = {
  validate: subject(
    {
      canary: plainCanary(
        { ...SESSIONS, mirror: true, mirrorWeight: 50 },
        {
          ...RICH,
          ...BASE_MATCH,
          gatewayRefs: [GATEWAY],
        },
      ),
    },
    ({ canary }) => validate(canary).map(problemText),
  ),
};

export const subjects: Record<string, Subject> = { ...objects, ...traffic, ...skips, ...policies, ...validated };
