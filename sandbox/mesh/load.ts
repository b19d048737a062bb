import type { Clock, Timer } from '../../model/ports';
import { poisson } from '../random';
import { type Caller, versionOf } from './identity';
import type { Mesh, MeshAnswer, Outgoing } from './mesh';
import { Fraction } from './sharing';
import { Users } from './users';
import { fullName } from './virtual-service';

/** Requests of one kind over some time. */
export interface LoadOptions {
  url: string;
  /** @default GET */
  method?: string;
  /** Names in lower case. */
  headers?: Record<string, string>;
  /** Per second and worker, as `hey -q`, or that at a Unix time in ms; absent means as fast as the answers come. */
  qps?: number | ((nowMs: number) => number);
  /** Workers, each with one request at a time. @default 1 */
  concurrency?: number;
  /** Absent: until stopped, or until `requests` are sent. */
  durationMs?: number;
  requests?: number;
  /** `gateway` for users outside, `mesh` for a pod inside. @default mesh */
  via?: 'gateway' | 'mesh';
  /** The namespace of the caller, where short host names are looked up. @default that of the Service called */
  namespace?: string;
  /** The calling workload. @default the ingress gateway, or `flagger-loadtester` in the mesh */
  workload?: string;
  /** Whether the answers count among what users of the cluster saw. @default true through the gateway, else false */
  asUsers?: boolean;
}

export interface LoadSummary {
  /** By status. */
  statusCodes: Record<string, number>;
  /** Always empty: in the mesh every request gets an answer. */
  errors: Record<string, number>;
  durationMs: number;
  latencyMs?: { average: number; p50: number; p95: number; p99: number };
}

export interface Load {
  /** What this load's requests were answered. */
  readonly users: Users;
  stop(): void;
  /** Settles when the load has ended by itself or was stopped. */
  readonly done: Promise<LoadSummary>;
}

export const TICK_MS = 1000;
/** A worker without a rate waits at least this long for each answer. */
const FASTEST_MS = 5;
const KEPT_LATENCIES = 10_000;

/** One running load: sends its requests in one go every second of clock time. */
export class RunningLoad implements Load {
  readonly users = new Users();
  readonly done: Promise<LoadSummary>;
  private readonly outgoing: Outgoing;
  private readonly rate = new Fraction();
  private readonly latencies: number[] = [];
  private readonly startMs: number;
  private timer: Timer | undefined;
  private answered = 0;
  private lastMs: number;
  private meanLatencyMs = FASTEST_MS;
  private finish: (summary: LoadSummary) => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly mesh: Mesh,
    private readonly options: LoadOptions,
    private readonly audience: Users | undefined,
    private readonly ended: () => void,
    private readonly draw?: () => number,
  ) {
    this.outgoing = outgoingOf(options);
    this.startMs = this.lastMs = clock.now();
    this.done = new Promise((resolve) => {
      this.finish = resolve;
    });
    this.schedule();
  }

  stop(): void {
    if (!this.timer) return;
    this.timer.cancel();
    this.timer = undefined;
    this.ended();
    this.finish(this.summary());
  }

  private get endMs(): number {
    return this.startMs + (this.options.durationMs ?? Number.POSITIVE_INFINITY);
  }

  private schedule(): void {
    const nextMs = Math.min(TICK_MS, this.endMs - this.clock.now());
    this.timer = this.clock.after(nextMs, () => this.tick());
  }

  private tick(): void {
    const nowMs = this.clock.now();
    const seconds = (nowMs - this.lastMs) / 1000;
    this.lastMs = nowMs;
    const left = (this.options.requests ?? Number.POSITIVE_INFINITY) - this.answered;
    const exact = this.perSecond() * seconds;
    const count = Math.min(left, this.draw ? poisson(exact, this.draw) : this.wholeOf(exact));
    for (const answer of this.mesh.send(this.outgoing, count)) this.note(answer);
    if (nowMs >= this.endMs || count === left) this.stop();
    else this.schedule();
  }

  /** Whole requests for a rate that is none; what is cut off now is sent later. */
  private wholeOf(exact: number): number {
    const most = Math.ceil(exact) + 1;
    return this.rate.of(most, exact / most);
  }

  /** Workers wait for their answers: slow answers slow them down. */
  private perSecond(): number {
    const { qps = Number.POSITIVE_INFINITY, concurrency = 1 } = this.options;
    const wanted = typeof qps === 'number' ? qps : qps(this.clock.now());
    return concurrency * Math.min(wanted, 1000 / this.meanLatencyMs);
  }

  private note({ status, latencyMs, pod }: MeshAnswer): void {
    const version = pod ? versionOf(pod) : '';
    this.users.note(status, version, latencyMs);
    this.audience?.note(status, version, latencyMs);
    this.latencies[this.answered++ % KEPT_LATENCIES] = latencyMs;
    this.meanLatencyMs = Math.max(FASTEST_MS, this.meanLatencyMs * 0.9 + latencyMs * 0.1);
  }

  private summary(): LoadSummary {
    const base = { statusCodes: this.users.seen.byStatus, errors: {}, durationMs: this.clock.now() - this.startMs };
    const sorted = [...this.latencies].sort((a, b) => a - b);
    if (sorted.length === 0) return base;
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
    const average = sorted.reduce((sum, one) => sum + one, 0) / sorted.length;
    return { ...base, latencyMs: { average, p50: at(0.5), p95: at(0.95), p99: at(0.99) } };
  }
}

/** A URL and a caller as the mesh sees them. */
export function outgoingOf(options: LoadOptions): Outgoing {
  const url = new URL(options.url);
  const { via = 'mesh', namespace = 'default' } = options;
  return {
    via,
    host: via === 'mesh' ? fullName(url.hostname, namespace) : url.hostname,
    path: url.pathname,
    query: url.searchParams,
    method: options.method ?? 'GET',
    headers: options.headers ?? {},
    caller: callerOf(options),
  };
}

function callerOf({ via = 'mesh', namespace = 'default', workload }: LoadOptions): Caller {
  if (via === 'gateway') return { workload: workload ?? 'istio-ingressgateway', namespace: 'istio-system' };
  return { workload: workload ?? 'flagger-loadtester', namespace };
}
