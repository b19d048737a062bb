/** Something in a spec that makes no sense. */
export interface Problem {
  /** Where, for example `spec.analysis.metrics[0].thresholdRange`. */
  path: string;
  /** What is there; undefined when it is missing. */
  value: unknown;
  /** What is wrong, as a sentence without the path. */
  message: string;
  /** What to do. */
  remedy: string;
  /** Errors are refused; warnings work, but hardly as meant. */
  severity: 'error' | 'warning';
}

export const isError = (problem: Problem): boolean => problem.severity === 'error';

/** One line: path, message, value, remedy. */
export function problemText({ path, value, message, remedy }: Problem): string {
  const shown = value === undefined ? '' : ` (${shorten(JSON.stringify(value) ?? String(value))})`;
  return `${path}: ${message}${shown}: ${remedy}`;
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);
