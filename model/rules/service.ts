/** Rules of `spec.service`. */
import type { Reader } from './shape';

const oneOf = (reader: Reader, fields: readonly string[], atLeastOne: boolean): void => {
  const given = fields.filter((field) => reader.has(field));
  const most = given.length > 1;
  if (most || (atLeastOne && given.length === 0)) {
    const rule = atLeastOne ? 'exactly one' : 'at most one';
    reader.error('', `must have ${rule} of ${fields.join(', ')}`, `keep one of them${most ? '' : ' there'}`);
  }
  for (const field of given) reader.text(field);
};

/** Conditions by the name of a header or parameter. */
const MOST_CONDITIONS = 64;

const stringMatches = (reader: Reader | undefined): void => {
  for (const key of Object.keys(reader?.object ?? {})) {
    const match = reader?.inner(key);
    if (match) oneOf(match, ['exact', 'prefix', 'regex'], false);
  }
};

/** `analysis.match[]`: who gets the canary. */
export function analysisMatchRules(match: Reader): void {
  const headers = match.map('headers', MOST_CONDITIONS);
  for (const key of Object.keys(headers?.object ?? {})) {
    const header = headers?.inner(key);
    if (header) oneOf(header, ['exact', 'prefix', 'suffix', 'regex'], true);
  }
  stringMatches(match.map('queryParams', MOST_CONDITIONS));
  match.textMap('sourceLabels');
}

/** A condition of `service.match`, or of a VirtualService of the user's. */
export function baseMatchRules(match: Reader): void {
  for (const field of ['uri', 'scheme', 'method', 'authority']) {
    const condition = match.inner(field);
    if (condition) oneOf(condition, ['exact', 'prefix', 'regex'], false);
  }
  for (const field of ['headers', 'withoutHeaders', 'queryParams']) stringMatches(match.map(field, MOST_CONDITIONS));
  match.textMap('sourceLabels');
  match.texts('gateways', 64);
  match.number('port');
  match.flag('ignoreUriCase');
}

export function serviceRules(service: Reader): void {
  service.text('name', { max: 55 });
  service.number('port', { required: true, min: 1, max: 65535 });
  for (const field of ['portName', 'appProtocol', 'timeout', 'backendTimeout', 'meshName']) service.text(field);
  const target = service.object['targetPort'];
  if (service.has('targetPort') && typeof target !== 'string' && !Number.isInteger(target)) {
    service.error('targetPort', 'must be a port number or name', "set targetPort to the container's port");
  }
  service.choice('trafficDistribution', ['PreferClose', 'PreferSameZone', 'PreferSameNode']);
  for (const field of ['portDiscovery', 'headless', 'delegation']) service.flag(field);
  scopeRules(service);
  for (const match of service.inners('match', 64)) baseMatchRules(match);
  for (const mirror of service.inners('mirror', 8)) mirrorRules(mirror);
  for (const field of ['apex', 'primary', 'canary']) {
    service.inner(field)?.textMap('labels');
    service.inner(field)?.textMap('annotations');
  }
  trafficPolicyRules(service.inner('trafficPolicy'));
  service.inner('retries')?.number('attempts');
  for (const field of ['rewrite', 'headers', 'corsPolicy', 'unmanagedMetadata']) service.inner(field);
}

function scopeRules(service: Reader): void {
  const hosts = service.texts('hosts', 64);
  const gateways = service.texts('gateways', 64);
  for (const reference of service.inners('gatewayRefs', 32))
    reference.text('name', { required: true, min: 1, max: 253 });
  if (service.object['delegation'] === true && (hosts.length > 0 || gateways.length > 0)) {
    service.error('delegation', 'excludes hosts and gateways', 'remove them, the root VirtualService has them');
  }
}

function mirrorRules(mirror: Reader): void {
  const backend = mirror.inner('backendRef', true);
  backend?.text('name', { required: true, min: 1, max: 253 });
  const { group = '', kind = 'Service' } = backend?.object ?? {};
  if (backend && group === '' && kind === 'Service' && backend.number('port', { min: 1, max: 65535 }) === undefined) {
    backend.error('port', 'is missing', 'a reference to a Service needs its port');
  }
}

/** Istio's traffic policy, here or in a DestinationRule of the user's. */
export function trafficPolicyRules(policy: Reader | undefined): void {
  const balancer = policy?.inner('loadBalancer');
  if (balancer && balancer.has('simple') === balancer.has('consistentHash')) {
    balancer.error('', 'must have exactly one of simple, consistentHash', 'keep one of them');
  }
  const hash = balancer?.inner('consistentHash');
  const keys = ['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'];
  if (hash && keys.filter((key) => hash.has(key)).length !== 1) {
    hash.error('', `must have exactly one of ${keys.join(', ')}`, 'keep one of them');
  }
  policy?.inner('tls')?.choice('mode', ['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']);
}
