import type { ObjectStore } from '../api/store';
import type { Behaviours } from '../workloads/behaviour';
import type { Neighbours } from '../workloads/neighbours';
import type { Pod } from '../workloads/objects';
import { App } from './app';
import type { Caller } from './identity';
import { type Dividing, DrawnSharing, Fraction, Sharing } from './sharing';
import { Telemetry } from './telemetry';
import { type MeshService, Topology } from './topology';
import { type Call, fullName, mirrorShare, routeFor, virtualServiceFor, weighted } from './virtual-service';

/** A request on its way into the mesh. */
export interface Outgoing extends Call {
  caller: Caller;
}

/** Many equal answers are listed one by one. */
export interface MeshAnswer {
  status: number;
  latencyMs: number;
  /** The pod that answered, if one did. */
  pod?: Pod;
}

export interface MeshOptions {
  behaviours: Behaviours;
  neighbours: Neighbours;
  random: () => number;
  /** Requests choose their way, fail and take time by chance; otherwise exactly by share. */
  drawn: boolean;
}

/** A proxy answers by itself within this time. */
const PROXY_MS = 1;

/** The data plane: brings requests to pods by the live routes, and lets both ends count them. */
export class Mesh {
  readonly telemetry: Telemetry;
  readonly topology: Topology;
  private readonly apps = new Map<string, App>();
  private readonly sharings = new Map<string, Dividing>();
  private readonly mirrors = new Map<string, Fraction>();

  constructor(
    private readonly store: ObjectStore,
    private readonly options: MeshOptions,
  ) {
    this.telemetry = new Telemetry(store);
    this.topology = new Topology(store);
  }

  stop(): void {
    this.topology.stop();
  }

  /** Sends `count` equal requests now and says how each was answered. */
  send(outgoing: Outgoing, count: number): MeshAnswer[] {
    const virtualService = virtualServiceFor(outgoing, this.topology.virtualServices);
    if (!virtualService) return this.sendPlain(outgoing, count);
    const namespace = virtualService.metadata.namespace ?? '';
    const route = routeFor(outgoing, virtualService.spec.http ?? []);
    const shares = route ? weighted(route).map(({ host, weight }) => ({ key: fullName(host, namespace), weight })) : [];
    if (!route || shares.every((one) => one.weight === 0)) return this.refuse(outgoing, count, 404, 'NR');
    const lane = `${namespace}/${virtualService.metadata.name}`;
    const parts = memo(this.sharings, lane, () => this.sharing()).divide(count, shares);
    const answers = [...parts].flatMap(([host, part]) => this.deliver(outgoing, host, part));
    this.mirror(outgoing, lane, fullName(route.mirror?.host ?? '', namespace), count, mirrorShare(route));
    return answers;
  }

  private sendPlain(outgoing: Outgoing, count: number): MeshAnswer[] {
    if (outgoing.via === 'gateway') return this.refuse(outgoing, count, 404, 'NR');
    return this.deliver(outgoing, outgoing.host, count);
  }

  private sharing(): Dividing {
    return this.options.drawn ? new DrawnSharing(this.options.random) : new Sharing();
  }

  private mirror(outgoing: Outgoing, lane: string, host: string, count: number, share: number): void {
    if (share === 0) return;
    const copies = memo(this.mirrors, lane, () => new Fraction()).of(count, share);
    this.deliver(outgoing, host, copies);
  }

  /** To the ready pods of one Service, in turn. */
  private deliver(outgoing: Outgoing, host: string, count: number): MeshAnswer[] {
    const service = this.topology.service(host);
    if (!service) return this.refuse(outgoing, count, 503, 'NC', host);
    if (service.pods.length === 0) return this.refuse(outgoing, count, 503, 'UH', host, service);
    const pods = service.pods
      .map((name) => this.topology.livePod(service.namespace, name))
      .filter((pod) => pod !== undefined);
    if (pods.length === 0) return this.refuse(outgoing, count, 503, 'UF', host, service);
    const shares = pods.map((pod) => ({ key: pod.metadata.uid ?? '', weight: 1, pod }));
    const parts = memo(this.sharings, `service ${host}`, () => this.sharing()).divide(count, shares);
    return shares.flatMap(({ key, pod }) => this.answers(outgoing, service, pod, parts.get(key) ?? 0));
  }

  /** All of one moment: what is the same for them is looked up once. */
  private answers(outgoing: Outgoing, service: MeshService, pod: Pod, count: number): MeshAnswer[] {
    if (count === 0) return [];
    const { behaviours, neighbours, random, drawn } = this.options;
    const app = memo(this.apps, pod.metadata.uid ?? '', () => new App(random(), drawn ? random : undefined));
    const behaviour = behaviours.of(pod);
    const moment = { nowMs: this.store.clock.now(), slowdown: neighbours.slowdownOf(pod) };
    const counter = this.telemetry.counter({ ...outgoing, pod, service, flags: '-' });
    return Array.from({ length: count }, () => {
      const { status, latencyMs } = app.answer(outgoing.path, behaviour, moment);
      counter.count(status, latencyMs);
      return { status, latencyMs, pod };
    });
  }

  /** The caller's own proxy answers, and only that counts it. */
  private refuse(
    outgoing: Outgoing,
    count: number,
    status: number,
    flags: string,
    host = outgoing.host,
    service: { name: string; namespace: string } = { name: host, namespace: '' },
  ): MeshAnswer[] {
    const counter = this.telemetry.counter({ ...outgoing, pod: undefined, service, flags });
    return Array.from({ length: count }, () => {
      counter.count(status, PROXY_MS);
      return { status, latencyMs: PROXY_MS };
    });
  }
}

function memo<T>(kept: Map<string, T>, key: string, make: () => T): T {
  const found = kept.get(key);
  if (found !== undefined) return found;
  const made = make();
  kept.set(key, made);
  return made;
}
