/** Prometheus' own classes of failure: `bad_data` for what cannot be parsed (400), `execution` for the rest (422). */
export type ErrorType = 'bad_data' | 'execution';

export class PromqlError extends Error {
  constructor(
    readonly type: ErrorType,
    message: string,
  ) {
    super(message);
    this.name = 'PromqlError';
  }
}

export function unsupported(what: string): PromqlError {
  return new PromqlError('execution', `the sandbox's Prometheus does not support ${what}`);
}
