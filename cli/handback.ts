/** `serin handback`: prepares a cluster for the reference controller, after Serin was stopped. */
import { realClock } from '../controller/clock';
import { type Handback, handbackOf } from '../controller/handback';
import { undiciHttp } from '../controller/http';
import { KubeClient } from '../controller/kube/client';
import { loadCluster } from '../controller/kube/kubeconfig';
import type { Canary } from '../model/canary';
import { RESOURCES, type ResourceType } from '../model/kube';
import { coloursOf, type Terminal } from './terminal';
import { EXIT } from './usage-error';

export interface HandbackOptions {
  kubeconfig: string;
  namespace?: string;
  dryRun?: boolean;
}

/** @returns the exit code: 0 when no Canary will start a run because of the change */
export async function runHandbackVerb(options: HandbackOptions, terminal: Terminal): Promise<number> {
  const cluster = await loadCluster({ kubeconfig: options.kubeconfig });
  const http = undiciHttp({ tls: { [new URL(cluster.server).origin]: cluster.tls } });
  const client = new KubeClient({
    http,
    clock: realClock(),
    random: Math.random,
    server: cluster.server,
    headers: () => cluster.headers(),
  });
  try {
    const handbacks = await handbackAll(client, options);
    for (const one of handbacks) terminal.stdout.write(`${line(one, terminal)}\n`);
    return handbacks.some((one) => one.do === 'leave') ? EXIT.failed : EXIT.ok;
  } finally {
    await http.close();
  }
}

/** Looks at every Canary and writes what it needs; nothing with `dryRun`. */
export async function handbackAll(client: KubeClient, { namespace, dryRun }: Omit<HandbackOptions, 'kubeconfig'>) {
  const { items } = await client.list<Canary>(RESOURCES.canary, { namespace });
  const handbacks: Handback[] = [];
  for (const canary of items) {
    const { kind, name } = canary.spec.targetRef;
    const get = (wanted: string) =>
      client.get(workloads[kind] ?? RESOURCES.deployment, canary.metadata.namespace, wanted);
    const one = handbackOf(canary, await get(name), await get(`${name}-primary`));
    handbacks.push(one);
    if (one.do !== 'initialize' || dryRun) continue;
    const { namespace: home, name: own, resourceVersion } = canary.metadata;
    const patch = { ...one.patch, metadata: { resourceVersion } };
    await client.patch(RESOURCES.canary, home, own, patch, { subresource: 'status' });
  }
  return handbacks;
}

const workloads: Record<string, ResourceType> = {
  Deployment: RESOURCES.deployment,
  DaemonSet: RESOURCES.daemonSet,
  Service: RESOURCES.service,
};

function line(one: Handback, terminal: Terminal): string {
  const { green, yellow, dim } = coloursOf(terminal.stdout, terminal.env);
  if (one.do === 'initialize') return `${green('ready')}   ${one.canary}`;
  if (one.do === 'nothing') return `${dim('nothing')} ${one.canary}: ${one.why}`;
  return `${yellow('left')}    ${one.canary}: ${one.why}`;
}
