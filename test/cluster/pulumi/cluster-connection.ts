/** The cluster that a kubeconfig names, as far as the stand-in provider needs it: one that is logged into by token. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Connection } from './live-objects';

interface Named {
  name: string;
  [field: string]: unknown;
}

/**
 * @param source Path or contents. @default `KUBECONFIG`
 * @throws Error when there is no kubeconfig, or none with a token.
 */
export function connectionIn(source = process.env['KUBECONFIG'] ?? '', context?: string): Connection {
  const config = parse(existsSync(source) ? readFileSync(source, 'utf8') : source);
  if (typeof config !== 'object' || config === null) throw new Error(`no kubeconfig at "${source}": set KUBECONFIG`);
  const named = (list: Named[], field: string, name: string) =>
    list.find((each) => each.name === name)?.[field] as Record<string, string> | undefined;
  const chosen = named(config.contexts, 'context', context ?? config['current-context']);
  const cluster = named(config.clusters, 'cluster', chosen?.['cluster'] ?? '');
  const user = named(config.users, 'user', chosen?.['user'] ?? '');
  const token = user?.['token'];
  if (!cluster || !token) throw new Error('the stand-in provider needs a kubeconfig with a token');
  const caCertificate = Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64').toString('utf8');
  return { server: cluster['server'] ?? '', caCertificate, token };
}
