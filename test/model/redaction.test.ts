/** What is told of a URL, and of a text that a server echoed. */
import fc from 'fast-check';
import { redactedUrl, secretsOfUrl, withoutSecrets, withoutSignatures } from '../../model/redaction';

test.each([
  ['nothing to hide', 'http://hooks.test/gate?name=podinfo', 'http://hooks.test/gate?name=podinfo'],
  ['a password', 'http://u:pass@hooks.test/', 'http://u:xxxxx@hooks.test/'],
  ['a token as the name', 'https://ghp_abc@hooks.test/', 'https://xxxxx@hooks.test/'],
  ['keys among the parameters', 'http://h.test/?api_key=a&b=c&Token=d', 'http://h.test/?api_key=xxxxx&b=c&Token=xxxxx'],
  ['what is no URL', 'http//u:pass@h', 'http//xxxxx@h'],
  ['another scheme', 'u:pass@h', 'xxxxx@h'],
  ['what is no URL, without anybody', 'gate', 'gate'],
])('%s', (_, written, shown) => {
  expect(redactedUrl(written)).toBe(shown);
});

test('what is secret about a URL', () => {
  expect(secretsOfUrl('http://user:p%40ss@h.test/?key=abc&b=c')).toEqual([
    'p%40ss',
    Buffer.from('user:p@ss').toString('base64'),
    'abc',
  ]);
  expect(secretsOfUrl('http://token@h.test/')).toEqual(['token']);
  expect(secretsOfUrl('http://h.test/')).toEqual([]);
  expect(secretsOfUrl('no url')).toEqual([]);
  expect(secretsOfUrl('http://a:%zz@h.test/')[0]).toBe('%zz');
});

test('secrets go, however they are spelled, the longest first', () => {
  const secret = 'pa ss"word';
  const echoes = [secret, encodeURIComponent(secret), JSON.stringify(secret), Buffer.from(secret).toString('base64')];
  expect(withoutSecrets(echoes.join(' | '), [` ${secret}\n`])).toBe('xxxxx | xxxxx | "xxxxx" | xxxxx==');
  expect(withoutSecrets('tokentoken-long', ['token', 'token-long'])).toBe('xxxxxxxxxx');
  expect(withoutSecrets('decoded p@ss1', ['p%40ss1'])).toBe('decoded xxxxx');
});

test('what is too short to be a secret would blacken every text', () => {
  expect(withoutSecrets('an error of a server', ['a', 'err', ''])).toBe('an error of a server');
});

test('no text keeps a secret', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 6, unit: 'binary' }), fc.string(), fc.string(), (secret, before, after) => {
      fc.pre(secret.trim().length >= 4 && !'xxxxx'.includes(secret.trim()));
      expect(withoutSecrets(`${before}${secret}${after}`, [secret])).not.toContain(secret.trim());
    }),
  );
});

test('a secret that was cut with its text leaves no beginning', () => {
  const secret = 'S3NTINEL-of-some-length';
  for (let kept = 4; kept < secret.length; kept++) {
    const cut = `refused ${secret.slice(0, kept)}… (4 attempts)`;
    expect(withoutSecrets(cut, [secret])).toBe('refused xxxxx… (4 attempts)');
  }
  expect(withoutSecrets('S3N…', [secret])).toBe('S3N…');
  expect(withoutSecrets('S3NTINEL is a word here', [secret])).toBe('S3NTINEL is a word here');
  expect(withoutSecrets('a… S3NT… and S3NTINEL…', [secret])).toBe('a… xxxxx… and xxxxx…');
});

test('what is signed with a key goes too', () => {
  expect(withoutSignatures('assertion=eyJhbGciOi.eyJpc3MiOi.c2ln-bmF0 of serin')).toBe('assertion=xxxxx of serin');
  expect(withoutSignatures('SignedHeaders=host, Signature=0a1b2c3d…')).toBe('SignedHeaders=host, Signature=xxxxx…');
  expect(withoutSignatures('eyJ is no token')).toBe('eyJ is no token');
});
