/** The golden sequence of a promotion, a rollback and its neighbours with every provider; the router decides only what is written. */
import type { CanaryAnalysis, CanarySpec } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { aCanary, aDeployment } from '../../fixtures';
import { Stage } from './stage';

const ingress: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'podinfo', namespace: 'test' },
  spec: {
    rules: [
      {
        host: 'app.example.com',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'podinfo', port: { number: 80 } } } }],
        },
      },
    ],
  },
};

const gatewayRefs = [
  { name: 'public', namespace: 'istio-system', group: 'gateway.networking.k8s.io', kind: 'Gateway' },
];

interface Provider {
  name: NonNullable<CanarySpec['provider']>;
  spec: Partial<CanarySpec>;
  objects: KubeObject[];
}

const PROVIDERS: Provider[] = [
  { name: 'istio', spec: {}, objects: [] },
  { name: 'gatewayapi:v1', spec: { service: { port: 9898, gatewayRefs } as never }, objects: [] },
  { name: 'gatewayapi:v1beta1', spec: { service: { port: 9898, gatewayRefs } as never }, objects: [] },
  { name: 'linkerd', spec: { service: { port: 9898 } }, objects: [] },
  {
    name: 'nginx',
    spec: {
      service: { port: 80 },
      ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'podinfo' },
    },
    objects: [ingress],
  },
  { name: 'traefik', spec: { service: { port: 80 } }, objects: [] },
  { name: 'contour', spec: { service: { port: 80 } }, objects: [] },
];

async function initialized({ name, spec, objects }: Provider, analysis: Partial<CanaryAnalysis> = {}): Promise<Stage> {
  const stage = new Stage(aCanary(analysis, { provider: name, ...spec }), aDeployment(), ...objects);
  await stage.until('Initialized');
  await stage.after(10);
  return stage;
}

const image = (stage: Stage) =>
  // biome-ignore lint/suspicious/noExplicitAny: raw JSON
  (stage.get('Deployment', 'podinfo-primary') as any).spec.template.spec.containers[0].image as string;

describe.each(PROVIDERS)('$name', (provider) => {
  test('a good release is promoted, step by step', async () => {
    const stage = await initialized(provider);
    const from = stage.texts().length;
    stage.setImage('a:2');
    const routes: string[] = [];
    await stage.until('Progressing');
    for (const row of await stage.until('Succeeded')) if (row.routes !== routes.at(-1)) routes.push(row.routes);
    expect(routes).toEqual(['80/20', '60/40', '40/60', '100/0']);
    expect(stage.texts().slice(from)).toEqual([
      'N New revision detected! Scaling up podinfo.test',
      'N Starting canary analysis for podinfo.test',
      'N Advance podinfo.test canary weight 20',
      'N Advance podinfo.test canary weight 40',
      'N Advance podinfo.test canary weight 60',
      'N Copying podinfo.test template spec to podinfo-primary.test',
      'N Routing all traffic to primary',
      'N Promotion completed! Scaling down podinfo.test',
    ]);
    expect(image(stage)).toBe('a:2');
  });

  test('a bad one is rolled back', async () => {
    const stage = await initialized(provider);
    stage.metrics['request-success-rate'] = 50;
    stage.setImage('a:2');
    await stage.until('Failed');
    await stage.after(10);
    expect(stage.rows.at(-1)).toMatchObject({ routes: '100/0', replicas: 0, phase: 'Failed' });
    expect(image(stage)).toBe('stefanprodan/podinfo:3.1.0');
  });

  test('an idle tick writes nothing', async () => {
    const stage = await initialized(provider);
    await stage.tick();
    expect(stage.rows.at(-1)?.writes).toEqual([]);
  });
});

test('a route that its gateway has not accepted yet is waited for, and its split is never reset', async () => {
  const stage = await initialized(PROVIDERS[1]!);
  stage.setImage('a:2');
  await stage.settleTicks();
  expect(stage.rows.at(-1)?.routes).toBe('80/20');
  stage.gatewaysAccept = false;
  await stage.after(10);
  for (let i = 0; i < 10; i++) await stage.after(10);
  expect(stage.rows.at(-1)?.routes).toBe('60/40');
  stage.gatewaysAccept = true;
  stage.settle();
  await stage.until('Succeeded');
});

describe.each(['istio', 'gatewayapi:v1'] as const)('session affinity with %s', (name) => {
  const provider = PROVIDERS.find((one) => one.name === name)!;
  const sessionAffinity = { cookieName: 'fc', primaryCookieName: 'pc', maxAge: 3600 };

  test('a cookie for the run, another for the primary at each step, and an expired one after it', async () => {
    const stage = await initialized(provider, { sessionAffinity });
    stage.setImage('a:2');
    await stage.settleTicks();
    const first = { ...stage.status };
    expect(first.sessionAffinityCookie).toMatch(/^fc=[A-Za-z]{10}$/);
    expect(first.primarySessionAffinityCookie).toMatch(/^pc=[A-Za-z]{10}$/);
    expect(stage.rows.at(-1)?.routes).toBe('80/20');
    await stage.after(10);
    expect(stage.status.sessionAffinityCookie).toBe(first.sessionAffinityCookie);
    expect(stage.status.primarySessionAffinityCookie).not.toBe(first.primarySessionAffinityCookie);
    await stage.until('Succeeded');
    expect(stage.status.sessionAffinityCookie).toBeUndefined();
    expect(stage.status.previousSessionAffinityCookie).toBe(first.sessionAffinityCookie);
  });

  test('without a primary cookie there is no junk in the status (T6)', async () => {
    const stage = await initialized(provider, { sessionAffinity: { cookieName: 'fc' } });
    stage.setImage('a:2');
    await stage.until('Succeeded');
    expect(stage.rows.some((row) => row.routes === '60/40')).toBe(true);
    expect(stage.status.primarySessionAffinityCookie).toBeUndefined();
  });

  test('a lost status write does not hand out a second cookie (T14)', async () => {
    const stage = await initialized(provider, { sessionAffinity });
    stage.setImage('a:2');
    await stage.tick();
    await stage.tick();
    stage.crash = { afterWrites: 1, takesEffect: false };
    await stage.settleTicks().catch(() => undefined);
    stage.crash = undefined;
    stage.restart();
    const route = JSON.stringify(stage.get(name === 'istio' ? 'VirtualService' : 'HTTPRoute', 'podinfo'));
    const [handedOut] = /fc=[A-Za-z]{10}/.exec(route) ?? [];
    await stage.settleTicks();
    expect(handedOut).toBeDefined();
    expect(stage.status.sessionAffinityCookie).toBe(handedOut);
  });
});

test('what a provider cannot do is said once', async () => {
  const stage = await initialized({
    name: 'traefik',
    spec: { service: { port: 80, headers: { request: { add: { 'x-a': 'b' } } } } },
    objects: [],
  });
  const said = stage.texts().filter((text) => text.includes('has no effect with provider traefik'));
  expect(said.length).toBeGreaterThan(0);
  expect(new Set(said).size).toBe(said.length);
});

test('a Canary that cannot be routed as it is written says why and is not tried', async () => {
  const stage = new Stage(
    aCanary(
      {},
      {
        provider: 'nginx',
        ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'nowhere' },
      },
    ),
    aDeployment(),
  );
  await stage.settleTicks();
  expect(stage.texts().at(-1)).toMatch(/^W .*nowhere/);
  expect(stage.get('Deployment', 'podinfo-primary')).toBeUndefined();
});
