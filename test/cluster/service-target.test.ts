/** W14, C22: the copies of a Service are accepted by a real API server, made and changed, whatever its type. */
import type { Canary } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import {
  addressProblem,
  copyableSpec,
  primaryCopy,
  promotedCopy,
  reconcileCanaryCopy,
} from '../../model/objects/target-service';
import { aCanary } from '../fixtures';
import type { Api } from './control-plane/api';
import { attachedPlane } from './control-plane/plane';

const plane = attachedPlane();
const namespace = 'service-target';
const SERVICES = `/api/v1/namespaces/${namespace}/services`;
let api: Api;

beforeAll(async () => {
  api = plane.api('serin-service-target');
  const answer = await api.send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  expect(answer.status).toBe(201);
});
afterAll(() => api.close());

function canaryOf(name: string): Canary {
  const canary = aCanary({}, { targetRef: { apiVersion: 'v1', kind: 'Service', name } });
  // Without a uid: an owner that is not there would have the copies collected.
  const { uid: _, ...metadata } = canary.metadata;
  return { ...canary, metadata: { ...metadata, namespace } };
}

async function sent(method: string, path: string, body?: KubeObject): Promise<KubeObject> {
  const answer = await api.send(method, path, body);
  expect({ path, ok: answer.status < 300, message: answer.body.message }).toEqual({
    path,
    ok: true,
    message: undefined,
  });
  return answer.body as KubeObject;
}

const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
const selector = { app: 'one' };
const TYPES: [string, Record<string, unknown>][] = [
  ['ClusterIP', { type: 'ClusterIP', ports, selector }],
  ['headless', { type: 'ClusterIP', clusterIP: 'None', ports, selector }],
  ['NodePort', { type: 'NodePort', ports, selector }],
  ['LoadBalancer', { type: 'LoadBalancer', ports, selector }],
  ['LoadBalancer local', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports, selector }],
  ['ExternalName', { type: 'ExternalName', externalName: 'one.example' }],
];

const nothing = { labels: {}, annotations: {} };

test.each(TYPES)('%s: copies are made, rest, and change', async (type, spec) => {
  const name = type.toLowerCase().replace(' ', '-');
  const canary = canaryOf(name);
  const target = await sent('POST', SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec,
  });
  const copy = await sent('POST', SERVICES, reconcileCanaryCopy(canary, target, undefined));
  const primary = await sent('POST', SERVICES, primaryCopy(canary, target));
  expect(reconcileCanaryCopy(canary, target, copy)).toBeUndefined();

  const next = type === 'ExternalName' ? { ...spec, externalName: 'two.example' } : { selector: { app: 'two' } };
  const changed = await sent('PUT', `${SERVICES}/${name}`, {
    ...target,
    spec: { ...(target['spec'] as object), ...next },
  });
  const followed = await sent('PUT', `${SERVICES}/${name}-canary`, reconcileCanaryCopy(canary, changed, copy));
  expect(followed['spec']).toMatchObject(next);
  expect(reconcileCanaryCopy(canary, changed, followed)).toBeUndefined();
  const promoted = await sent('PUT', `${SERVICES}/${name}-primary`, promotedCopy(canary, changed, primary, nothing));
  expect(promoted['spec']).toMatchObject(next);
});

test.each(TYPES.flatMap(([from]) => TYPES.filter(([to]) => to !== from).map(([to]) => [from, to] as const)))(
  'a target of type %s becomes one of type %s',
  async (from, to) => {
    const name = `${from}-to-${to}`.toLowerCase().replaceAll(' ', '-');
    const canary = canaryOf(name);
    const specOf = (type: string) => TYPES.find(([other]) => other === type)![1];
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace } };
    const target = await sent('POST', SERVICES, { ...service, spec: specOf(from) });
    const primary = await sent('POST', SERVICES, primaryCopy(canary, target));
    await sent('DELETE', `${SERVICES}/${name}`);
    const changed = await sent('POST', SERVICES, { ...service, spec: specOf(to) });
    const promoted = promotedCopy(canary, changed, primary, nothing);
    if (addressProblem(changed, primary) !== undefined) {
      // The server refuses, or keeps what the copy has.
      const { status, body } = await api.send('PUT', `${SERVICES}/${name}-primary`, promoted);
      expect(status === 422 || body.spec.clusterIP !== changed['spec']?.['clusterIP' as never]).toBe(true);
      return;
    }
    const written = await sent('PUT', `${SERVICES}/${name}-primary`, promoted);
    expect(copyableSpec(written)).toEqual(copyableSpec(changed));
  },
);
