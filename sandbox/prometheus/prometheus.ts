import type { Clock, Http } from '../../model/ports';
import { queryApi } from './query-api';
import { Scraper, type Target } from './scraper';
import { SeriesStore } from './series';

export interface PrometheusOptions {
  clock: Clock;
  /** Read anew at every scrape. */
  targets: () => Iterable<Target>;
  /** @default 5 s of clock time */
  scrapeIntervalMs?: number;
  /** @default 2 h of clock time */
  retentionMs?: number;
}

/** A Prometheus in process: it scrapes by the clock and answers over its HTTP API. */
export interface Prometheus {
  http: Http;
  /** To write series of one's own. */
  series: SeriesStore;
  /** Scrapes now, beside the regular ones. */
  scrape(): void;
  start(): void;
  stop(): void;
}

export function createPrometheus(options: PrometheusOptions): Prometheus {
  const series = new SeriesStore(options.retentionMs);
  const scraper = new Scraper(options.clock, series, options.scrapeIntervalMs ?? 5000, options.targets);
  return {
    http: queryApi({ clock: options.clock, store: series }),
    series,
    scrape: () => scraper.scrape(),
    start: () => scraper.start(),
    stop: () => scraper.stop(),
  };
}
