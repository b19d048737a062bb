import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Phase } from '../../model/canary';

/** How series name a Canary: by the name of its target. */
export interface MetricTarget {
  namespace: string;
  /** targetRef.name */
  name: string;
}

export type Strategy = 'canary' | 'blue-green' | 'ab-testing';
export type AnalysisStatus = 'completed' | 'skipped';

const TARGET = ['name', 'namespace'] as const;
const OUTCOME = [...TARGET, 'deployment_strategy', 'analysis_status'] as const;
/** The buckets that the reference's client library uses unasked. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * What the controller tells Prometheus: facts come in, series go out. Names and labels starting with `flagger_` are
 * the reference's (spec traffic-and-metrics 9), dashboards and alert rules depend on them.
 */
/** The default of 10 ms wakes an idle process a hundred times a second. */
const LAG_SAMPLE_MS = 1_000;

export class Telemetry {
  readonly registry = new Registry();
  /** Label sets beyond name and namespace that each Canary has, to remove them later. */
  private readonly metricsOf = new Map<string, Set<string>>();
  private readonly outcomesOf = new Map<string, Set<string>>();

  private readonly infoGauge = this.gauge('flagger_info', 'Version and default provider', ['version', 'mesh_provider']);
  private readonly totalGauge = this.gauge('flagger_canary_total', 'Canaries in a namespace', ['namespace']);
  private readonly statusGauge = this.gauge(
    'flagger_canary_status',
    'Last run: 0 progressing, 1 fine, 2 failed',
    TARGET,
  );
  private readonly weightGauge = this.gauge('flagger_canary_weight', 'Percent of traffic', ['workload', 'namespace']);
  private readonly analysisGauge = this.gauge('flagger_canary_metric_analysis', 'Last value of a check', [
    ...TARGET,
    'metric',
  ]);
  private readonly durationHistogram = this.histogram(
    'flagger_canary_duration_seconds',
    'Seconds that an analysing tick took',
    TARGET,
  );
  private readonly successCounter = this.counter('flagger_canary_successes_total', 'Runs that were promoted', OUTCOME);
  private readonly failureCounter = this.counter(
    'flagger_canary_failures_total',
    'Runs that were rolled back',
    OUTCOME,
  );
  private readonly latenessHistogram = this.histogram(
    'serin_tick_lateness_seconds',
    'Seconds between when a tick was due and when it began',
    [],
  );
  private readonly queueGauge = this.gauge('serin_queue_depth', 'Keys that wait for a tick', []);
  private readonly requestCounter = this.counter('serin_api_requests_total', 'Requests to the Kubernetes API', [
    'method',
    'code',
  ]);
  private readonly alertCounter = this.counter('serin_alerts_total', 'Alerts by chat and outcome', ['type', 'outcome']);
  private readonly lostCounter = this.counter('serin_hook_deliveries_lost_total', 'Events that no hook received', []);

  /** @param options.process also exports memory, CPU and event loop of the process. */
  constructor(options: { process?: boolean } = {}) {
    const eventLoopMonitoringPrecision = LAG_SAMPLE_MS;
    if (options.process) collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision });
  }

  info(version: string, meshProvider: string): void {
    this.infoGauge.set({ version, mesh_provider: meshProvider }, 1);
  }

  /** Zero removes the series (C36). */
  total(namespace: string, count: number): void {
    if (count > 0) this.totalGauge.set({ namespace }, count);
    else this.totalGauge.remove({ namespace });
  }

  canaryStatus(target: MetricTarget, phase: Phase): void {
    this.statusGauge.set(labels(target), phase === 'Progressing' ? 0 : phase === 'Failed' ? 2 : 1);
  }

  /** Percent of each side. */
  weight({ name, namespace }: MetricTarget, primary: number, canary: number): void {
    this.weightGauge.set({ workload: `${name}-primary`, namespace }, primary);
    this.weightGauge.set({ workload: name, namespace }, canary);
  }

  /** @param value percent, **seconds** of the built-in duration, whatever a custom query gives. */
  metricAnalysis(target: MetricTarget, metric: string, value: number): void {
    remember(this.metricsOf, target, metric);
    this.analysisGauge.set({ ...labels(target), metric }, value);
  }

  /** One analysing tick. */
  duration(target: MetricTarget, seconds: number): void {
    this.durationHistogram.observe(labels(target), seconds);
  }

  success(target: MetricTarget, strategy: Strategy, status: AnalysisStatus): void {
    this.count(this.successCounter, target, strategy, status);
  }

  failure(target: MetricTarget, strategy: Strategy, status: AnalysisStatus = 'completed'): void {
    this.count(this.failureCounter, target, strategy, status);
  }

  tickLateness(seconds: number): void {
    this.latenessHistogram.observe(Math.max(0, seconds));
  }

  queueDepth(keys: number): void {
    this.queueGauge.set(keys);
  }

  /** @param code HTTP status, or the error's code when there was no answer. */
  apiRequest(method: string, code: number | string): void {
    this.requestCounter.inc({ method, code: String(code) });
  }

  /** An alert reached its chat, was given up, or was dropped. */
  alertOutcome(type: string, outcome: string): void {
    this.alertCounter.inc({ type, outcome });
  }

  hookLost(): void {
    this.lostCounter.inc();
  }

  /** Removes every series of a Canary that is gone. */
  forget(target: MetricTarget): void {
    const own = labels(target);
    this.statusGauge.remove(own);
    this.durationHistogram.remove(own);
    this.weightGauge.remove({ workload: `${target.name}-primary`, namespace: target.namespace });
    this.weightGauge.remove({ workload: target.name, namespace: target.namespace });
    for (const metric of this.metricsOf.get(key(target)) ?? []) this.analysisGauge.remove({ ...own, metric });
    for (const outcome of this.outcomesOf.get(key(target)) ?? []) {
      const [deployment_strategy = '', analysis_status = ''] = outcome.split('/');
      this.successCounter.remove({ ...own, deployment_strategy, analysis_status });
      this.failureCounter.remove({ ...own, deployment_strategy, analysis_status });
    }
    this.metricsOf.delete(key(target));
    this.outcomesOf.delete(key(target));
  }

  /** The text that Prometheus scrapes. */
  exposition(): Promise<string> {
    return this.registry.metrics();
  }

  private count(counter: Counter, target: MetricTarget, strategy: Strategy, status: AnalysisStatus): void {
    remember(this.outcomesOf, target, `${strategy}/${status}`);
    counter.inc({ ...labels(target), deployment_strategy: strategy, analysis_status: status });
  }

  private gauge(name: string, help: string, labelNames: readonly string[]): Gauge {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  private counter(name: string, help: string, labelNames: readonly string[]): Counter {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  private histogram(name: string, help: string, labelNames: readonly string[]): Histogram {
    return new Histogram({ name, help, labelNames: [...labelNames], buckets: SECONDS, registers: [this.registry] });
  }
}

function labels({ name, namespace }: MetricTarget): { name: string; namespace: string } {
  return { name, namespace };
}

function key({ name, namespace }: MetricTarget): string {
  return `${namespace}/${name}`;
}

function remember(known: Map<string, Set<string>>, target: MetricTarget, label: string): void {
  const set = known.get(key(target)) ?? new Set<string>();
  known.set(key(target), set.add(label));
}
