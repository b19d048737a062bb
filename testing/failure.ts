import type { Outcome } from './outcome';

/** What was expected did not happen; the message has the timeline. */
export class RolloutFailed extends Error {
  readonly code = 'RolloutFailed';

  constructor(
    message: string,
    readonly outcome: Outcome,
  ) {
    super(message);
    this.name = 'RolloutFailed';
  }
}
