/** What the operator set once for all Canaries: the controller's flags, as values. */
export interface Settings {
  /** `-mesh-provider` */
  meshProvider: string;
  /** `-metrics-server`, base URL. */
  metricsServer: string;
  /** `-selector-labels`, in order of preference. */
  selectorLabels: string[];
  /** `-include-label-prefix`; empty copies no label. */
  includeLabelPrefixes: string[];
  /** `-enable-config-tracking` */
  configTracking: boolean;
  /** `-min-interval`, milliseconds; shorter intervals are raised to it. */
  minIntervalMs: number;
  /** `-drain`: time between taking traffic off a side and scaling it down, milliseconds. */
  drainMs: number;
  /** `-ingress-annotations-prefix` */
  ingressAnnotationsPrefix: string;
  /** `-ingress-class`, for HTTPProxies. */
  ingressClass: string;
  /** `-no-cross-namespace-refs` */
  noCrossNamespaceRefs: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
  meshProvider: 'istio',
  metricsServer: 'http://prometheus:9090',
  selectorLabels: ['app', 'name', 'app.kubernetes.io/name'],
  includeLabelPrefixes: [],
  configTracking: true,
  minIntervalMs: 10_000,
  drainMs: 2_000,
  ingressAnnotationsPrefix: 'nginx.ingress.kubernetes.io',
  ingressClass: '',
  noCrossNamespaceRefs: false,
};
