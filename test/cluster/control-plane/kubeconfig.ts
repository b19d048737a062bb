import { writeFileSync } from 'node:fs';
import type { KeyPair } from './certificates';

/** How a client proves who it is: a bearer token or a client certificate. */
export type Identity = { token: string } | { client: KeyPair };

/** Text of a kubeconfig with one cluster, one user and one context, all named `serin-test`. JSON is YAML. */
export function kubeconfig(server: string, caCertificate: string, identity: Identity): string {
  const user =
    'token' in identity
      ? { token: identity.token }
      : {
          'client-certificate-data': base64(identity.client.certificate),
          'client-key-data': base64(identity.client.key),
        };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'serin-test', cluster: { server, 'certificate-authority-data': base64(caCertificate) } }],
    users: [{ name: 'serin-test', user }],
    contexts: [{ name: 'serin-test', context: { cluster: 'serin-test', user: 'serin-test' } }],
    'current-context': 'serin-test',
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Writes a secret file that only this user can read. */
export function writeSecret(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
