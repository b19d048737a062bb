import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Api, apiClient } from './api';
import type { Assets } from './assets';
import { AUDIT_POLICY } from './audit';
import { authority, clientCertificate, serverCertificate, signingKey } from './certificates';
import { apiServer, type Component, controllerManager, etcd, kwok, type Layout, scheduler } from './components';
import { type Daemon, freePorts, startDaemon, until, untilReady } from './daemon';
import { removeFolder, temporaryFolder } from './folder';
import { kubeconfig, writeSecret } from './kubeconfig';
import { fakeNode } from './nodes';
import type { PlaneFacts } from './plane';

const READY_MS = 60_000;
const NODES = ['node-a', 'node-b'];

/** What differs from the plane of the tests. */
export interface PlaneOptions {
  /** Names of the fake nodes. @default ['node-a', 'node-b'] */
  nodes?: readonly string[];
  /** Pods that one node takes. @default 250 */
  podsPerNode?: number;
  /** @default the metadata of every request */
  auditPolicy?: object;
  /** More arguments for components, by name. */
  arguments?: Readonly<Record<string, readonly string[]>>;
  /** More of the environment for components, by name. */
  environment?: Readonly<Record<string, Record<string, string>>>;
  /** Components that are not started. */
  without?: readonly string[];
}
const MASTERS = 'system:masters';
/** User name and group of each component that logs in with a token. */
const IDENTITIES = {
  admin: ['serin-admin', MASTERS],
  'controller-manager': ['system:kube-controller-manager', ''],
  scheduler: ['system:kube-scheduler', ''],
  kwok: ['kwok', MASTERS],
} as const;

/** A running control plane, held by the process that started it. */
export interface ControlPlane {
  readonly facts: PlaneFacts;
  /** Process ids by component. */
  pids(): Record<string, number>;
  /** Ends the API server (at once, as a crash would) and starts it again on the same port `downMs` later. */
  restartApiServer(downMs?: number): Promise<void>;
  /** Ends all processes and removes all files. */
  stop(): Promise<void>;
}

/**
 * Starts etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok on free ports of loopback, with two fake
 * nodes. Resolves when a pod could be scheduled.
 * @throws Error with the log of the process that did not start.
 */
