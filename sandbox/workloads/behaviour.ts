import type { Container, PodSpec } from './objects';

/** How the pods of one version act. */
export interface Behaviour {
  /** Share of requests answered with 500, 0 to 1. */
  errorRate: number;
  latencyMs: Latency;
  /** From scheduled to ready. */
  startupMs: number;
  /** Exits before it is ready, or some time after it was. Its restarts back off as a kubelet's do. */
  crash: boolean | { afterMs: number };
  /** Runs, and never passes its readiness probe. */
  neverReady: boolean;
  /** Requests a second that use one whole CPU request, for autoscalers. */
  capacityPerSecond: number;
  /** How each pod acts until it has served for a while. */
  warmUp?: WarmUp;
}

/** Time to answer: spread evenly from `baseMs` to `baseMs + spreadMs`, or by shares of the requests. */
export type Latency = { baseMs: number; spreadMs: number } | { quantiles: readonly Quantile[] };

/** So many requests (0 to 1) are answered within so many milliseconds. */
export type Quantile = readonly [share: number, ms: number];

/** A pod is cold until it has answered `requests` or served for `ms` since its first request, whichever is later. */
export interface WarmUp {
  requests?: number;
  ms?: number;
  /** Answers take so many times as long. @default 1 */
  slowdown?: number;
  /** @default that of the version */
  errorRate?: number;
}

/** What a version is recognised by. */
export interface PodSample {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

export type BehaviourPattern = string | RegExp | ((pod: PodSample) => boolean);

export const HEALTHY: Behaviour = {
  errorRate: 0,
  latencyMs: { baseMs: 5, spreadMs: 40 },
  startupMs: 2000,
  crash: false,
  neverReady: false,
  capacityPerSecond: 100,
};

/** The pod annotations `sandbox.serin.dev/…` say the same to people who only write YAML. */
export const BEHAVIOUR_ANNOTATION = 'sandbox.serin.dev/';

/** The versions of a cluster and how they act; asked at every use, so a change counts at once. */
export class Behaviours {
  private readonly rules: { fits: (pod: PodSample) => boolean; change: Partial<Behaviour> }[] = [];
  private readonly listeners = new Set<() => void>();

  /** @param pattern An image (`*` stands for anything), an expression for one, or a test. Later rules win. */
  set(pattern: BehaviourPattern, change: Partial<Behaviour>): void {
    this.rules.push({ fits: tester(pattern), change });
    for (const listener of this.listeners) listener();
  }

  /** Calls the listener after every change. */
  watch(listener: () => void): { close(): void } {
    this.listeners.add(listener);
    return { close: () => void this.listeners.delete(listener) };
  }

  of(pod: PodSample): Behaviour {
    const behaviour = { ...HEALTHY };
    for (const { fits, change } of this.rules) if (fits(pod)) Object.assign(behaviour, change);
    return Object.assign(behaviour, annotated(pod.metadata?.annotations ?? {}));
  }
}

/** The container that serves: the first that is no sidecar. */
export function mainContainer(spec: PodSpec): Container | undefined {
  return spec.containers.find((one) => one.name !== 'istio-proxy') ?? spec.containers[0];
}

function tester(pattern: BehaviourPattern): (pod: PodSample) => boolean {
  if (typeof pattern === 'function') return pattern;
  const regex = typeof pattern === 'string' ? glob(pattern) : pattern;
  return (pod) => pod.spec.containers.some((container) => regex.test(container.image));
}

function glob(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

function annotated(annotations: Record<string, string>): Partial<Behaviour> {
  const said = (name: string) => annotations[BEHAVIOUR_ANNOTATION + name];
  const change: Partial<Behaviour> = {};
  const errorRate = share(said('error-rate'));
  const latencyMs = milliseconds(said('latency'));
  const startupMs = milliseconds(said('startup'));
  const crash = said('crash');
  if (errorRate !== undefined) change.errorRate = errorRate;
  if (latencyMs !== undefined) change.latencyMs = { baseMs: latencyMs, spreadMs: latencyMs / 5 };
  if (startupMs !== undefined) change.startupMs = startupMs;
  if (crash !== undefined && crash !== 'false') {
    const afterMs = milliseconds(crash);
    change.crash = afterMs === undefined ? true : { afterMs };
  }
  if (said('never-ready') === 'true') change.neverReady = true;
  return change;
}

/** The time within which `share` (0 to 1) of the requests are answered; straight lines lie between the points. */
export function latencyAt(latency: Latency, share: number): number {
  if (!('quantiles' in latency)) return latency.baseMs + latency.spreadMs * share;
  let [before, ms]: Quantile = [0, 0];
  for (const [next, nextMs] of latency.quantiles) {
    if (share <= next) return next === before ? nextMs : ms + ((nextMs - ms) * (share - before)) / (next - before);
    [before, ms] = [next, nextMs];
  }
  return ms;
}

/** `0.3` or `30%`. */
function share(text: string | undefined): number | undefined {
  const parts = /^([\d.]+)(%?)$/.exec(text ?? '');
  if (!parts) return undefined;
  return Math.min(1, Number(parts[1]) / (parts[2] ? 100 : 1));
}

/** `800ms`, `1.5s` or `2m`. */
function milliseconds(text: string | undefined): number | undefined {
  const parts = /^([\d.]+)(ms|s|m)$/.exec(text ?? '');
  if (!parts) return undefined;
  return Number(parts[1]) * { ms: 1, s: 1000, m: 60_000 }[parts[2] as 'ms' | 's' | 'm'];
}
