import type { KubeObject } from '../../../model/kube';
import { VirtualClock } from '../../../sandbox/clock';
import type { HttpRoute } from '../../../sandbox/mesh/virtual-service';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../../sandbox/world';

const GOOD = 'stefanprodan/podinfo:3.1.0';
const NEW = 'stefanprodan/podinfo:3.1.1';
export const IMAGES = { GOOD, NEW };
export const GATEWAY = 'public-gateway.istio-system.svc.cluster.local';

const VIRTUAL_SERVICE = { apiVersion: 'networking.istio.io/v1beta1', kind: 'VirtualService' };

function deployment(name: string, image: string, replicas: number): KubeObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'test' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'podinfod', image }] } },
    },
  };
}

function service(name: string, app: string): KubeObject {
  const ports = [{ name: 'http', port: 9898, targetPort: 9898 }];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'test' },
    spec: { selector: { app }, ports },
  };
}

/** Routes with these weights for primary and canary. */
export function split(primary: number, canary: number, extra: Partial<HttpRoute> = {}): HttpRoute {
  const to = (host: string, weight: number) => ({ destination: { host }, weight });
  return { ...extra, route: [to('podinfo-primary', primary), to('podinfo-canary', canary)] };
}

export interface World {
  clock: VirtualClock;
  sandbox: Sandbox;
  /** Replaces the routes of the apex. */
  route(http: HttpRoute[], gateways?: string[]): void;
  query(promql: string): Promise<{ metric: Record<string, string>; value: number }[]>;
}

/** podinfo as a release tool leaves it: a primary and a canary of two pods each, all Services, all traffic on the primary. */
export async function aWorld(options: Partial<SandboxOptions> = {}): Promise<World> {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock, ...options });
  const { store } = sandbox;
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'test' } });
  store.create(deployment('podinfo-primary', GOOD, 2));
  store.create(deployment('podinfo', NEW, 2));
  store.create(service('podinfo', 'podinfo-primary'));
  store.create(service('podinfo-primary', 'podinfo-primary'));
  store.create(service('podinfo-canary', 'podinfo'));
  store.create({
    ...VIRTUAL_SERVICE,
    metadata: { name: 'podinfo', namespace: 'test' },
    spec: { hosts: ['app.example.com', 'podinfo'], gateways: [GATEWAY, 'mesh'], http: [split(100, 0)] },
  });
  sandbox.start();
  await clock.advance(5000);
  return {
    clock,
    sandbox,
    route(http, gateways) {
      store.modify({ ...VIRTUAL_SERVICE, namespace: 'test', name: 'podinfo' }, (draft) => {
        const spec = draft['spec'] as Record<string, unknown>;
        draft['spec'] = { ...spec, http, ...(gateways && { gateways }) };
      });
    },
    async query(promql) {
      const url = `http://prometheus:9090/api/v1/query?query=${encodeURIComponent(promql)}`;
      const body = JSON.parse(await (await sandbox.http({ method: 'GET', url })).text());
      if (body.status !== 'success') throw new Error(body.error);
      return body.data.result.map((one: { metric: Record<string, string>; value: [number, string] }) => ({
        metric: one.metric,
        value: Number(one.value[1].replace('Inf', 'Infinity')),
      }));
    },
  };
}
