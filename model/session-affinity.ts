/** `spec.analysis.sessionAffinity`: a user who saw the canary keeps seeing it. */
import type { Integer } from './scalars';

/**
 * Keeps a user on one side with a cookie.
 * @cel [
 *   { rule: "!has(self.primaryCookieName) || self.primaryCookieName != self.cookieName", message: "cookieName and primaryCookieName must be different" },
 *   { rule: "!(has(self.sameSite) && self.sameSite == 'None') || (has(self.secure) && self.secure)", message: "sameSite None needs secure: browsers drop the cookie otherwise" },
 *   { rule: "!(has(self.partitioned) && self.partitioned) || (has(self.secure) && self.secure)", message: "partitioned needs secure: browsers drop the cookie otherwise" }
 * ]
 */
export interface SessionAffinity {
  /** Name of the canary's cookie. */
  cookieName: CookieName;
  /** Name of the primary's cookie; without it nobody sticks to the primary. */
  primaryCookieName?: CookieName;
  /**
   * Seconds that the canary's cookie lives.
   * @asType integer
   * @minimum 0
   * @default 86400
   */
  maxAge?: Integer;
  /** @maxLength 253 */
  domain?: string;
  /** @maxLength 1024 */
  path?: string;
  httpOnly?: boolean;
  secure?: boolean;
  partitioned?: boolean;
  sameSite?: 'Strict' | 'Lax' | 'None';
}

/**
 * A token of RFC 6265.
 * @minLength 1
 * @maxLength 128
 * @pattern ^[-!#$%&'*+.^_`|~0-9A-Za-z]+$
 */
export type CookieName = string;
