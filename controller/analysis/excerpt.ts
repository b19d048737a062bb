const MAX_LENGTH = 200;

/** A piece of a body that fits in an event: one line, not too long. */
export function excerpt(body: string): string {
  const oneLine = body.replace(/\s+/g, ' ').trim();
  return oneLine.length > MAX_LENGTH ? `${oneLine.slice(0, MAX_LENGTH)}…` : oneLine;
}
