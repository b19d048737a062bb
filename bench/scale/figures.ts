/** From what was seen in a window to the figures of a scenario. */
import { countsOf, isWrite, type Request } from './audit-record';
import type { Queries } from './prometheus-stand-in';
import { isStanding, latenesses, quantile, ticksOf } from './ticks';

export interface Spread {
  p50: number;
  p99: number;
  max: number;
}

/** What one window was like. Times are milliseconds, memory is MB of 10^6 bytes. */
export interface Figures {
  windowSeconds: number;
  /** Ticks seen in the window, and how many an interval makes due. */
  ticks: number;
  dueTicks: number;
  requestsPerTick: number;
  writesPerTick: number;
  readsPerTick: number;
  /** All requests of the window, by verb and resource. */
  requests: Record<string, number>;
  refused: number;
  /** CPU, in total, and for one tick without what the controller takes with no Canaries; the API server's without what it needs when no controller runs. */
  controllerCpuMs: number;
  controllerCpuMsPerTick: number;
  apiServerCpuMs: number;
  apiServerCpuMsPerTick: number;
  /** Of each process of the controller. */
  residentMb: number[];
  peakMb: number[];
  lateness?: Spread;
  queries: Queries;
  queriesPerTick: number;
}

export interface Window {
  seconds: number;
  intervalMs: number;
  /** Canaries that are due once an interval. */
  due: number;
  /** From its start on, and some seconds longer, so that its last ticks are whole. */
  requests: readonly Request[];
  startMs: number;
  controllerCpuMs: number;
  /** Of it, what the controller would have taken with no Canaries. */
  emptyCpuMs: number;
  apiServerCpuMs: number;
  memory: readonly { resident: number; peak: number }[];
  queries: Queries;
}

export function figuresOf(window: Window): Figures {
  const { intervalMs, seconds, startMs } = window;
  const endMs = startMs + seconds * 1000;
  const requests = window.requests.filter(({ atMs }) => atMs < endMs);
  const ticks = ticksOf(window.requests, intervalMs).filter(({ atMs }) => atMs < endMs);
  const dueTicks = Math.round((window.due * seconds * 1000) / intervalMs);
  // Of ticks that ask nothing, only how many were due is known.
  const areSeen = ticks.length > dueTicks / 2;
  const perTick = (amount: number) => rounded(amount / Math.max(1, areSeen ? ticks.length : dueTicks));
  const own = areSeen ? ticks.flatMap((tick) => tick.requests) : requests.filter((request) => !isStanding(request));
  const writes = own.filter(isWrite).length;
  const late = latenesses(ticks, intervalMs);
  const asked = Object.values(window.queries).reduce((sum, { queries }) => sum + queries, 0);
  return {
    windowSeconds: rounded(seconds),
    ticks: ticks.length,
    dueTicks,
    requestsPerTick: perTick(own.length),
    writesPerTick: perTick(writes),
    readsPerTick: perTick(own.length - writes),
    requests: countsOf(requests),
    refused: requests.filter(({ code }) => code >= 400).length,
    controllerCpuMs: window.controllerCpuMs,
    controllerCpuMsPerTick: perTick(Math.max(0, window.controllerCpuMs - window.emptyCpuMs)),
    apiServerCpuMs: Math.round(window.apiServerCpuMs),
    apiServerCpuMsPerTick: perTick(window.apiServerCpuMs),
    residentMb: window.memory.map(({ resident }) => resident),
    peakMb: window.memory.map(({ peak }) => peak),
    ...(late.length > 0 && { lateness: spreadOf(late) }),
    queries: window.queries,
    queriesPerTick: perTick(asked),
  };
}

export const spreadOf = (numbers: readonly number[]): Spread => ({
  p50: Math.round(quantile(numbers, 0.5) ?? 0),
  p99: Math.round(quantile(numbers, 0.99) ?? 0),
  max: Math.round(Math.max(0, ...numbers)),
});

export const rounded = (value: number): number => Number(value.toPrecision(3));
