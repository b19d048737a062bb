import { parseDuration } from '../model/duration';
import { TaskRefused } from './task-refused';

export type Metadata = Readonly<Record<string, string>>;

/** @throws TaskRefused when it is absent or blank. */
export function required(metadata: Metadata, key: string): string {
  const value = metadata[key]?.trim();
  if (!value) throw new TaskRefused(`${key} not found in metadata`);
  return value;
}

/** A whole number above 0. @throws TaskRefused */
export function wholeNumber(metadata: Metadata, key: string, fallback?: number): number {
  const text = metadata[key]?.trim();
  if (!text && fallback !== undefined) return fallback;
  if (/^\d{1,9}$/.test(text ?? '') && Number(text) > 0) return Number(text);
  throw new TaskRefused(text ? `${key} must be a whole number above 0, not "${text}"` : `${key} not found in metadata`);
}

/** `5s` or seconds as a number. @throws TaskRefused */
export function durationMs(metadata: Metadata, key: string, fallbackMs: number): number {
  const text = metadata[key]?.trim();
  if (!text) return fallbackMs;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms !== undefined && ms >= 1) return ms;
  throw new TaskRefused(`${key} must be a duration such as 5s, not "${text}"`);
}

/** The base URL of a server, without a slash at its end. @throws TaskRefused */
export function serverUrl(metadata: Metadata): string {
  const text = required(metadata, 'server');
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '');
  throw new TaskRefused('server must be an http or https URL');
}
