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

/** A series of a target, kept from scrape to scrape. */
interface Known {
  id: string;
  labels: Labels;
  seenMs: number;
}

/** What is known of a target. */
interface Scraped {
  labels: Labels;
  labelsId: string;
  up: Known;
  series: Map<string, Known>;
  /** Targets that give the same label objects again spare us their comparison. */
  byReading: WeakMap<Labels, Known>;
  seenMs: number;
}

/** Reads all targets at a fixed distance of clock time, and marks stale what is no longer there. */
export class Scraper {
  private timer: Timer | undefined;
  private readonly scraped = new Map<string, Scraped>();

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
    for (const target of this.targets()) this.read(this.known(target, nowMs), target, nowMs);
    for (const [key, scraped] of this.scraped) {
      if (scraped.seenMs === nowMs) continue;
      this.forget(scraped, nowMs);
      this.scraped.delete(key);
    }
    this.store.prune(nowMs);
  }

  /** A target whose own labels have changed is another one. */
  private known(target: Target, nowMs: number): Scraped {
    const labelsId = labelsKey(target.labels);
    const before = this.scraped.get(target.key);
    if (before?.labelsId === labelsId) return before;
    if (before) this.forget(before, nowMs);
    const { labels } = target;
    const up = knownOf({ ...labels, __name__: 'up' });
    const made = { labels, labelsId, up, series: new Map(), byReading: new WeakMap(), seenMs: nowMs };
    this.scraped.set(target.key, made);
    return made;
  }

  private read(scraped: Scraped, target: Target, nowMs: number): void {
    let count = 0;
    for (const { labels, value } of target.collect()) {
      const known = seriesOf(scraped, labels);
      if (known.seenMs !== nowMs) count += 1;
      known.seenMs = nowMs;
      this.store.append(known.labels, nowMs, value, known.id);
    }
    scraped.seenMs = nowMs;
    this.store.append(scraped.up.labels, nowMs, 1, scraped.up.id);
    if (count === scraped.series.size) return;
    for (const known of scraped.series.values()) if (known.seenMs !== nowMs) this.drop(scraped, known, nowMs);
  }

  private drop(scraped: Scraped, { id, labels }: Known, nowMs: number): void {
    this.store.markStale(labels, nowMs);
    scraped.series.delete(id);
  }

  private forget(scraped: Scraped, nowMs: number): void {
    for (const { labels } of scraped.series.values()) this.store.markStale(labels, nowMs);
    this.store.markStale(scraped.up.labels, nowMs);
  }
}

function seriesOf(scraped: Scraped, reading: Labels): Known {
  const again = scraped.byReading.get(reading);
  if (again && scraped.series.has(again.id)) return again;
  const fresh = knownOf({ ...scraped.labels, ...reading });
  const known = scraped.series.get(fresh.id) ?? fresh;
  scraped.series.set(known.id, known);
  scraped.byReading.set(reading, known);
  return known;
}

const knownOf = (labels: Labels): Known => ({ id: labelsKey(labels), labels, seenMs: Number.NEGATIVE_INFINITY });
