/** One Canary for each provider, target, autoscaler and reference that the controller needs rights for. */
import { aScaledObject } from '../../targets';
import type { AnyObject } from '../tutorial-fixture';

/** Where a row's objects live, and who answers metrics, gates and chats. */
export interface Place {
  namespace: string;
  /** Base URL of the helper. */
  helper: string;
}

export interface Row {
  /** Of the target, and of the Canary. */
  name: string;
  /** Of the spec. */
  canary(place: Place): AnyObject;
  /** What lies beside it at first, and with the next revision. */
  objects?(place: Place, version: number): AnyObject[];
  /** How its run ends. @default Succeeded */
  ends?: 'Failed';
}

const STEPS = { stepWeight: 50, maxWeight: 50 };
const ITERATIONS = { iterations: 1 };

const canary = (provider: string, more: AnyObject = {}, steps: AnyObject = STEPS): AnyObject => ({
  provider,
  progressDeadlineSeconds: 60,
  revertOnDeletion: true,
  ...more,
  service: { port: 9898, ...more.service },
  analysis: { interval: '1s', threshold: 5, ...steps, ...more.analysis },
});

const blueGreen = (more: AnyObject = {}): AnyObject => canary('kubernetes', more, ITERATIONS);

const object = (apiVersion: string, kind: string, name: string, namespace: string, content: AnyObject): AnyObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  ...content,
});

export function workload(kind: string, name: string, namespace: string, version: number, envFrom: object[] = []) {
  const labels = { app: name };
  const image = `stefanprodan/podinfo:3.1.${version}`;
  const container = { name: 'app', image, ports: [{ name: 'http', containerPort: 9898 }], envFrom };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  return object('apps/v1', kind, name, namespace, { spec: { selector: { matchLabels: labels }, template } });
}

const deployment =
  (name: string, more: (place: Place, version: number) => AnyObject[] = () => []) =>
  (place: Place, version: number): AnyObject[] => [
    workload('Deployment', name, place.namespace, version),
    ...more(place, version),
  ];

const plain = (name: string, spec: (place: Place) => AnyObject): Row => ({
  name,
  canary: spec,
  objects: deployment(name),
});

const gatewayRefs = [{ name: 'gate' }];

const istio: Row = {
  name: 'istio',
  canary: () =>
    canary('istio', {
      service: { gateways: ['gate'], hosts: ['app.example.com'] },
      autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'istio' },
    }),
  objects: deployment('istio', ({ namespace }, version) => [
    object('networking.istio.io/v1beta1', 'Gateway', 'gate', namespace, {
      spec: {
        selector: { istio: 'ingressgateway' },
        servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
      },
    }),
    object('autoscaling/v2', 'HorizontalPodAutoscaler', 'istio', namespace, {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'istio' },
        minReplicas: 1,
        maxReplicas: 2 + version,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 99 } } },
        ],
      },
    }),
  ]),
};

