/** Session affinity: which cookies are handed out, and what they look like (spec traffic 2.7, T5 to T8, T14). */
import { createHash } from 'node:crypto';
import type { Canary, CanaryStatus, SessionAffinity } from '../canary';
import { cookieMaxAgeSeconds, parseDuration } from '../defaults';
import { at, compact, isObject, numberOf, textOf } from '../json';
import { escapedForRegex, isMatched } from './conditions';
import type { Routes } from './routes';

/** `<name>=<value>` each. */
export interface SessionCookies {
  /** Keeps a user on the canary while a run carries traffic. */
  canary?: string;
  /** Keeps a user on the primary until the next step. */
  primary?: string;
  /** The canary's of the last run: browsers are told to forget it. */
  previous?: string;
}

/** Random letters for cookies that are made in this tick. */
export interface CookieLetters {
  canary: string;
  primary: string;
}

/** The fields of the status to change; null removes. */
export interface CookieStatusChange {
  sessionAffinityCookie?: string | null;
  previousSessionAffinityCookie?: string | null;
  primarySessionAffinityCookie?: string | null;
}

/** `analysis.sessionAffinity` where it has effect: in progressive runs without conditions. */
export function sessionAffinity(canary: Canary): SessionAffinity | undefined {
  const given = at(canary, 'spec', 'analysis', 'sessionAffinity');
  const progressive = (numberOf(at(canary, 'spec', 'analysis', 'iterations')) ?? 0) <= 0;
  if (!isObject(given) || !textOf(given['cookieName']) || !progressive || isMatched(canary)) return undefined;
  return given as unknown as SessionAffinity;
}

/** Twice 10 ASCII letters out of a random text such as a UUID. */
export function cookieLetters(random: string): CookieLetters {
  const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const letters = [...createHash('sha256').update(random).digest()].map((byte) => alphabet[byte % 52]);
  return { canary: letters.slice(0, 10).join(''), primary: letters.slice(10, 20).join('') };
}

export interface AffinityStep {
  /** The split before; undefined when it cannot be read. */
  live: Routes | undefined;
  /** The split from now on. */
  next: Routes;
  /** What the live objects hand out: `router.cookies`. Wins over the status, which may not have been written (T14). */
  handedOut: SessionCookies;
  letters(): CookieLetters;
}

/** The cookies for the next split, and the change of the status that records them. */
export function affinity(
  canary: Canary,
  wanted: SessionAffinity | undefined,
  step: AffinityStep,
): { cookies: SessionCookies; statusChange: CookieStatusChange } {
  const cookies = wanted ? nextCookies(wanted, { ...statusCookies(canary), ...step.handedOut }, step) : {};
  return { cookies, statusChange: statusChange(canary, cookies) };
}

/** The canary's cookie stays for a whole run; the primary's is a new one whenever weights change (T7). */
function nextCookies(wanted: SessionAffinity, known: SessionCookies, { live, next, letters }: AffinityStep) {
  if (next.canary === 0) return compact({ previous: known.canary ?? known.previous });
  const { cookieName, primaryCookieName } = wanted;
  const made = letters();
  const reused = live?.canary === 0 ? undefined : named(known.canary, cookieName);
  const moved = live?.canary !== next.canary;
  const primary = moved ? undefined : named(known.primary, primaryCookieName);
  return compact({
    canary: reused ?? `${cookieName}=${made.canary}`,
    primary: primaryCookieName ? (primary ?? `${primaryCookieName}=${made.primary}`) : undefined,
    previous: reused === undefined ? (known.canary ?? known.previous) : known.previous,
  });
}

const named = (cookie: string | undefined, name: string | undefined): string | undefined =>
  name && cookie?.startsWith(`${name}=`) ? cookie : undefined;

/** The cookies that the status records. */
export function statusCookies({ status }: Canary): SessionCookies {
  return compact({
    canary: textOf(status?.sessionAffinityCookie) || undefined,
    previous: textOf(status?.previousSessionAffinityCookie) || undefined,
    primary: textOf(status?.primarySessionAffinityCookie) || undefined,
  });
}

/** The cookies of a split when nobody decided on others. */
export function standingCookies(canary: Canary, routes: Routes, handedOut: SessionCookies): SessionCookies {
  const known = { ...statusCookies(canary), ...handedOut };
  return routes.canary === 0 ? compact({ previous: known.canary ?? known.previous }) : known;
}

function statusChange(canary: Canary, cookies: SessionCookies): CookieStatusChange {
  const fields: [keyof CookieStatusChange, string | undefined][] = [
    ['sessionAffinityCookie', cookies.canary],
    ['previousSessionAffinityCookie', cookies.previous],
    ['primarySessionAffinityCookie', cookies.primary],
  ];
  const status: CanaryStatus = canary.status ?? {};
  const changed = fields.filter(([field, cookie]) => (textOf(status[field]) || undefined) !== cookie);
  return Object.fromEntries(changed.map(([field, cookie]) => [field, cookie ?? null]));
}

/** The Set-Cookie header of the canary's cookie. */
export const setCanaryCookie = (wanted: SessionAffinity, cookie: string): string =>
  setCookie(wanted, cookie, cookieMaxAgeSeconds(wanted));

/**
 * The Set-Cookie header of the primary's cookie, which lives for one step.
 * @throws Error when analysis.interval is no duration.
 */
export function setPrimaryCookie(canary: Canary, wanted: SessionAffinity, cookie: string): string {
  const interval = at(canary, 'spec', 'analysis', 'interval');
  const ms = parseDuration(interval);
  if (ms === undefined) throw new Error(`analysis.interval ${interval} is no duration: primaryCookieName needs one`);
  return setCookie(wanted, cookie, Math.floor(ms / 1000));
}

/** The Set-Cookie header that makes browsers forget a cookie: with its attributes, or they keep it (T5). */
export const expireCookie = (wanted: SessionAffinity, cookie: string): string => setCookie(wanted, cookie, -1);

function setCookie(wanted: SessionAffinity, cookie: string, maxAgeSeconds: number): string {
  const { domain, httpOnly, partitioned, path, sameSite, secure } = wanted;
  const attributes = [
    `Max-Age=${maxAgeSeconds}`,
    domain && `Domain=${domain}`,
    httpOnly && 'HttpOnly',
    partitioned && 'Partitioned',
    path && `Path=${path}`,
    sameSite && `SameSite=${sameSite}`,
    secure && 'Secure',
  ];
  return [cookie, ...attributes.filter(Boolean)].join('; ');
}

/** The cookie of a Set-Cookie header. */
export const cookieOf = (header: unknown): string | undefined => textOf(header)?.split(';')[0] || undefined;

export const isExpiry = (header: unknown): boolean => textOf(header)?.includes('; Max-Age=-1') === true;

/** The whole Cookie header of a request that has exactly this cookie (T8). */
export const cookiePattern = (cookie: string): string => `(^|.*;\\s*)${escapedForRegex(cookie)}(;.*|$)`;

/** The condition of a request that has this cookie, as an entry of `match`. */
export const cookieMatch = (cookie: string) => ({ headers: { Cookie: { regex: cookiePattern(cookie) } } });
