import type { Canary } from '../../model/canary';
import type { KubeObject, ResourceType } from '../../model/kube';
import { type Router, routerFor, sessionStep } from '../../model/traffic/router';
import { ALL_TO_CANARY, ALL_TO_PRIMARY, type Routes, routesFor } from '../../model/traffic/routes';
import { cookieLetters } from '../../model/traffic/session-cookies';
import { SHAPES } from '../model/traffic/shapes';
import { acceptedBy, anIngress } from '../model/traffic/specimen';
import type { Api } from './control-plane/api';
import { attachedPlane } from './control-plane/plane';
import { installCrds, installHttpRoutes } from './tutorial-fixture';

/**
 * The objects of every router and strategy on a real API server with the real schemas: they are accepted, and what the
 * server makes of them needs no repair, or every tick would write.
 */
const plane = attachedPlane();
const namespace = 'routers';
let api: Api;

beforeAll(async () => {
  api = plane.api('serin-routers');
  await installCrds(plane);
  await installHttpRoutes(plane);
  await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});
afterAll(async () => {
  await plane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  api.close();
});

const folder = ({ apiVersion, plural }: ResourceType) => `/apis/${apiVersion}/namespaces/${namespace}/${plural}`;

async function liveOf(router: Router, canary: Canary): Promise<KubeObject[]> {
  const answers = await Promise.all(
    router.objects(canary).map(({ type, name }) => api.send('GET', `${folder(type)}/${name}`)),
  );
  return answers.filter(({ status }) => status === 200).map(({ body }) => body);
}

async function write(router: Router, canary: Canary, object: KubeObject): Promise<void> {
  const { type } = router.objects(canary).find(({ type: { kind } }) => kind === object.kind)!;
  const path = object.metadata.resourceVersion ? `${folder(type)}/${object.metadata.name}` : folder(type);
  const { status, body } = await api.send(object.metadata.resourceVersion ? 'PUT' : 'POST', path, object);
  expect({ status, message: body.message }).toEqual({ status: expect.any(Number), message: undefined });
  if (object.kind === 'HTTPRoute') await accept(router, canary, type, body);
}

/** Plays the gateway's controller; until it has reported, the route asks for a split and does not count. */
async function accept(router: Router, canary: Canary, type: ResourceType, route: KubeObject): Promise<void> {
  if (type.apiVersion.endsWith('/v1')) {
    expect(router.read(canary, [route])).toMatchObject({ pending: true, asked: expect.anything() });
  }
  const observedGeneration = route.metadata.generation ?? 0;
  const condition = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', observedGeneration };
  const parents = acceptedBy(route, observedGeneration).map((parent) => ({
    ...parent,
    conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }],
  }));
  const path = `${folder(type)}/${route.metadata.name}/status`;
  const { status, body } = await api.send('PATCH', path, { status: { parents } }, 'application/merge-patch+json');
  expect({ status, message: body.message }).toEqual({ status: 200, message: undefined });
}

/** One step as the controller makes it, checked against what the server holds then. */
async function step(router: Router, canary: Canary, next: Routes): Promise<void> {
  const routing = await liveOf(router, canary);
  const read = router.read(canary, routing);
  const live = 'unreadable' in read ? undefined : read;
  const letters = cookieLetters(`${next.canary}`);
  const { cookies } = sessionStep(router, canary, { live, next, routing, letters: () => letters });
  for (const object of router.render(canary, next, routing, { cookies })) await write(router, canary, object);
  const after = await liveOf(router, canary);
  expect(router.read(canary, after)).toEqual(next);
  expect(router.render(canary, next, after)).toEqual([]);
  expect(router.render(canary, undefined, after)).toEqual([]);
}

/** The same Canary in the suite's namespace, not created yet: a reference to an owner that is not there is collected. */
function settled(canary: Canary): Canary {
  const { uid: _, ...metadata } = canary.metadata;
  return { ...canary, metadata: { ...metadata, namespace } };
}

const CASES: [string, readonly Canary[]][] = [
  ['istio', SHAPES.istio],
  ['gatewayapi:v1', SHAPES.httpRoute],
  ['gatewayapi:v1beta1', SHAPES.httpRoute],
  ['linkerd', SHAPES.linkerd],
  ['nginx', SHAPES.nginx],
];

test.each(CASES)('%s', async (provider, canaries) => {
  const router = routerFor(provider) as Router;
  if (provider === 'nginx') {
    const { uid: _, ...metadata } = anIngress().metadata;
    await plane.apply({ ...anIngress(), metadata: { ...metadata, namespace } });
  }
  for (const shape of canaries) {
    const canary = settled(shape);
    const partly = router.canMirror(canary) ? [{ ...ALL_TO_PRIMARY, mirrored: true }] : [];
    const whole = provider === 'nginx' && canary.spec.analysis.match ? [] : [routesFor(10), routesFor(55)];
    for (const next of [ALL_TO_PRIMARY, ...partly, ...whole, ALL_TO_CANARY, ALL_TO_PRIMARY]) {
      await step(router, canary, next);
    }
  }
  for (const { type, name } of router.objects(settled(canaries[0]!)))
    await api.send('DELETE', `${folder(type)}/${name}`);
});
