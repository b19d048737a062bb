/** Whether a redirect stays with the server that was asked. */

/** The same host and port, or the step from http to https on their default ports; never from https back. */
export function isSameServer(from: URL, next: URL): boolean {
  if (next.origin === from.origin) return true;
  const upgraded = from.protocol === 'http:' && next.protocol === 'https:';
  return upgraded && next.hostname === from.hostname && from.port === '' && next.port === '';
}
