/** Times and shares as people write them. */
import { parseDuration } from '../model/duration';

/** A Go duration such as `30s`, `3m` or `1h30m`. */
export type Time = string;

/** A share: `'5%'`, or a number from 0 to 1. */
export type Share = string | number;

/** What was written makes no sense; the message says what to write instead. */
export class WrittenWrong extends Error {
  readonly code = 'WrittenWrong';

  constructor(what: string, value: unknown, remedy: string) {
    super(`${what}: ${JSON.stringify(value) ?? String(value)} makes no sense: ${remedy}`);
    this.name = 'WrittenWrong';
  }
}

/** Milliseconds. @throws WrittenWrong */
export function msOf(what: string, time: Time): number {
  const ms = parseDuration(time);
  if (ms === undefined || ms < 0) throw new WrittenWrong(what, time, 'write a duration such as 30s or 3m');
  return ms;
}

/** A number from 0 to 1. @throws WrittenWrong */
export function shareOf(what: string, share: Share): number {
  const parts = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(String(share).trim());
  const value = Number(parts?.[1]) / (parts?.[2] ? 100 : 1);
  if (!(value >= 0 && value <= 1)) throw new WrittenWrong(what, share, "write a share such as '5%' or 0.05");
  return value;
}

/** Milliseconds since midnight of `HH:MM`. @throws WrittenWrong */
export function timeOfDay(what: string, text: string): number {
  const [, hours = '', minutes = ''] = /^(\d{1,2}):(\d\d)$/.exec(text) ?? [];
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
  if (hours === '' || ms >= 86_400_000 || Number(minutes) > 59) {
    throw new WrittenWrong(what, text, 'write a time of day such as 09:30');
  }
  return ms;
}

/** `09:30` */
export const timeOfDayText = (ms: number): string => new Date(ms).toISOString().slice(11, 16);

/** `0:05`, `12:30` or `1:02:03`, for people. */
export function clockText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return `${ms < 0 ? '-' : ''}${h > 0 ? `${h}:${two(m)}` : m}:${two(s)}`;
}

/** `45 s`, `3 min 10 s` or `1 h 5 min`, for people. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `5 %`, `0.12 %`, for people. */
export function shareText(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
