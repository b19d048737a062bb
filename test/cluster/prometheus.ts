import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from './control-plane/command';
import { freePorts, startDaemon, untilReady } from './control-plane/daemon';
import { removeFolder, temporaryFolder } from './control-plane/folder';

/** A real Prometheus on loopback. */
export interface Prometheus {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** Result of an instant query, as `/api/v1/query` gives it under `data`. @throws Error with Prometheus' own text. */
  query(promql: string, atSeconds?: number): Promise<{ resultType: string; result: unknown }>;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  assets: { prometheus: string; promtool: string };
  /** `host:port` of servers with `/metrics`. */
  scrape?: string[];
  /** Default 1000. */
  scrapeIntervalMs?: number;
  /** Samples with their own times to start with, in OpenMetrics text (ends with `# EOF`). */
  openMetrics?: string;
  /** Flags beyond ours. */
  flags?: string[];
}

const READY_MS = 30_000;

/** Starts Prometheus with a data folder of its own. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const folder = temporaryFolder(tmpdir(), 'serin-prometheus-');
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, 'prometheus.yml'), configuration(options));
  mkdirSync(join(folder, 'data'));
  if (options.openMetrics !== undefined) await backfill(folder, options.assets.promtool, options.openMetrics);
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    // Backfilled samples may be of any year.
    '--storage.tsdb.retention.time=100y',
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
    ...(options.flags ?? []),
  ];
  const daemon = startDaemon('prometheus', options.assets.prometheus, args, join(folder, 'prometheus.log'));
  const stop = async () => {
    await daemon.stop('SIGKILL');
    removeFolder(folder);
  };
  try {
    await untilReady(daemon, async () => (await fetch(`${url}/-/ready`)).ok, READY_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop, query: (promql, atSeconds) => query(url, promql, atSeconds) };
}

/** JSON is YAML. */
function configuration({ scrape = [], scrapeIntervalMs = 1000 }: PrometheusOptions): string {
  const interval = `${scrapeIntervalMs}ms`;
  return JSON.stringify({
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    scrape_configs: scrape.length === 0 ? [] : [{ job_name: 'mesh', static_configs: [{ targets: scrape }] }],
  });
}

/** Writes samples as blocks into the data folder of a Prometheus that is not running yet. */
async function backfill(folder: string, promtool: string, openMetrics: string): Promise<void> {
  const file = join(folder, 'samples.om');
  writeFileSync(file, openMetrics);
  await command(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')]);
}

async function query(url: string, promql: string, atSeconds: number | undefined) {
  const form = new URLSearchParams({ query: promql });
  if (atSeconds !== undefined) form.set('time', String(atSeconds));
  const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body: form });
  const body = (await answer.json()) as {
    status: string;
    error?: string;
    data: { resultType: string; result: unknown };
  };
  if (body.status !== 'success') throw new Error(body.error ?? `HTTP ${answer.status}`);
  return body.data;
}
