/** Rules of `spec.analysis.webhooks[]` and `sessionAffinity`. */
import { LOOSE_DURATION } from './metrics';
import { isUrl, type Reader } from './shape';

export const WEBHOOK_TYPES: readonly string[] = [
  '',
  'confirm-rollout',
  'pre-rollout',
  'rollout',
  'confirm-promotion',
  'post-rollout',
  'event',
  'rollback',
  'confirm-traffic-increase',
];

export function webhookRules(webhook: Reader): void {
  webhook.text('name', { required: true, max: 1024 });
  webhook.choice('type', WEBHOOK_TYPES);
  const url = webhook.text('url', { required: true, max: 2048 });
  if (url !== undefined && !isUrl(url)) {
    webhook.error('url', 'must be an absolute http or https URL', 'write it like http://flagger-loadtester.test/');
  }
  webhook.text('timeout', {
    max: 32,
    pattern: LOOSE_DURATION,
    patternMessage: 'must be a duration',
    remedy: 'write it like 30s',
  });
  webhook.number('retries', { min: 0, max: 10 });
  webhook.flag('disableTLS');
  webhook.flag('muteAlert');
  webhook.textMap('metadata');
}

const COOKIE_NAME = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/;

export function sessionAffinityRules(affinity: Reader): void {
  const cookie = {
    min: 1,
    max: 128,
    pattern: COOKIE_NAME,
    patternMessage: 'must be a cookie name of RFC 6265',
    remedy: 'use letters, digits, - and _',
  };
  const name = affinity.text('cookieName', { ...cookie, required: true });
  const primary = affinity.text('primaryCookieName', cookie);
  if (name !== undefined && name === primary) {
    affinity.error('primaryCookieName', 'is the same as cookieName', 'give the two cookies different names');
  }
  affinity.text('domain', { max: 253 });
  affinity.text('path', { max: 1024 });
  affinity.number('maxAge', { min: 0 });
  const secure = affinity.flag('secure');
  affinity.flag('httpOnly');
  const partitioned = affinity.flag('partitioned');
  const sameSite = affinity.choice('sameSite', ['Strict', 'Lax', 'None']);
  if (sameSite === 'None' && !secure)
    affinity.error('sameSite', 'is None without secure', 'set secure: browsers drop the cookie otherwise');
  if (partitioned && !secure)
    affinity.error('partitioned', 'is set without secure', 'set secure: browsers drop the cookie otherwise');
}
