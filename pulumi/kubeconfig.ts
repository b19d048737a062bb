/** Where the cluster is, read as the Kubernetes provider reads it. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { type JsonObject, objectOf, objectsOf, textOf } from '../model/json';

/** One context of a kubeconfig. */
export interface Access {
  /** Base URL without a slash at the end. */
  server: string;
  /** Of the context. */
  namespace: string | undefined;
  /** Fields of the cluster as kubectl has them. */
  cluster: JsonObject;
  /** Fields of the user as kubectl has them. */
  user: JsonObject;
  /** Reads a file that the kubeconfig names, relative to its own folder. */
  file(path: string): string;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * @param source Path or contents; absent: `KUBECONFIG`, `~/.kube/config`, then the service account of the pod.
 * @param context @default the current one
 * @throws Error that says what to do.
 */
export function clusterAccess(source: string | undefined, context: string | undefined): Access {
  const path = pathOf(source);
  if (source && path === undefined) return accessIn(parsed(source), context, process.cwd());
  if (path === undefined) return serviceAccount();
  return accessIn(parsed(readFileSync(path, 'utf8')), context, dirname(resolve(path)));
}

/** Undefined when `source` is the contents, or nothing is there. */
function pathOf(source: string | undefined): string | undefined {
  if (source?.includes('\n') || source?.trimStart().startsWith('{')) return undefined;
  // TRAP: kubectl merges several files; here the first one that is there counts.
  const listed = (source || process.env['KUBECONFIG'] || '').split(delimiter).filter((path) => path !== '');
  const candidates = listed.length > 0 ? listed : [join(homedir(), '.kube', 'config')];
  const found = candidates.map(homeOf).find((path) => existsSync(path));
  if (found === undefined && listed.length > 0) {
    throw new Error(`kubeconfig ${listed.join(delimiter)} is not there: set wait.kubeconfig, or wait: false`);
  }
  return found;
}

const homeOf = (path: string): string => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : path);

/** The YAML reader is Pulumi's own, so that Serin brings none. */
function parsed(text: string): JsonObject {
  if (text.trimStart().startsWith('{')) return objectOf(JSON.parse(text));
  const pulumi = createRequire(require.resolve('@pulumi/pulumi/package.json'));
  const { load } = pulumi('js-yaml') as { load(yaml: string): unknown };
  return objectOf(load(text));
}

function accessIn(config: JsonObject, wanted: string | undefined, folder: string): Access {
  const name = wanted ?? textOf(config['current-context']);
  if (!name) throw new Error('the kubeconfig has no current-context: set wait.context');
  const context = entry(config, 'contexts', 'context', name);
  const cluster = entry(config, 'clusters', 'cluster', textOf(context['cluster']) ?? '');
  const user = entry(config, 'users', 'user', textOf(context['user']) ?? '');
  if (cluster['proxy-url']) {
    throw new Error('the kubeconfig has a proxy-url, which waiting cannot use yet: set wait: false');
  }
  const server = (textOf(cluster['server']) ?? '').replace(/\/+$/, '');
  const file = (path: string) => readFileSync(resolve(folder, path), 'utf8');
  return { server, namespace: textOf(context['namespace']), cluster, user, file };
}

function entry(config: JsonObject, list: string, field: string, name: string): JsonObject {
  const found = objectsOf(config[list]).find((each) => each['name'] === name);
  if (!found) throw new Error(`the kubeconfig has no ${field} "${name}": set wait.kubeconfig or wait.context`);
  return objectOf(found[field]);
}

function serviceAccount(): Access {
  const host = process.env['KUBERNETES_SERVICE_HOST'];
  if (!host) throw new Error('no kubeconfig to find the cluster with: set wait.kubeconfig, or wait: false');
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${process.env['KUBERNETES_SERVICE_PORT'] ?? 443}`;
  return {
    server,
    namespace: readFileSync(join(SERVICE_ACCOUNT, 'namespace'), 'utf8').trim(),
    cluster: { 'certificate-authority': 'ca.crt' },
    user: { tokenFile: 'token' },
    file: (path) => readFileSync(resolve(SERVICE_ACCOUNT, path), 'utf8'),
  };
}
