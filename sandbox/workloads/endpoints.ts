import type { ObjectStore, Watch } from '../api/store';
import { ENDPOINT_SLICE, ENDPOINTS, POD, type Pod, SERVICE, type Service, type ServicePort } from './objects';
import { keyOf, ownedBy, refOf } from './ownership';
import { isReady } from './pods';
import { Reconciler } from './reconciler';
import { fitsLabels } from './selector';
import { templateHash } from './template-hash';

export const SERVICE_NAME = 'kubernetes.io/service-name';

interface Port {
  name?: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

/** Keeps an EndpointSlice and an Endpoints object for every Service that selects pods. */
export class EndpointsControllers {
  private readonly queue: Reconciler;
  private readonly watches: Watch[];

  constructor(private readonly store: ObjectStore) {
    this.queue = new Reconciler(store.clock, (key) => this.reconcile(key));
    for (const one of store.list(SERVICE)) this.queue.enqueue(keyOf(one));
    this.watches = [
      store.watch(SERVICE, undefined, ({ object }) => this.queue.enqueue(keyOf(object))),
      store.watch(POD, undefined, ({ object, previous }) => {
        this.podChanged(object as Pod);
        if (previous) this.podChanged(previous as Pod);
      }),
    ];
  }

  stop(): void {
    for (const watch of this.watches) watch.close();
    this.queue.stop();
  }

  private podChanged(pod: Pod): void {
    for (const service of this.store.list(SERVICE, pod.metadata.namespace ?? '') as Service[]) {
      if (fitsLabels(service.spec.selector, pod.metadata.labels)) this.queue.enqueue(keyOf(service));
    }
  }

  private reconcile(key: string): void {
    const service = this.store.get(refOf(SERVICE, key)) as Service | undefined;
    if (!service) {
      if (this.store.get(refOf(ENDPOINTS, key))) this.store.delete(refOf(ENDPOINTS, key));
      return;
    }
    if (!service.spec.selector || service.spec.type === 'ExternalName') return;
    const namespace = service.metadata.namespace ?? '';
    const pods = (this.store.list(POD, namespace) as Pod[]).filter(
      (pod) => pod.status?.podIP && fitsLabels(service.spec.selector, pod.metadata.labels),
    );
    this.writeSlice(service, pods);
    this.writeEndpoints(service, pods);
  }

  private writeSlice(service: Service, pods: Pod[]): void {
    const { name, namespace = '' } = service.metadata;
    const slice = {
      ...ENDPOINT_SLICE,
      metadata: {
        name: `${name}-${templateHash(service.metadata.uid, 5)}`,
        namespace,
        labels: { [SERVICE_NAME]: name, 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
        ownerReferences: ownedBy(service),
      },
      addressType: 'IPv4',
      ports: portsOf(service, pods[0]),
      endpoints: pods.map((pod) => ({
        addresses: [pod.status?.podIP ?? ''],
        conditions: { ready: isServing(service, pod), serving: isReady(pod), terminating: false },
        nodeName: pod.spec.nodeName ?? '',
        targetRef: { kind: 'Pod', name: pod.metadata.name, namespace, uid: pod.metadata.uid ?? '' },
      })),
    };
    this.put(slice);
  }

  private writeEndpoints(service: Service, pods: Pod[]): void {
    const { name, namespace = '', labels } = service.metadata;
    const address = (pod: Pod) => ({
      ip: pod.status?.podIP ?? '',
      nodeName: pod.spec.nodeName ?? '',
      targetRef: { kind: 'Pod', name: pod.metadata.name, namespace, uid: pod.metadata.uid ?? '' },
    });
    const ready = pods.filter((pod) => isServing(service, pod)).map(address);
    const unready = pods.filter((pod) => !isServing(service, pod)).map(address);
    const subset = {
      ...(ready.length > 0 && { addresses: ready }),
      ...(unready.length > 0 && { notReadyAddresses: unready }),
      ports: portsOf(service, pods[0]),
    };
    this.put({
      ...ENDPOINTS,
      metadata: { name, namespace, ...(labels && { labels }) },
      ...(pods.length > 0 && { subsets: [subset] }),
    });
  }

  /** Creates the object, or replaces everything but the metadata of the one that is there. */
  private put(object: { apiVersion: string; kind: string; metadata: { name: string; namespace: string } }): void {
    const { apiVersion, kind, metadata, ...content } = object;
    const ref = { apiVersion, kind, ...metadata };
    if (!this.store.get(ref)) {
      this.store.create(object);
      return;
    }
    this.store.modify(ref, (draft) => {
      for (const field of Object.keys(draft))
        if (!['apiVersion', 'kind', 'metadata'].includes(field)) delete draft[field];
      Object.assign(draft, content);
    });
  }
}

function isServing(service: Service, pod: Pod): boolean {
  return service.spec.publishNotReadyAddresses === true || isReady(pod);
}

function portsOf(service: Service, pod: Pod | undefined): Port[] {
  return (service.spec.ports ?? []).flatMap((one) => {
    const port = targetPort(one, pod);
    if (port === undefined) return [];
    const { name, appProtocol } = one;
    return [{ ...(name && { name }), port, protocol: one.protocol ?? 'TCP', ...(appProtocol && { appProtocol }) }];
  });
}

/** A named target port is looked up among the ports of the pod's containers. */
function targetPort({ port, targetPort: target }: ServicePort, pod: Pod | undefined): number | undefined {
  if (typeof target === 'number') return target || port;
  if (target === undefined || target === '') return port;
  const ports = pod?.spec.containers.flatMap((container) => container.ports ?? []) ?? [];
  return ports.find((one) => one.name === target)?.containerPort;
}
