/** Thrown where the specification has something that Serin does not have yet; the message says what and when. */
export class NotBuiltYet extends Error {
  readonly code = 'NotBuiltYet';

  constructor(what: string, issue = 'issue 2') {
    super(`${what} is not built yet: it comes with ${issue}`);
    this.name = 'NotBuiltYet';
  }
}
