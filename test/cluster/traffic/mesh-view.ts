import type { Api } from '../control-plane/api';

/** A pod that takes requests. */
export interface ReadyPod {
  /** Its Deployment (or DaemonSet), as Istio reports it in `destination_workload`. */
  workload: string;
  /** Tag of the image of the first container that is not a sidecar. */
  tag: string;
}

interface HeaderMatch {
  exact?: string;
  prefix?: string;
  regex?: string;
}

/** One `spec.http` entry of a VirtualService, as far as routing by host, weight and header needs it. */
export interface HttpRoute {
  match?: { headers?: Record<string, HeaderMatch> }[];
  route?: { destination: { host: string }; weight?: number }[];
  mirror?: { host: string };
  mirrorPercentage?: { value: number };
}

/** What the mesh knows at one moment. Hosts are short Service names. */
export interface MeshView {
  routes: HttpRoute[];
  /** Hosts that the routes apply to. */
  hosts: string[];
  /** `mesh` or names of gateways that the routes apply to. */
  gateways: string[];
  podsOf(host: string): ReadyPod[];
}

/** Reads the live VirtualService of `apex` and the ready pods behind each Service of the namespace. */
export async function readMesh(api: Api, namespace: string, apex: string): Promise<MeshView> {
  const [virtualService, services, pods] = await Promise.all([
    api.get(`/apis/networking.istio.io/v1beta1/namespaces/${namespace}/virtualservices/${apex}`),
    api.get(`/api/v1/namespaces/${namespace}/services`),
    api.get(`/api/v1/namespaces/${namespace}/pods`),
  ]);
  const ready: Pod[] = pods.items.filter(isReady);
  const selectors = new Map<string, Record<string, string> | undefined>(
    services.items.map((service: Service) => [service.metadata.name, service.spec.selector]),
  );
  return {
    routes: virtualService?.spec?.http ?? [],
    hosts: virtualService?.spec?.hosts ?? [],
    gateways: virtualService?.spec?.gateways ?? ['mesh'],
    podsOf: (host) => selected(ready, selectors.get(host)).map(readyPod),
  };
}

interface Service {
  metadata: { name: string };
  spec: { selector?: Record<string, string> };
}

interface Pod {
  metadata: {
    name: string;
    labels?: Record<string, string>;
    deletionTimestamp?: string;
    ownerReferences?: { kind: string; name: string }[];
  };
  spec: { containers: { name: string; image: string }[] };
  status?: { conditions?: { type: string; status: string }[] };
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return metadata.deletionTimestamp === undefined && ready === true;
}

function selected(pods: Pod[], selector: Record<string, string> | undefined): Pod[] {
  if (selector === undefined) return [];
  return pods.filter(({ metadata }) =>
    Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value),
  );
}

function readyPod({ metadata, spec }: Pod): ReadyPod {
  const owner = metadata.ownerReferences?.[0];
  const name = owner?.name ?? metadata.name;
  const container = spec.containers.find((each) => each.name !== 'istio-proxy') ?? spec.containers[0];
  return {
    workload: owner?.kind === 'ReplicaSet' ? name.replace(/-[^-]*$/, '') : name,
    tag: container?.image.match(/:([^:/]+)$/)?.[1] ?? 'latest',
  };
}
