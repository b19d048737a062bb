/** Where the cluster is and how to prove who we are. The only user of @kubernetes/client-node. */
import { access } from 'node:fs/promises';
import type { KubeConfig } from '@kubernetes/client-node';

export interface ClusterOptions {
  /** Path of a kubeconfig file; absent or empty: the service account of the pod that we run in. */
  kubeconfig?: string | undefined;
  /** Overrides the address of the API server. */
  master?: string | undefined;
  /** Overrides the namespace that the service account names. */
  inClusterNamespace?: string | undefined;
}

/** How to talk TLS to the API server: PEM texts; what is absent is Node's default. */
export interface ClusterTls {
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  serverName?: string | undefined;
  /** Do not check the server's certificate. */
  insecure?: boolean | undefined;
}

export interface Cluster {
  /** Base URL of the API server. */
  server: string;
  /** Credentials for one request: renewed when they expire. Names in lower case. */
  headers(): Promise<Record<string, string>>;
  tls: ClusterTls;
  /** Of the context or the service account. @default default */
  namespace: string;
}

/** The configuration cannot be used; the message says what to do. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
  readonly code = 'KubeConfigInvalid';
}

/** @throws KubeConfigError */
export async function loadCluster(options: ClusterOptions = {}): Promise<Cluster> {
  // ESM and 60 MB: loaded only by who needs it.
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  if (options.kubeconfig) await loadFile(config, options.kubeconfig);
  else loadServiceAccount(config, Boolean(options.master));
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new KubeConfigError('no cluster to talk to: give --kubeconfig or --master');
  if (cluster.proxyUrl)
    throw new KubeConfigError(`cluster ${cluster.name} has a proxy-url, which Serin cannot use yet`);
  const server = checkedUrl(options.master || cluster.server);
  // The library refuses plain HTTP without it; there is nothing to verify there.
  if (server.startsWith('http:')) Object.assign(cluster, { skipTLSVerify: true });
  Object.assign(cluster, { server });
  const context = config.getContextObject(config.getCurrentContext());
  const overridden = options.kubeconfig ? undefined : options.inClusterNamespace;
  const first = await credentials(config);
  // Headers need no certificates, and the library would read their files for each request.
  Object.assign(cluster, { caFile: undefined, caData: undefined });
  return {
    server,
    tls: first.tls,
    namespace: overridden || context?.namespace || 'default',
    headers: async () => (await credentials(config)).headers,
  };
}

async function loadFile(config: KubeConfig, path: string): Promise<void> {
  try {
    await access(path);
  } catch (cause) {
    throw new KubeConfigError(`kubeconfig ${path} cannot be read: check --kubeconfig`, { cause });
  }
  try {
    config.loadFromFile(path);
  } catch (cause) {
    // What follows the first line quotes the file, and may quote a token.
    const [what = ''] = textOf(cause).split('\n');
    throw new KubeConfigError(`kubeconfig ${path} is not valid: ${what}`);
  }
  const name = config.getCurrentContext();
  const context = config.getContextObject(name);
  const known = config.getContexts().map((each) => each.name);
  if (!context) {
    const remedy = `kubectl config use-context <${known.join(' | ') || 'none defined'}>`;
    throw new KubeConfigError(
      name
        ? `kubeconfig ${path}: current-context ${name} is not defined: ${remedy}`
        : `kubeconfig ${path} has no current-context: ${remedy}`,
    );
  }
  if (!config.getCluster(context.cluster)) {
    throw new KubeConfigError(
      `kubeconfig ${path}: context ${name} names cluster ${context.cluster}, which is not defined`,
    );
  }
  if (!config.getUser(context.user)) {
    throw new KubeConfigError(`kubeconfig ${path}: context ${name} names user ${context.user}, which is not defined`);
  }
}

function loadServiceAccount(config: KubeConfig, hasMaster: boolean): void {
  config.loadFromCluster();
  const inPod = !config.getCurrentCluster()?.server.includes('undefined');
  if (inPod) return;
  if (!hasMaster) {
    throw new KubeConfigError('not running in a pod (KUBERNETES_SERVICE_HOST is not set): give --kubeconfig FILE');
  }
  config.loadFromClusterAndUser({ name: 'master', server: '', skipTLSVerify: false }, { name: 'anonymous' });
}

function checkedUrl(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return server.replace(/\/+$/, '');
  throw new KubeConfigError(`the API server's address ${JSON.stringify(server)} is not an http(s) URL: check --master`);
}

interface Credentials {
  headers: Record<string, string>;
  tls: ClusterTls;
}

/** What the library would put on a request; it runs exec plugins and reads token files again when they expire. */
async function credentials(config: KubeConfig): Promise<Credentials> {
  const request: Parameters<KubeConfig['applyToHTTPSOptions']>[0] & { auth?: string | null } = {};
  try {
    await config.applyToHTTPSOptions(request);
  } catch (cause) {
    throw new KubeConfigError(`no credentials for the API server: ${textOf(cause)}`, { cause });
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = String(value).trim();
  if (request.auth) headers['authorization'] = `Basic ${Buffer.from(request.auth).toString('base64')}`;
  const { ca, cert, key } = request as Pick<ClusterTls, 'ca' | 'cert' | 'key'>;
  const serverName = (request as { servername?: string }).servername;
  const insecure = (request as { rejectUnauthorized?: boolean }).rejectUnauthorized === false;
  return { headers, tls: { ca, cert, key, serverName, insecure } };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