export async function startControlPlane(assets: Assets, options: PlaneOptions = {}): Promise<ControlPlane> {
  const [etcdPort = 0, etcdPeerPort = 0, apiPort = 0] = await freePorts(3);
  const layout = { folder: runFolder(), etcdPort, etcdPeerPort, apiPort };
  const daemons = new Map<string, Daemon>();
  const start = (component: Component) => {
    const log = join(layout.folder, `${component.name}.log`);
    const daemon = startDaemon(
      component.name,
      component.command,
      [...component.args, ...(options.arguments?.[component.name] ?? [])],
      log,
      options.environment?.[component.name],
    );
    daemons.set(component.name, daemon);
    return daemon;
  };
  const stop = async () => {
    const order = ['kwok', 'kube-scheduler', 'kube-controller-manager'];
    await Promise.all(order.map((name) => daemons.get(name)?.stop('SIGKILL')));
    await daemons.get('kube-apiserver')?.stop('SIGKILL');
    await daemons.get('etcd')?.stop('SIGKILL');
    removeFolder(layout.folder);
  };
  try {
    const facts = await writeFiles(assets, layout, options.auditPolicy ?? AUDIT_POLICY);
    const api = apiClient(facts.server, facts.caCertificate, facts.token);
    start(etcd(assets, layout));
    await startApiServer(start(apiServer(assets, layout)), api);
    for (const component of [controllerManager, scheduler, kwok].map((make) => make(assets, layout))) {
      if (!options.without?.includes(component.name)) start(component);
    }
    await addNodes(api, options);
    await untilUsable([...daemons.values()], api);
    api.close();
    return {
      facts,
      stop,
      pids: () => Object.fromEntries([...daemons].map(([name, { pid }]) => [name, pid])),
      async restartApiServer(downMs = 0) {
        await daemons.get('kube-apiserver')?.stop('SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, downMs));
        const fresh = apiClient(facts.server, facts.caCertificate, facts.token);
        await startApiServer(start(apiServer(assets, layout)), fresh);
        fresh.close();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** In memory where that is possible: the audit log and etcd write a lot. */
function runFolder(): string {
  let parent = '/dev/shm';
  try {
    accessSync(parent, constants.W_OK);
  } catch {
    parent = tmpdir();
  }
  const folder = temporaryFolder(parent, 'serin-cluster-');
  mkdirSync(join(folder, 'pki'));
  return folder;
}

async function writeFiles(assets: Assets, layout: Layout, auditPolicy: object): Promise<PlaneFacts> {
  const put = (file: string, text: string) => writeSecret(join(layout.folder, 'pki', file), text);
  const server = `https://127.0.0.1:${layout.apiPort}`;
  const ca = await authority();
  const own = await serverCertificate(ca);
  const signing = signingKey();
  put('ca.crt', ca.certificate);
  put('api-server.crt', own.certificate);
  put('api-server.key', own.key);
  put('service-account.pub', signing.publicKey);
  put('service-account.key', signing.privateKey);
  put('audit-policy.json', JSON.stringify(auditPolicy));
  const tokens = Object.keys(IDENTITIES).map((name) => [name, randomBytes(16).toString('hex')] as const);
  put('tokens.csv', tokens.map(([name, token]) => tokenLine(token, name)).join('\n'));
  for (const [name, token] of tokens) put(`${name}.kubeconfig`, kubeconfig(server, ca.certificate, { token }));
  const admin = await clientCertificate(ca, 'serin-admin', MASTERS);
  return {
    folder: layout.folder,
    server,
    kubeconfigPath: put('admin-certificate.kubeconfig', kubeconfig(server, ca.certificate, { client: admin })),
    tokenKubeconfigPath: join(layout.folder, 'pki', 'admin.kubeconfig'),
    caCertificate: ca.certificate,
    token: Object.fromEntries(tokens)['admin'] ?? '',
    auditLog: join(layout.folder, 'audit.log'),
    assets,
  };
}

/** One line of the API server's token file: token, user, uid, groups. */
function tokenLine(token: string, name: string): string {
  const [user, group] = IDENTITIES[name as keyof typeof IDENTITIES];
  return `${token},${user},${name},"${group}"`;
}

async function startApiServer(daemon: Daemon, api: Api): Promise<void> {
  await untilReady(daemon, async () => (await api.send('GET', '/readyz')).status === 200, READY_MS);
}

async function addNodes(api: Api, { nodes = NODES, podsPerNode }: PlaneOptions): Promise<void> {
  for (const name of nodes) {
    const { status, body } = await api.send('POST', '/api/v1/nodes', fakeNode(name, podsPerNode));
    if (status !== 201) throw new Error(`node ${name}: ${JSON.stringify(body)}`);
  }
}

/** The controller-manager has made the default ServiceAccount, and kwok and the node controller have readied the nodes. */
async function untilUsable(daemons: Daemon[], api: Api): Promise<void> {
  const problem = await until(async () => {
    if (daemons.some((daemon) => !daemon.running())) return true;
    const account = await api.get('/api/v1/namespaces/default/serviceaccounts/default');
    const nodes = await api.get('/api/v1/nodes');
    const schedulable = (node: { spec: { taints?: unknown[] } }) => (node.spec.taints ?? []).length === 0;
    return account !== undefined && nodes.items.every(schedulable);
  }, READY_MS);
  const dead = daemons.find((daemon) => !daemon.running());
  if (dead !== undefined) throw new Error(`${dead.name} ended:\n${readFileSync(dead.logFile, 'utf8').slice(-3000)}`);
  if (problem !== undefined)
    throw new Error(`the control plane is not usable after ${READY_MS} ms: ${problem.message}`);
}

/** Writes the facts where `attachedPlane` finds them. */
export function writeFacts(facts: PlaneFacts, path: string): void {
  writeFileSync(path, JSON.stringify(facts), { mode: 0o600 });
}
