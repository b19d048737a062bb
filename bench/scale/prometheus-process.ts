/** The Prometheus stand-in as a process, and what it was asked. */
import { join } from 'node:path';
import { freePorts, startDaemon, untilReady } from '../../test/cluster/control-plane/daemon';
import type { Queries } from './prometheus-stand-in';

export interface PrometheusProcess {
  url: string;
  /** Since the last time. */
  counts(): Promise<Queries>;
  stop(): Promise<void>;
}

/** @param script The bundled prometheus-stand-in.ts. */
export async function startPrometheusStandIn(script: string, folder: string): Promise<PrometheusProcess> {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const daemon = startDaemon('prometheus', process.execPath, [script, String(port)], join(folder, 'prometheus.log'));
  await untilReady(daemon, async () => (await fetch(`${url}/-/ready`)).ok, 20_000);
  return {
    url,
    counts: async () => (await (await fetch(`${url}/counts`)).json()) as Queries,
    stop: () => daemon.stop('SIGKILL'),
  };
}
