/** Who we are to the API server. */
import { execFile } from 'node:child_process';
import { at, type JsonObject, objectOf, objectsOf, textOf } from '../model/json';
import type { Access } from './kubeconfig';

/** For one request; PEM texts. */
export interface Credentials {
  authorization?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

/** A PEM text given by itself or as a file. */
export function pem(access: Access, fields: JsonObject, field: string): string | undefined {
  const data = textOf(fields[`${field}-data`]);
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  const path = textOf(fields[field]);
  return path ? access.file(path) : undefined;
}

/**
 * Gives the credentials for each request: token files are read again, exec plugins run again when theirs expire.
 * @param now Unix time in milliseconds.
 */
export function credentialsOf(access: Access, now: () => number): () => Promise<Credentials> {
  const { user } = access;
  if (user['exec'] !== undefined) return fromPlugin(objectOf(user['exec']), now);
  const plain = user['username'] === undefined ? undefined : `${user['username']}:${user['password'] ?? ''}`;
  return async () => {
    const tokenFile = textOf(user['tokenFile']);
    const token = tokenFile ? access.file(tokenFile).trim() : textOf(user['token']);
    const basic = plain && `Basic ${Buffer.from(plain).toString('base64')}`;
    return {
      authorization: token ? `Bearer ${token}` : basic,
      cert: pem(access, user, 'client-certificate'),
      key: pem(access, user, 'client-key'),
    };
  };
}

function fromPlugin(exec: JsonObject, now: () => number): () => Promise<Credentials> {
  let held: { credentials: Credentials; untilMs: number } | undefined;
  return async () => {
    if (held && now() < held.untilMs) return held.credentials;
    const answer = await runPlugin(exec);
    const status = objectOf(at(answer, 'status'));
    const token = textOf(status['token']);
    const credentials = {
      authorization: token && `Bearer ${token}`,
      cert: textOf(status['clientCertificateData']),
      key: textOf(status['clientKeyData']),
    };
    const expires = Date.parse(textOf(status['expirationTimestamp']) ?? '');
    held = { credentials, untilMs: Number.isNaN(expires) ? now() + 60_000 : expires - 10_000 };
    return credentials;
  };
}

function runPlugin(exec: JsonObject): Promise<unknown> {
  const command = textOf(exec['command']) ?? '';
  const args = Array.isArray(exec['args']) ? exec['args'].map(String) : [];
  const extra = objectsOf(exec['env']).map(({ name, value }) => [String(name), String(value)]);
  const info = { apiVersion: exec['apiVersion'], kind: 'ExecCredential', spec: { interactive: false } };
  const env = { ...process.env, ...Object.fromEntries(extra), KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  return new Promise((done, fail) => {
    execFile(command, args, { env, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error) return fail(new Error(`${command} gives no credentials: ${stderr.trim() || error.message}`));
      try {
        done(JSON.parse(stdout));
      } catch (cause) {
        fail(new Error(`${command} gives no credentials: its output is not JSON`, { cause }));
      }
    });
  });
}
