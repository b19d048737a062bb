import { pause } from '../model/patience';
import type { Clock, Http } from '../model/ports';

/** Requests of one kind, as `hey` describes them. */
export interface Load {
  url: string;
  method: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body?: string;
  /** Per second and worker; absent means as fast as the answers come. */
  qps?: number;
  /** Workers, each with one request at a time. */
  concurrency: number;
  /** How long; absent when `requests` is there. */
  durationMs?: number;
  /** How many in all. */
  requests?: number;
  /** Of one request; 0 means none. */
  timeoutMs: number;
}

export interface LoadSummary {
  /** Requests that were answered, by status. */
  statusCodes: Record<string, number>;
  /** Requests that were not, by reason. */
  errors: Record<string, number>;
  durationMs: number;
  /** Of answered requests, up to the last 10,000; absent when there are none. */
  latencyMs?: { average: number; p50: number; p95: number; p99: number };
}

/** `onAnswer` is called at the first answer, whatever its status. */
export type GenerateLoad = (load: Load, signal: AbortSignal, onAnswer?: () => void) => Promise<LoadSummary>;

const MAX_LATENCIES = 10_000;
/** Without a rate, a worker lets time pass after this many requests: answers can be there at once (in process). */
const BURST = 50;

/** The built-in generator: real requests through `http`, paced by `clock`. */
export function loadGenerator(http: Http, clock: Clock, random: () => number): GenerateLoad {
  return (load, signal, onAnswer) => new Generation(http, clock, random, load, signal, onAnswer).run();
}

class Generation {
  private readonly statusCodes: Record<string, number> = {};
  private readonly errors: Record<string, number> = {};
  private readonly latencies: number[] = [];
  private readonly ending = new AbortController();
  private answered = 0;
  private toSend: number;

  constructor(
    private readonly http: Http,
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly load: Load,
    private readonly outer: AbortSignal,
    private readonly onAnswer: (() => void) | undefined,
  ) {
    this.toSend = load.requests ?? Number.POSITIVE_INFINITY;
  }

  async run(): Promise<LoadSummary> {
    const startedMs = this.clock.now();
    const end = () => this.ending.abort();
    if (this.outer.aborted) end();
    this.outer.addEventListener('abort', end, { once: true });
    const timer = this.load.durationMs === undefined ? undefined : this.clock.after(this.load.durationMs, end);
    await Promise.all(Array.from({ length: this.load.concurrency }, () => this.worker()));
    timer?.cancel();
    this.outer.removeEventListener('abort', end);
    return this.summary(this.clock.now() - startedMs);
  }

  private async worker(): Promise<void> {
    const { signal } = this.ending;
    const periodMs = this.load.qps === undefined ? 0 : 1000 / this.load.qps;
    // workers that start together would send in lockstep
    let dueMs = this.clock.now() + this.random() * periodMs;
    for (let sent = 0; !signal.aborted && this.toSend > 0; sent++) {
      const waitMs = periodMs > 0 ? dueMs - this.clock.now() : sent % BURST === BURST - 1 ? 1 : 0;
      if (waitMs > 0) await pause(this.clock, waitMs, signal);
      if (signal.aborted || this.toSend-- <= 0) return;
      // a slow answer loses its turns instead of causing a burst
      dueMs = Math.max(dueMs + periodMs, this.clock.now());
      await this.send();
    }
  }

  private async send(): Promise<void> {
    const { url, method, headers, body, timeoutMs } = this.load;
    const { signal } = this.ending;
    const sentMs = this.clock.now();
    try {
      const request = { url, method, headers, signal };
      const response = await this.http({
        ...request,
        ...(body === undefined ? {} : { body }),
        ...(timeoutMs === 0 ? {} : { timeoutMs }),
      });
      await response.text();
      this.answeredWith(response.status, this.clock.now() - sentMs);
    } catch (error) {
      // what the end of the run cut off says nothing about the server
      if (!signal.aborted) count(this.errors, reasonOf(error));
    }
  }

  private answeredWith(status: number, latencyMs: number): void {
    if (this.answered === 0) this.onAnswer?.();
    count(this.statusCodes, String(status));
    this.latencies[this.answered++ % MAX_LATENCIES] = latencyMs;
  }

  private summary(durationMs: number): LoadSummary {
    const { statusCodes, errors } = this;
    const sorted = [...this.latencies].sort((a, b) => a - b);
    if (sorted.length === 0) return { statusCodes, errors, durationMs };
    const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
    const average = sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length;
    const latencyMs = { average, p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) };
    return { statusCodes, errors, durationMs, latencyMs };
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? 'unknown';
}

/** The summary as text, for the task's output. */
export function summaryText({ statusCodes, errors, durationMs, latencyMs }: LoadSummary): string {
  const answered = Object.values(statusCodes).reduce((sum, n) => sum + n, 0);
  const seconds = durationMs / 1000;
  const lines = [
    'Summary:',
    `  Total: ${seconds.toFixed(4)} secs`,
    `  Requests/sec: ${seconds > 0 ? (answered / seconds).toFixed(4) : '0'}`,
  ];
  if (latencyMs !== undefined) {
    const { average, p50, p95, p99 } = latencyMs;
    lines.push(`  Latency: average ${ms(average)}, 50% ${ms(p50)}, 95% ${ms(p95)}, 99% ${ms(p99)}`);
  }
  for (const [code, n] of Object.entries(statusCodes)) lines.push(`  [${code}] ${n} responses`);
  for (const [reason, n] of Object.entries(errors)) lines.push(`  [${n}] ${reason}`);
  return `${lines.join('\n')}\n`;
}

const ms = (value: number) => `${value.toFixed(1)} ms`;
