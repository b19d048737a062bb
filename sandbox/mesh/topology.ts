import type { Timer } from '../../model/ports';
import type { ObjectStore, Watch } from '../api/store';
import { SERVICE_NAME } from '../workloads/endpoints';
import { ENDPOINT_SLICE, SERVICE, type Service } from '../workloads/objects';
import { fullName, type VirtualService } from './virtual-service';

/** From a write to the API until every proxy follows it: measured on a real mesh. */
const PROPAGATION_MS = 350;
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
  private timer: Timer | undefined;
  private readonly watches: Watch[];

  constructor(private readonly store: ObjectStore) {
    this.refresh();
    this.watches = [VIRTUAL_SERVICE, SERVICE, ENDPOINT_SLICE].map((type) =>
      store.watch(type, undefined, () => this.changed()),
    );
  }

  stop(): void {
    for (const watch of this.watches) watch.close();
    this.timer?.cancel();
  }

  service(host: string): MeshService | undefined {
    return this.services.get(host);
  }

  /** The only Service of this name in any namespace, for callers of whom no namespace is known. */
  onlyServiceNamed(name: string): MeshService | undefined {
    const found = [...this.services.values()].filter((one) => one.name === name);
    return found.length === 1 ? found[0] : undefined;
  }

  private changed(): void {
    this.timer ??= this.store.clock.after(PROPAGATION_MS, () => {
      this.timer = undefined;
      this.refresh();
    });
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
