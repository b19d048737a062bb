import type { Clock } from '../../model/ports';
import { type Load, type LoadOptions, RunningLoad } from './load';
import type { Mesh } from './mesh';
import type { Users } from './users';

/** Users from outside, at a steady rate. */
export interface Ingress {
  host: string;
  /** A number, or that at a Unix time in milliseconds. */
  perSecond: number | ((nowMs: number) => number);
  /** @default / */
  path?: string;
  headers?: Record<string, string>;
}

/** Users do not wait for each other: enough workers that slow answers do not lower the rate. */
const INGRESS_WORKERS = 200;

export function ingressLoad({ host, perSecond, path = '/', headers = {} }: Ingress): LoadOptions {
  return { url: `http://${host}${path}`, via: 'gateway', headers, ...independent(perSecond) };
}

/** A rate that slow answers do not lower. */
export function independent(perSecond: Ingress['perSecond']): Pick<LoadOptions, 'qps' | 'concurrency'> {
  const each = (rate: number) => rate / INGRESS_WORKERS;
  const qps = typeof perSecond === 'number' ? each(perSecond) : (nowMs: number) => each(perSecond(nowMs));
  return { qps, concurrency: INGRESS_WORKERS };
}

/** The loads that run. */
export class Loads {
  private readonly running = new Set<Load>();

  constructor(
    private readonly clock: Clock,
    private readonly users: Users,
    private readonly draw?: () => number,
  ) {}

  start(mesh: Mesh, options: LoadOptions): Load {
    const asUsers = options.asUsers ?? options.via === 'gateway';
    const audience = asUsers ? this.users : undefined;
    const namespace = options.namespace ?? mesh.topology.namespaceOf(new URL(options.url).hostname) ?? 'default';
    const wanted = { ...options, namespace };
    const load: Load = new RunningLoad(this.clock, mesh, wanted, audience, () => this.running.delete(load), this.draw);
    this.running.add(load);
    return load;
  }

  stop(): void {
    for (const load of [...this.running]) load.stop();
  }
}