const backend = { service: { name: 'nginx', port: { number: 9898 } } };
const nginx: Row = {
  name: 'nginx',
  canary: () => canary('nginx', { ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'nginx' } }),
  objects: deployment('nginx', ({ namespace }) => [
    object('networking.k8s.io/v1', 'Ingress', 'nginx', namespace, {
      spec: {
        ingressClassName: 'nginx',
        rules: [{ host: 'app.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      },
    }),
  ]),
};

const keda: Row = {
  name: 'keda',
  canary: () => blueGreen({ autoscalerRef: { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'keda' } }),
  objects: deployment('keda', ({ namespace }, version) => {
    const spec = aScaledObject({ scaleTargetRef: { name: 'keda' }, maxReplicaCount: 4 + version })['spec'];
    return [object('keda.sh/v1alpha1', 'ScaledObject', 'keda', namespace, { spec })];
  }),
};

const CONFIGS = ['ConfigMap', 'Secret'];
const configs: Row = {
  name: 'configs',
  canary: () => blueGreen(),
  objects: ({ namespace }, version) => [
    ...CONFIGS.map((kind) =>
      object('v1', kind, 'configs', namespace, {
        [kind === 'Secret' ? 'stringData' : 'data']: { version: `${version}` },
      }),
    ),
    workload('Deployment', 'configs', namespace, version, [
      { configMapRef: { name: 'configs' } },
      { secretRef: { name: 'configs' } },
    ]),
  ],
};

/** Halts until the helper's gate opens. */
const daemonSet: Row = {
  name: 'everywhere',
  canary: ({ helper }) => {
    const webhooks = [{ name: 'nobody', type: 'rollout', url: `${helper}/gate`, timeout: '1s' }];
    return blueGreen({ analysis: { threshold: 1000, webhooks } });
  },
  objects: ({ namespace }, version) => [workload('DaemonSet', 'everywhere', namespace, version)],
};

const service: Row = {
  name: 'front',
  canary: () => canary('istio'),
  objects: ({ namespace }, version) => [
    ...[0, 1].map((number) => workload('Deployment', `front-${number}`, namespace, number)),
    object('v1', 'Service', 'front', namespace, {
      spec: { selector: { app: `front-${version}` }, ports: [{ name: 'http', port: 9898 }] },
    }),
  ],
};

const template = (name: string, { namespace, helper }: Place, spec: AnyObject = {}) =>
  object('flagger.app/v1beta1', 'MetricTemplate', name, namespace, {
    spec: { provider: { type: 'prometheus', address: helper, secretRef: { name } }, query: name, ...spec },
  });

const measured = (name: string, more: AnyObject = {}): AnyObject =>
  blueGreen({
    analysis: {
      threshold: 1,
      metrics: [{ name, templateRef: { name }, interval: '1m', thresholdRange: { min: 1 } }],
      ...more,
    },
  });

/** The metric's password and the chat's address lie in Secrets. */
const metrics: Row = {
  name: 'good',
  canary: () => measured('good', { alerts: [{ name: 'chat', severity: 'info', providerRef: { name: 'chat' } }] }),
  objects: deployment('good', (place) => [
    object('v1', 'Secret', 'good', place.namespace, { stringData: { username: 'serin', password: 'tit' } }),
    template('good', place),
    object('v1', 'Secret', 'chat', place.namespace, { stringData: { address: `${place.helper}/chat` } }),
    object('flagger.app/v1beta1', 'AlertProvider', 'chat', place.namespace, {
      spec: { type: 'slack', channel: 'releases', secretRef: { name: 'chat' } },
    }),
  ]),
};

const failing: Row = {
  name: 'bad',
  canary: () => measured('bad'),
  objects: deployment('bad', (place) => [
    object('v1', 'Secret', 'bad', place.namespace, { stringData: { username: 'serin', password: 'tit' } }),
    template('bad', place),
  ]),
  ends: 'Failed',
};

const external: Row = {
  name: 'external',
  canary: () => measured('external'),
  objects: deployment('external', (place) => [
    template('external', place, { provider: { type: 'externalmetrics' }, query: `${place.namespace}/queue` }),
  ]),
};

export const ROWS = {
  istio,
  'gatewayapi:v1': plain('route', () => canary('gatewayapi:v1', { service: { gatewayRefs } })),
  'gatewayapi:v1beta1': plain('beta', () => canary('gatewayapi:v1beta1', { service: { gatewayRefs } })),
  linkerd: plain('linkerd', () => canary('linkerd')),
  nginx,
  traefik: plain('traefik', () => canary('traefik')),
  contour: plain('contour', () => canary('contour')),
  kubernetes: plain('plain', () => blueGreen()),
  keda,
  configs,
  daemonSet,
  service,
  metrics,
  failing,
  external,
} satisfies Record<string, Row>;

/** The Canary of a row; routes count without a gateway that reports on them. */
export function canaryOf(row: Row, place: Place): AnyObject {
  const targetKind = row === daemonSet ? 'DaemonSet' : row === service ? 'Service' : 'Deployment';
  const apiVersion = targetKind === 'Service' ? 'v1' : 'apps/v1';
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: {
      name: row.name,
      namespace: place.namespace,
      annotations: { 'serin.dev/route-acceptance': 'ignore' },
    },
    spec: { targetRef: { apiVersion, kind: targetKind, name: row.name }, ...row.canary(place) },
  };
}
