/** The embedded cluster's doors to other programs: two ports and a kubeconfig. A temporary one is gone when we are. */
import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serveHttp } from '../sandbox/http-front';
import { writeKubeconfig } from '../sandbox/kubeconfig';
import type { Sandbox } from '../sandbox/world';
import { UsageError } from './usage-error';

export interface DoorOptions {
  /** Of the Kubernetes API; 0 takes a free one. */
  port: number;
  prometheusPort: number;
  /** Absent: a file in a new temporary folder. */
  kubeconfig?: string | undefined;
  /** Of the kubeconfig's context. */
  namespace?: string;
}

export interface Doors {
  /** URL of the Kubernetes API. */
  api: string;
  prometheus: string;
  /** Path of the kubeconfig. */
  kubeconfig: string;
  close(): Promise<void>;
}

/** Opens both on 127.0.0.1. @throws Error with a `code` (`EADDRINUSE`, `ENOENT`, …) */
export async function openDoors(sandbox: Sandbox, options: DoorOptions): Promise<Doors> {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    await Promise.all(opened.map((one) => one()));
  };
  try {
    const kubeconfig = options.kubeconfig ? await checkedPath(options.kubeconfig) : await temporaryPath(opened);
    const api = await serveHttp(sandbox.api, { port: options.port });
    opened.push(api.close);
    const prometheus = await serveHttp(sandbox.prometheus.http, { port: options.prometheusPort, scheme: 'http' });
    opened.push(prometheus.close);
    await writeKubeconfig(kubeconfig, api, options.namespace);
    return { api: api.url, prometheus: prometheus.url, kubeconfig, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Gone with the process too, however it ends: a closed terminal leaves no time for more. */
async function temporaryPath(opened: (() => Promise<unknown>)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'serin-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  opened.push(async () => {
    process.off('exit', remove);
    remove();
  });
  return join(folder, 'kubeconfig');
}

/** A kubeconfig of other clusters must not be lost. */
async function checkedPath(file: string): Promise<string> {
  const path = resolve(file);
  const there = await readFile(path, 'utf8').catch(() => '');
  if (there.trim() === '' || there.includes('serin-sandbox')) return path;
  throw new UsageError(`${file} is somebody else's file: give a new name, or remove it first`);
}
