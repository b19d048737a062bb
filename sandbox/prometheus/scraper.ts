import type { Clock, Timer } from '../../model/ports';
import { type Labels, labelsKey } from './labels';
import type { SeriesStore } from './series';

/** One value that a target shows when it is scraped. */
export interface Reading {
  /** With the metric name as `__name__`. */
  labels: Labels;
  value: number;
}

export interface Target {
  /** Tells targets apart; equal keys are the same target. */
  key: string;
  /** Labels that discovery adds to every reading. */
  labels: Labels;
  collect(): Iterable<Reading>;
}

interface Scraped {
  labels: Labels;
  series: Map<string, Labels>;
}

/** Reads all targets at a fixed distance of clock time, and marks stale what is no longer there. */
export class Scraper {
  private timer: Timer | undefined;
  private before = new Map<string, Scraped>();

  constructor(
    private readonly clock: Clock,
    private readonly store: SeriesStore,
    private readonly intervalMs: number,
    private readonly targets: () => Iterable<Target>,
  ) {}

  start(): void {
    this.timer ??= this.clock.after(this.intervalMs, () => {
      this.timer = undefined;
      this.start();
      this.scrape();
    });
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** Reads every target now. */
  scrape(): void {
    const nowMs = this.clock.now();
    const seen = new Map<string, Scraped>();
    for (const target of this.targets()) seen.set(target.key, this.read(target, nowMs));
    for (const [key, { labels, series }] of this.before) {
      const now = seen.get(key);
      for (const [id, gone] of series) if (!now?.series.has(id)) this.store.markStale(gone, nowMs);
      if (!now) this.store.markStale({ ...labels, __name__: 'up' }, nowMs);
    }
    this.before = seen;
    this.store.prune(nowMs);
  }

  private read(target: Target, nowMs: number): Scraped {
    const series = new Map<string, Labels>();
    for (const reading of target.collect()) {
      const labels = { ...target.labels, ...reading.labels };
      this.store.append(labels, nowMs, reading.value);
      series.set(labelsKey(labels), labels);
    }
    this.store.append({ ...target.labels, __name__: 'up' }, nowMs, 1);
    return { labels: target.labels, series };
  }
}
