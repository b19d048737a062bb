/** Proof of who calls a webhook (A9), after the Standard Webhooks specification: receivers have libraries for it. */
import { createHash, createHmac } from 'node:crypto';

/** How a receiver tells that a call is ours, whole and recent. */
export type SignatureHeaders = Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>;

/**
 * Signs one call: HMAC-SHA256 of `<id>.<timestamp>.<body>`.
 * @param key `whsec_<base64>`, or any other text, whose bytes are the key.
 * @param id the same for every attempt of a delivery; absent: a digest of body and time.
 */
export function signatureHeaders(key: string, body: string, nowMs: number, id?: string): SignatureHeaders {
  const timestamp = String(Math.floor(nowMs / 1000));
  const messageId = id ?? createHash('sha256').update(`${timestamp}.${body}`).digest('hex').slice(0, 32);
  const signature = createHmac('sha256', bytesOf(key)).update(`${messageId}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': messageId, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/** @throws Error when a `whsec_` key is not base64 or too short to protect anything. */
export function checkedSigningKey(key: string): string {
  const coded = /^whsec_(.*)$/s.exec(key)?.[1];
  if (coded !== undefined && !/^[A-Za-z0-9+/]+={0,2}$/.test(coded)) {
    throw new Error('the webhook signing key begins with whsec_, but base64 does not follow');
  }
  if (bytesOf(key).length < 16) throw new Error('the webhook signing key is too short: 16 bytes at least, better 32');
  return key;
}

function bytesOf(key: string): Buffer {
  return key.startsWith('whsec_') ? Buffer.from(key.slice('whsec_'.length), 'base64') : Buffer.from(key);
}
