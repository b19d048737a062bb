/** Order of resourceVersions: decimal numbers that may outgrow a JavaScript number. */

/** True when both are numbers and `a` is smaller. Opaque versions have no order. */
export function isOlder(a: string | undefined, b: string | undefined): boolean {
  if (!isNumber(a) || !isNumber(b)) return false;
  return a.length !== b.length ? a.length < b.length : a < b;
}

/** True unless `a` is known to be as old as `b` or older. */
export function isNewer(a: string | undefined, b: string | undefined): boolean {
  return a !== b && !isOlder(a, b);
}

function isNumber(version: string | undefined): version is string {
  return version !== undefined && /^(0|[1-9]\d*)$/.test(version);
}
