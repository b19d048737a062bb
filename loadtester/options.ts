import { CommandRefused } from './words';

/** What the options of a command mean: `flag` stands alone, `value` takes the next word (or the rest of its own). */
export type OptionKinds = Readonly<Record<string, 'flag' | 'value'>>;

export interface ParsedOptions {
  /** Values in the order given; a flag has the value `''`. */
  values: Map<string, string[]>;
  operands: string[];
}

/**
 * Reads the words after a command's name.
 * @param kinds options with their dashes.
 * @param clusters whether one-letter flags can be joined: `-sd x` is `-s -d x` (curl, grep; not hey).
 * @throws CommandRefused for an option that is not in `kinds`.
 */
export function parseOptions(command: string, args: string[], kinds: OptionKinds, clusters: boolean): ParsedOptions {
  const parsed: ParsedOptions = { values: new Map(), operands: [] };
  const set = (name: string, value: string) => parsed.values.set(name, [...(parsed.values.get(name) ?? []), value]);
  const queue = [...args];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (!word.startsWith('-') || word === '-') {
      parsed.operands.push(word);
      continue;
    }
    const [, name = word, joined] = /^(-[^=]*?)(?:=([\s\S]*))?$/.exec(word) ?? [];
    if (kinds[word] === 'flag') set(word, '');
    else if (kinds[word] === 'value') set(word, required(command, word, queue.shift()));
    else if (joined !== undefined && kinds[name] === 'value' && !(clusters && !name.startsWith('--')))
      set(name, joined);
    else if (clusters && !word.startsWith('--')) queue.unshift(...splitCluster(command, word, kinds, set));
    else throw new CommandRefused(`${command}: option ${word} is not supported`);
  }
  return parsed;
}

/** `-sd` -> `-s`, then `-d`; `-XPOST` -> `-X POST`. Returns the words still to be read. */
function splitCluster(
  command: string,
  word: string,
  kinds: OptionKinds,
  set: (name: string, value: string) => void,
): string[] {
  const name = word.slice(0, 2);
  const rest = word.slice(2);
  if (kinds[name] === 'flag' && rest !== '') {
    set(name, '');
    return [`-${rest}`];
  }
  if (kinds[name] === 'value' && rest !== '') {
    set(name, rest);
    return [];
  }
  throw new CommandRefused(`${command}: option ${name} is not supported`);
}

function required(command: string, option: string, value: string | undefined): string {
  if (value === undefined) throw new CommandRefused(`${command}: option ${option} needs a value`);
  return value;
}

/** The last value of the first name that is given. */
export function lastValue(parsed: ParsedOptions, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = parsed.values.get(name)?.at(-1);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** All values under any of the names. */
export function allValues(parsed: ParsedOptions, ...names: string[]): string[] {
  return names.flatMap((name) => parsed.values.get(name) ?? []);
}

/** @throws CommandRefused when the text is no number in the range. */
export function numberValue(command: string, option: string, text: string, min: number, max: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new CommandRefused(`${command}: ${option} must be a number from ${min} to ${max}, not "${text}"`);
  }
  return value;
}

/** `Name: value` with the name in lower case. @throws CommandRefused when there is no colon. */
export function headerOf(command: string, text: string): [string, string] {
  const [, name, value] = /^([^:\s]+)\s*:\s*([\s\S]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined || /[\r\n]/.test(value)) {
    throw new CommandRefused(`${command}: not a header: "${text}"`);
  }
  return [name.toLowerCase(), value];
}

/** An absolute http(s) URL; `http://` is added as curl does. @throws CommandRefused for anything else. */
export function urlOf(command: string, operands: string[]): string {
  const [text, ...others] = operands;
  if (text === undefined) throw new CommandRefused(`${command}: the URL is missing`);
  if (others.length > 0) throw new CommandRefused(`${command}: only one URL is supported, unexpected "${others[0]}"`);
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(url) || !/^https?:/i.test(url))
    throw new CommandRefused(`${command}: "${text}" is not an http URL`);
  return url;
}
