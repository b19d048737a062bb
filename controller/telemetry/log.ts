import type { Clock } from '../../model/ports';

const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal', 'panic'] as const;
export type LogLevel = (typeof LEVELS)[number];
export type LogEncoding = 'json' | 'console';

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(msg: string, fields?: LogFields): void;
  info(msg: string, fields?: LogFields): void;
  warn(msg: string, fields?: LogFields): void;
  error(msg: string, fields?: LogFields): void;
  /** Says it; ending the process is for the caller. */
  fatal(msg: string, fields?: LogFields): void;
  /** A logger whose lines all carry `fields`, `{ canary: 'podinfo.test' }` for example. */
  with(fields: LogFields): Logger;
}

export interface LoggerOptions {
  clock: Clock;
  /** Least level that is written. */
  level: LogLevel;
  encoding: LogEncoding;
  /** Takes whole lines, newline included. */
  stream: { write(line: string): unknown };
}

/**
 * Reads `-log-level`; `warning` is `warn` (C45).
 * @throws Error that names the known levels.
 */
export function parseLogLevel(text: string): LogLevel {
  const wanted = text.toLowerCase();
  const level = wanted === 'warning' ? 'warn' : LEVELS.find((known) => known === wanted);
  if (level === undefined) throw new Error(`unknown log level "${text}", known are ${LEVELS.join(', ')}`);
  return level;
}

/**
 * Reads `-zap-encoding`.
 * @throws Error that names the known encodings.
 */
export function parseLogEncoding(text: string): LogEncoding {
  if (text === 'json' || text === 'console') return text;
  throw new Error(`unknown log encoding "${text}", known are json, console`);
}

/** One line for each entry: `level`, `ts`, `msg`, then the fields. */
export function createLogger(options: LoggerOptions): Logger {
  return new LineLogger(options, {});
}

class LineLogger implements Logger {
  constructor(
    private readonly options: LoggerOptions,
    private readonly fields: LogFields,
  ) {}

  debug(msg: string, fields?: LogFields): void {
    this.write('debug', msg, fields);
  }

  info(msg: string, fields?: LogFields): void {
    this.write('info', msg, fields);
  }

  warn(msg: string, fields?: LogFields): void {
    this.write('warn', msg, fields);
  }

  error(msg: string, fields?: LogFields): void {
    this.write('error', msg, fields);
  }

  fatal(msg: string, fields?: LogFields): void {
    this.write('fatal', msg, fields);
  }

  with(fields: LogFields): Logger {
    return new LineLogger(this.options, { ...this.fields, ...fields });
  }

  private write(level: LogLevel, msg: string, fields: LogFields | undefined): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.options.level)) return;
    const ts = new Date(this.options.clock.now()).toISOString();
    const all = { ...this.fields, ...fields };
    const line = this.options.encoding === 'json' ? jsonLine(level, ts, msg, all) : consoleLine(level, ts, msg, all);
    this.options.stream.write(`${line}\n`);
  }
}

function jsonLine(level: LogLevel, ts: string, msg: string, fields: LogFields): string {
  const own = { level, ts, msg };
  // first in the line, and not to be replaced by a field of the same name
  return encode({ ...own, ...fields, ...own });
}

function consoleLine(level: LogLevel, ts: string, msg: string, fields: LogFields): string {
  // one entry stays one line, whatever a server put into a message
  const columns = [ts, level.toUpperCase(), msg.replace(/\r?\n/g, '\\n')];
  if (Object.keys(fields).length > 0) columns.push(encode(fields));
  return columns.join('\t');
}

/** A field that cannot be encoded must not lose the line. */
function encode(fields: object): string {
  const seen = new Set<unknown>();
  return JSON.stringify(fields, (_key, value: unknown) => {
    if (value instanceof Error) return value.message;
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return '[seen above]';
    seen.add(value);
    return value;
  });
}
