/** Keeps secrets out of everything that people read: events, statuses, logs, errors. */

const HIDDEN = 'xxxxx';

/** Schemes whose URLs have names and passwords where we look for them. */
const WEB = /^(https?|wss?):$/;

/** Parameters of a URL whose values are keys, by their names. */
const SECRET_PARAMETER = /token|key|secret|passw|pwd|sig|auth|credential/i;

/**
 * A URL as it was written, without its password, its token and the values of parameters that look like keys.
 * @param written need not be a URL; then everything before an `@` goes.
 */
export function redactedUrl(written: string): string {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !WEB.test(url.protocol)) return written.replace(/[^/\s]*@/g, `${HIDDEN}@`);
  const secretParameters = [...new Set(url.searchParams.keys())].filter((name) => SECRET_PARAMETER.test(name));
  if (url.password === '' && url.username === '' && secretParameters.length === 0) return written;
  // A name alone is a token: `https://ghp_…@host`.
  if (url.password !== '') url.password = HIDDEN;
  else if (url.username !== '') url.username = HIDDEN;
  for (const name of secretParameters) url.searchParams.set(name, HIDDEN);
  return url.href;
}

/** What is secret about a URL: its password, or the name that stands alone; and what is sent for them. */
export function secretsOfUrl(written: string): string[] {
  if (!URL.canParse(written)) return [];
  const { username, password, searchParams } = new URL(written);
  const parameters = [...searchParams].filter(([name]) => SECRET_PARAMETER.test(name)).map(([, value]) => value);
  const own = password === '' ? [username] : [password, basic(decoded(username), decoded(password))];
  return [...own, ...parameters].filter((secret) => secret !== '');
}

const basic = (username: string, password: string): string => Buffer.from(`${username}:${password}`).toString('base64');

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What stands where texts of others were cut. */
const CUT = '…';

/** Shorter ones would blacken half of every text, and protect nothing. */
const SHORTEST = 4;

/**
 * A text without the secrets, however a server echoes them: as they are, decoded, in base64, in a URL or in JSON.
 * @param secrets as they are written; spaces around them do not count
 */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  const spellings = new Set<string>();
  for (const secret of secrets) for (const spelling of spellingsOf(secret.trim())) spellings.add(spelling);
  return withoutWords(text, spellings, HIDDEN);
}

/** A text with `mark` in place of each word, the longest first. */
export const withoutWords = (text: string, words: Iterable<string>, mark: string): string =>
  [...words]
    .filter((word) => word.length >= SHORTEST)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, word) => withoutBeginnings(rest.replaceAll(word, mark), word, mark), text);

/** Where a text was cut, a word may have been cut too: its beginning goes as well. */
function withoutBeginnings(text: string, word: string, mark: string): string {
  const [last = '', ...before] = text.split(CUT).reverse();
  const shortened = before.map((part) => {
    for (let length = Math.min(word.length - 1, part.length); length >= SHORTEST; length--) {
      if (part.endsWith(word.slice(0, length))) return part.slice(0, -length) + mark;
    }
    return part;
  });
  return [...shortened.reverse(), last].join(CUT);
}

/** What is made of a key and is as good for a while: JSON web tokens, signatures of requests to AWS. */
export const withoutSignatures = (text: string): string =>
  text.replace(/\beyJ[\w-]*\.[\w-]+\.[\w-]+/g, HIDDEN).replace(/(Signature=)[0-9a-f]+/gi, `$1${HIDDEN}`);

function spellingsOf(secret: string): string[] {
  const plain = decoded(secret);
  const base64 = [secret, plain].map((text) => Buffer.from(text).toString('base64').replace(/=+$/, ''));
  const json = JSON.stringify(secret).slice(1, -1);
  return [secret, plain, uriEncoded(secret), json, ...base64];
}

/** Lone surrogates cannot be encoded, and stand in no URL. */
function uriEncoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}
