import type { ProviderType } from './metric-provider';

/** How a query language quotes: what can stand where a value is put in. */
export interface Quoting {
  quotes: string;
  /** Quotes of strings without escapes. */
  raw: string;
  /** What begins a comment that ends with its line. */
  comment: string;
  /** The character that takes the meaning of the next one. */
  escapeBy: string;
  escaped(value: string): string;
  /** Whether a value is good inside a string as it is. */
  isContent(value: string): boolean;
}

const backslashes: Pick<Quoting, 'escapeBy' | 'escaped' | 'isContent'> = {
  escapeBy: '\\',
  escaped: (value) => value.replace(/[\\"']/g, '\\$&').replace(/\n/g, '\\n'),
  // Complete escapes only, no bare quote of either kind and no line break.
  isContent: (value) =>
    /^(?:[^"'\\\n]|\\(?:[abfnrtv\\"']|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}))*$/.test(value),
};

const PROMQL: Quoting = { quotes: `"'`, raw: '`', comment: '#', ...backslashes };
const FLUX: Quoting = {
  quotes: '"',
  raw: '',
  comment: '//',
  escapeBy: '\\',
  escaped: (value) => value.replace(/[\\"]|\$(?=\{)/g, '\\$&').replace(/\n/g, '\\n'),
  isContent: (value) => /^(?:[^"\\\n$]|\$(?!\{)|\\(?:[nrt"\\]|\$\{|x[0-9a-fA-F]{2}))*$/.test(value),
};
const JSON_TEXT: Quoting = {
  quotes: '"',
  raw: '',
  comment: '',
  escapeBy: '\\',
  escaped: (value) => JSON.stringify(value).slice(1, -1),
  isContent: (value) => isJson(`"${value}"`),
};
const DYNATRACE: Quoting = {
  quotes: '"',
  raw: '',
  comment: '',
  escapeBy: '~',
  escaped: (value) => value.replace(/[~"]/g, '~$&'),
  isContent: (value) => /^(?:[^"~]|~["~])*$/.test(value),
};
/** Strings in either quote, backslashes escape: NRQL, MQL, SignalFlow. */
const QUOTED: Quoting = { quotes: `"'`, raw: '', comment: '', ...backslashes };
/** No strings to stay inside of: metric names, tags, paths, the query string of a URL. */
const BARE: Quoting = { ...QUOTED, quotes: '' };

const QUOTING: Partial<Record<ProviderType, Quoting>> = {
  prometheus: PROMQL,
  influxdb: FLUX,
  cloudwatch: JSON_TEXT,
  newrelic: QUOTED,
  stackdriver: QUOTED,
  dynatrace: DYNATRACE,
  splunk: { ...QUOTED, comment: '#' },
};

/** The quoting of a provider's query language. */
export const quotingOf = (type: ProviderType): Quoting => QUOTING[type] ?? BARE;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
