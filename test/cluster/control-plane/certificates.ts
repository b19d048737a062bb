import { generateKeyPairSync } from 'node:crypto';
import { generate } from 'selfsigned';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

/** A fresh certificate authority for one run. */
export function authority(): Promise<KeyPair> {
  return issue('serin-test-ca', undefined, undefined, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
  ]);
}

/** The API server's certificate, for loopback and the names that pods would use. */
export function serverCertificate(ca: KeyPair): Promise<KeyPair> {
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  return issue('kube-apiserver', undefined, ca, [
    { name: 'basicConstraints', cA: false },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: [...names.map((value) => ({ type: 2 as const, value })), { type: 7 as const, ip: '127.0.0.1' }],
    },
  ]);
}

/** A client certificate: Kubernetes reads `user` and `group` from its common name and organization. */
export function clientCertificate(ca: KeyPair, user: string, group: string): Promise<KeyPair> {
  return issue(user, group, ca, [
    { name: 'basicConstraints', cA: false },
    { name: 'extKeyUsage', clientAuth: true },
  ]);
}

/** The key pair that signs ServiceAccount tokens. */
export function signingKey(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

async function issue(
  commonName: string,
  organization: string | undefined,
  ca: KeyPair | undefined,
  extensions: Extensions,
): Promise<KeyPair> {
  const names = [{ name: 'commonName', value: commonName }];
  if (organization !== undefined) names.push({ name: 'organizationName', value: organization });
  const anHourAgo = new Date(Date.now() - 3_600_000);
  const made = await generate(names, {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: anHourAgo,
    extensions,
    ...(ca === undefined ? {} : { ca: { key: ca.key, cert: ca.certificate } }),
  });
  return { certificate: made.cert, key: made.private };
}
