/** `spec.service` as props. */
import { TrafficDistribution } from '../../constructs/service';
import { H2UpgradePolicy, LoadBalancing, TlsMode } from '../../constructs/traffic-policy';
import { duration } from './durations';
import {
  anyObject,
  flag,
  list,
  mapOf,
  member,
  number,
  numberMap,
  quoted,
  struct,
  text,
  textMap,
  type Writer,
} from './written';

const texts = list(text);

export const stringMatch = struct({ exact: text, prefix: text, regex: text });

const httpMatch = struct({
  name: text,
  uri: stringMatch,
  scheme: stringMatch,
  method: stringMatch,
  authority: stringMatch,
  headers: mapOf(stringMatch),
  withoutHeaders: mapOf(stringMatch),
  queryParams: mapOf(stringMatch),
  sourceLabels: textMap,
  gateways: texts,
  port: number,
  ignoreUriCase: flag,
  sourceNamespace: text,
});

const operations = struct({ add: textMap, set: textMap, remove: texts });

const gateway: Writer = (value, names) => {
  if (typeof value !== 'string') return undefined;
  names.add('Gateway');
  return { code: value === 'mesh' ? 'Gateway.MESH' : `Gateway.fromName(${quoted(value)})`, made: value };
};

const loadBalancer = struct({
  simple: member('LoadBalancing', LoadBalancing),
  consistentHash: struct({
    httpHeaderName: text,
    httpCookie: struct({ name: text, path: text, ttl: duration }),
    useSourceIp: flag,
    httpQueryParameterName: text,
    minimumRingSize: number,
  }),
  localityLbSetting: struct({
    enabled: flag,
    distribute: list(struct({ from: text, to: numberMap })),
    failover: list(struct({ from: text, to: text })),
  }),
  warmupDurationSecs: duration,
});

const trafficPolicy = struct({
  connectionPool: struct({
    http: struct({
      h2UpgradePolicy: member('H2UpgradePolicy', H2UpgradePolicy),
      http1MaxPendingRequests: number,
      http2MaxRequests: number,
      idleTimeout: duration,
      maxRequestsPerConnection: number,
      maxRetries: number,
    }),
    tcp: anyObject,
  }),
  loadBalancer,
  outlierDetection: struct({
    baseEjectionTime: duration,
    interval: duration,
    consecutive5xxErrors: number,
    consecutiveErrors: number,
    consecutiveGatewayErrors: number,
    consecutiveLocalOriginFailures: number,
    maxEjectionPercent: number,
    minHealthPercent: number,
    splitExternalLocalOriginErrors: flag,
  }),
  tls: struct({
    mode: member('TlsMode', TlsMode),
    caCertificates: text,
    clientCertificate: text,
    privateKey: text,
    sni: text,
    subjectAltNames: texts,
    credentialName: text,
  }),
  portLevelSettings: list(anyObject),
});

const customMetadata = struct({ labels: textMap, annotations: textMap });

export const service = struct({
  name: text,
  port: number,
  portName: text,
  targetPort: {
    prop: (value) => (typeof value === 'string' ? 'targetPortName' : 'targetPort'),
    write: (value, names) => text(value, names) ?? number(value, names),
  },
  appProtocol: text,
  trafficDistribution: member('TrafficDistribution', TrafficDistribution),
  portDiscovery: flag,
  headless: flag,
  timeout: duration,
  backendTimeout: duration,
  gateways: list(gateway),
  gatewayRefs: list(
    struct({ name: text, group: text, kind: text, namespace: text, sectionName: text, port: number }, 'name'),
  ),
  hosts: texts,
  delegation: flag,
  trafficPolicy,
  match: list(httpMatch),
  rewrite: struct({ uri: text, authority: text, type: text }),
  retries: struct({ attempts: number, perTryTimeout: duration, retryOn: text }),
  headers: struct({ request: operations, response: operations }),
  mirror: list(
    struct(
      { backendRef: struct({ name: text, group: text, kind: text, namespace: text, port: number }, 'name') },
      'backendRef',
    ),
  ),
  corsPolicy: struct({
    allowCredentials: flag,
    allowHeaders: texts,
    allowMethods: texts,
    allowOrigin: texts,
    allowOrigins: list(stringMatch),
    exposeHeaders: texts,
    maxAge: duration,
  }),
  meshName: text,
  backends: texts,
  apex: customMetadata,
  primary: customMetadata,
  canary: customMetadata,
  unmanagedMetadata: struct({ labels: texts, annotations: texts }),
});
