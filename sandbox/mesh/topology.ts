import type { Timer } from '../../model/ports';
import type { ObjectStore, Watch } from '../api/store';
import { SERVICE_NAME } from '../workloads/endpoints';
import { ENDPOINT_SLICE, POD, type Pod, SERVICE, type Service } from '../workloads/objects';
import { fullName, type VirtualService } from './virtual-service';

/** From a write to the API until every proxy follows it: measured on a real mesh. */
const PROPAGATION_MS = 350;
/** A pod that is taken away still answers for a moment: it finishes what it has, and proxies may not know yet. */
const LEAVING_MS = 2000;
const VIRTUAL_SERVICE = { apiVersion: 'networking.istio.io/v1beta1', kind: 'VirtualService' };

export interface MeshService {
  name: string;
  namespace: string;
  /** Names of its ready pods. */
  pods: string[];
}

interface Slice {
  metadata: { namespace?: string; labels?: Record<string, string> };
  endpoints?: { conditions?: { ready?: boolean }; targetRef?: { name: string } }[];
}

/** What the proxies know of the cluster: always a moment behind the API. */
export class Topology {
  virtualServices: VirtualService[] = [];
  /** By full name. */
  private services = new Map<string, MeshService>();
  private readonly leaving = new Map<string, { pod: Pod; untilMs: number }>();
  private timer: Timer | undefined;
  private readonly watches: Watch[];

  constructor(private readonly store: ObjectStore) {
    this.refresh();
    this.watches = [VIRTUAL_SERVICE, SERVICE, ENDPOINT_SLICE].map((type) =>
      store.watch(type, undefined, () => this.changed()),
    );
    this.watches.push(
      store.watch(POD, undefined, ({ type, object }) => {
        if (type === 'DELETED') this.leave(object as Pod);
      }),
    );
  }

  stop(): void {
    for (const watch of this.watches) watch.close();
    this.timer?.cancel();
  }

  service(host: string): MeshService | undefined {
    return this.services.get(host);
  }

  /** A pod that takes requests now: its containers run, or it is just being taken away. */
  livePod(namespace: string, name: string): Pod | undefined {
    const leaving = this.leaving.get(`${namespace}/${name}`);
    const still = leaving && leaving.untilMs > this.store.clock.now() ? leaving.pod : undefined;
    const pod = (this.store.get({ ...POD, namespace, name }) as Pod | undefined) ?? still;
    return pod?.status?.containerStatuses?.every((one) => one.started) ? pod : undefined;
  }

  /** The namespace of the Service with this host name. A short name belongs to the only namespace that has it. */
  namespaceOf(host: string): string | undefined {
    if (host.includes('.')) return this.services.get(fullName(host, ''))?.namespace;
    const found = [...this.services.values()].filter((one) => one.name === host);
    return found.length === 1 ? found[0]!.namespace : undefined;
  }

  private changed(): void {
    this.timer ??= this.store.clock.after(PROPAGATION_MS, () => {
      this.timer = undefined;
      this.refresh();
    });
  }

  private leave(pod: Pod): void {
    const { namespace = '', name } = pod.metadata;
    const nowMs = this.store.clock.now();
    for (const [key, { untilMs }] of this.leaving) if (untilMs <= nowMs) this.leaving.delete(key);
    this.leaving.set(`${namespace}/${name}`, { pod, untilMs: nowMs + LEAVING_MS });
  }

  private refresh(): void {
    this.virtualServices = this.store.list(VIRTUAL_SERVICE) as VirtualService[];
    const services = (this.store.list(SERVICE) as Service[]).map(({ metadata }): [string, MeshService] => {
      const { name, namespace = '' } = metadata;
      return [fullName(name, namespace), { name, namespace, pods: [] }];
    });
    this.services = new Map(services);
    for (const slice of this.store.list(ENDPOINT_SLICE) as unknown as Slice[]) {
      const { namespace = '', labels } = slice.metadata;
      const service = this.services.get(fullName(labels?.[SERVICE_NAME] ?? '', namespace));
      const ready = (slice.endpoints ?? []).filter((one) => one.conditions?.ready);
      service?.pods.push(...ready.flatMap((one) => one.targetRef?.name ?? []));
    }
  }
}
