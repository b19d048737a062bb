/** A kubeconfig that points at a served sandbox. */
import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { HttpFront } from './http-front';

const NAME = 'serin-sandbox';

/** The text of a kubeconfig with one context. */
export function kubeconfigText(front: Pick<HttpFront, 'url' | 'certificate'>, namespace = 'default'): string {
  const authority = front.certificate && {
    'certificate-authority-data': Buffer.from(front.certificate).toString('base64'),
  };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: NAME, cluster: { server: front.url, ...authority } }],
    // kubectl asks for a user name when there are no credentials at all; the sandbox takes any.
    users: [{ name: NAME, user: { token: 'sandbox' } }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME, namespace } }],
    'current-context': NAME,
  });
}

/** Writes the kubeconfig to a file that only its owner can read. */
export function writeKubeconfig(
  path: string,
  front: Pick<HttpFront, 'url' | 'certificate'>,
  namespace?: string,
): Promise<void> {
  return writeFile(path, kubeconfigText(front, namespace), { mode: 0o600 });
}
