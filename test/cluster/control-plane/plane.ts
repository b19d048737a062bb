import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Api, apiClient } from './api';
import type { Assets } from './assets';
import { type AuditLine, readAudit } from './audit';
import { type CommandOptions, type CommandResult, command, tryCommand } from './command';
import { kubeconfig, writeSecret } from './kubeconfig';

/** All that another process must know to use a running control plane. Plain JSON. */
export interface PlaneFacts {
  /** Folder of the run: logs, keys, kubeconfigs. Removed when the plane stops. */
  folder: string;
  /** `https://127.0.0.1:PORT`. */
  server: string;
  /** Kubeconfig of a cluster-admin with a client certificate. */
  kubeconfigPath: string;
  /** The same cluster-admin with a bearer token. */
  tokenKubeconfigPath: string;
  /** PEM. */
  caCertificate: string;
  /** Bearer token of a cluster-admin. */
  token: string;
  auditLog: string;
  /** Loopback URL through which the owner's process restarts the API server. */
  controlUrl?: string;
  assets: Assets;
}

/** A running control plane as tests use it. */
export interface Plane extends PlaneFacts {
  /** Text of the admin's kubeconfig. */
  readonly adminKubeconfig: string;
  /** Runs our kubectl as cluster-admin and returns its output. @throws Error with its standard error when it fails. */
  kubectl(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** The same, for commands that may fail. */
  tryKubectl(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** `kubectl apply -f -` of objects (as JSON) or of YAML text. */
  apply(manifest: string | object | object[], ...args: string[]): Promise<string>;
  /** Plain HTTPS as cluster-admin, under a user agent of the caller's choice. Close it when done. */
  api(userAgent?: string): Api;
  /** Writes a kubeconfig with a fresh token of a ServiceAccount (valid for an hour) and returns its path. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>;
  /** Requests since the plane started, or since `mark`. */
  auditLines(mark?: number): AuditLine[];
  /** A place in the audit log: everything logged after it is counted by `auditLines(mark)`. */
  auditMark(): number;
  /** Kills the API server and starts it again on the same port `downMs` later. */
  restartApiServer(downMs?: number): Promise<void>;
}

const KUBECTL_MS = 60_000;

/** The plane that `npm run test:cluster` started for all suites. @throws Error when there is none. */
export function attachedPlane(): Plane {
  const path = process.env['SERIN_TEST_PLANE'];
  if (path === undefined) throw new Error('no control plane: run this suite with `npm run test:cluster`');
  return planeOf(JSON.parse(readFileSync(path, 'utf8')));
}

/** A plane as tests use it, from its facts. */
export function planeOf(facts: PlaneFacts): Plane {
  const { kubectl: binary } = facts.assets;
  const environment = (options: CommandOptions = {}): CommandOptions => ({
    timeoutMs: KUBECTL_MS,
    ...options,
    env: { KUBECONFIG: facts.kubeconfigPath, HOME: facts.folder, ...options.env },
  });
  return {
    ...facts,
    adminKubeconfig: readFileSync(facts.kubeconfigPath, 'utf8'),
    kubectl: (args, options) => command(binary, args, environment(options)),
    tryKubectl: (args, options) => tryCommand(binary, args, environment(options)),
    apply: (manifest, ...args) =>
      command(binary, ['apply', '-f', '-', ...args], environment({ input: manifestText(manifest) })),
    api: (userAgent) => apiClient(facts.server, facts.caCertificate, facts.token, userAgent),
    async serviceAccountKubeconfig(namespace, name) {
      const args = ['create', 'token', name, '-n', namespace];
      const token = (await command(binary, args, environment())).trim();
      const path = join(facts.folder, `${namespace}-${name}.kubeconfig`);
      return writeSecret(path, kubeconfig(facts.server, facts.caCertificate, { token }));
    },
    auditLines: (mark) => readAudit(facts.auditLog, mark).lines,
    auditMark: () => readAudit(facts.auditLog).next,
    async restartApiServer(downMs = 0) {
      if (facts.controlUrl === undefined) throw new Error('the process that owns this plane takes no orders');
      const answer = await fetch(`${facts.controlUrl}/restart-api-server?downMs=${downMs}`, { method: 'POST' });
      if (!answer.ok) throw new Error(`restart: ${answer.status} ${await answer.text()}`);
    },
  };
}

function manifestText(manifest: string | object | object[]): string {
  if (typeof manifest === 'string') return manifest;
  const items = Array.isArray(manifest) ? manifest : [manifest];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
