/** How arguments of the command line are read. Each throws UsageError, which says what to write instead. */
import { UsageError } from './usage-error';

/** An option that may be repeated. */
export const collected = (value: string, before: string[] = []): string[] => [...before, value];

/** A number above 0; `what` is its name. */
export const positive =
  (what: string) =>
  (text: string): number => {
    const value = Number(text);
    if (value > 0 && Number.isFinite(value)) return value;
    throw new UsageError(`"${text}" is no ${what}: give a number above 0`);
  };

/** A whole number, 0 too. */
export function count(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 100_000) return value;
  throw new UsageError(`"${text}" is not a count: give a whole number from 0 to 100000`);
}

export function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new UsageError(`"${text}" is not a port: give a number from 0 to 65535`);
}

/** Simulated seconds in a second. */
export function speed(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1000) return value;
  throw new UsageError(`"${text}" is not a speed: give a number above 0, at most 1000`);
}
