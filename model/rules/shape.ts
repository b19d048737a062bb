/** Types, bounds and enums, read without trust: every wrong value becomes a Problem, nothing throws. */
import { isObject, type JsonObject } from '../json';
import type { Problem } from '../problem';

/** Collects problems of one object and of what is in it. */
export class Reader {
  readonly problems: Problem[];
  readonly path: string;
  readonly object: JsonObject;

  constructor(object: JsonObject, path: string, problems: Problem[] = []) {
    this.object = object;
    this.path = path;
    this.problems = problems;
  }

  /** Whether the field is there; null counts as absent, as the API server has it. */
  has(field: string): boolean {
    return this.object[field] !== undefined && this.object[field] !== null;
  }

  error(field: string, message: string, remedy: string): void {
    this.add('error', field, message, remedy);
  }

  warning(field: string, message: string, remedy: string): void {
    this.add('warning', field, message, remedy);
  }

  /** The text, undefined when absent or wrong. */
  text(field: string, rule: TextRule = {}): string | undefined {
    const value = this.present(field, rule.required);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') return this.wrong(field, 'must be a text', `write ${field} as a string`);
    const { min = 0, max = Number.POSITIVE_INFINITY, pattern } = rule;
    if (value.length < min) return this.wrong(field, 'must not be empty', `set ${field}`);
    if (value.length > max) return this.wrong(field, `must have at most ${max} characters`, `shorten ${field}`);
    if (pattern && !pattern.test(value))
      return this.wrong(
        field,
        rule.patternMessage ?? `must match ${pattern.source}`,
        rule.remedy ?? `correct ${field}`,
      );
    return value;
  }

  /** One of the values; undefined when absent or wrong. */
  choice(field: string, choices: readonly string[], required = false): string | undefined {
    const value = this.present(field, required);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && choices.includes(value)) return value;
    const named = choices.filter((choice) => choice !== '').join(', ');
    return this.wrong(field, 'is not a known value', `use one of ${named}`);
  }

  /** A number within bounds, whole unless `fraction`; undefined when absent or wrong. */
  number(field: string, rule: NumberRule = {}): number | undefined {
    const value = this.present(field, rule.required);
    if (value === undefined) return undefined;
    const wanted = rule.fraction ? 'a number' : 'a whole number';
    if (typeof value !== 'number' || !Number.isFinite(value) || (!rule.fraction && !Number.isInteger(value))) {
      return this.wrong(field, `must be ${wanted}`, `write ${field} as ${wanted}, without quotes`);
    }
    if ((rule.min !== undefined && value < rule.min) || (rule.max !== undefined && value > rule.max)) {
      const bounds = rule.max === undefined ? `at least ${rule.min}` : `${rule.min} to ${rule.max}`;
      return this.wrong(field, `must be ${bounds}`, `set ${field} to ${bounds}`);
    }
    return value;
  }

  flag(field: string): boolean {
    const value = this.present(field);
    if (value === undefined || typeof value === 'boolean') return value === true;
    this.error(field, 'must be true or false', `write ${field} as true or false, without quotes`);
    return false;
  }

  /** A reader of an object in a field; undefined when absent or wrong. */
  inner(field: string, required = false): Reader | undefined {
    const value = this.present(field, required);
    if (value === undefined) return undefined;
    if (isObject(value)) return new Reader(value, `${this.path}.${field}`, this.problems);
    return this.wrong(field, 'must be an object', `write ${field} as an object`);
  }

  /** Readers of the objects of a list. */
  inners(field: string, max?: number): Reader[] {
    return this.list(field, max).flatMap((item, index) => {
      const path = `${this.path}.${field}[${index}]`;
      if (isObject(item)) return [new Reader(item, path, this.problems)];
      this.problems.push({
        path,
        value: item,
        message: 'must be an object',
        remedy: 'write it as an object',
        severity: 'error',
      });
      return [];
    });
  }

  /** The texts of a list. */
  texts(field: string, max?: number): string[] {
    return this.list(field, max).flatMap((item, index) => {
      if (typeof item === 'string') return [item];
      const path = `${this.path}.${field}[${index}]`;
      this.problems.push({
        path,
        value: item,
        message: 'must be a text',
        remedy: 'write it as a string',
        severity: 'error',
      });
      return [];
    });
  }

  list(field: string, max = Number.POSITIVE_INFINITY): unknown[] {
    const value = this.present(field);
    if (value === undefined) return [];
    if (!Array.isArray(value)) return this.wrong(field, 'must be a list', `write ${field} as a list`) ?? [];
    if (value.length > max) this.error(field, `must have at most ${max} entries`, `shorten ${field}`);
    // What is beyond is refused with the list: a problem for each of a million entries would help nobody.
    return value.slice(0, Math.min(max, MOST_ENTRIES));
  }

  /** A map of anything; undefined when absent, wrong or too large. */
  map(field: string, max: number): Reader | undefined {
    const reader = this.inner(field);
    if (reader && Object.keys(reader.object).length > max) {
      this.error(field, `must have at most ${max} entries`, `shorten ${field}`);
      return undefined;
    }
    return reader;
  }

  /** A map of texts. */
  textMap(field: string): void {
    const reader = this.map(field, MOST_TEXTS);
    for (const key of Object.keys(reader?.object ?? {})) {
      if (typeof reader?.object[key] !== 'string') reader?.error(key, 'must be a text', 'write the value in quotes');
      else reader.text(key, { max: LONGEST_TEXT });
    }
  }

  private present(field: string, required = false): unknown {
    if (this.has(field)) return this.object[field];
    if (required) this.error(field, 'is missing', `set ${field}`);
    return undefined;
  }

  private wrong(field: string, message: string, remedy: string): undefined {
    this.error(field, message, remedy);
    return undefined;
  }

  private add(severity: Problem['severity'], field: string, message: string, remedy: string): void {
    const path = field === '' ? this.path : `${this.path}.${field}`;
    const value = field === '' ? undefined : this.object[field];
    this.problems.push({ path, value, message, remedy, severity });
  }
}

/** Of lists that have no bound of their own. */
const MOST_ENTRIES = 4096;
/** Entries of a map of texts, and characters of each value. */
const MOST_TEXTS = 128;
const LONGEST_TEXT = 65_536;

export interface TextRule {
  required?: boolean;
  min?: number;
  max?: number;
  pattern?: RegExp;
  /** What the pattern means. */
  patternMessage?: string;
  remedy?: string;
}

export interface NumberRule {
  required?: boolean;
  min?: number;
  max?: number;
  fraction?: boolean;
}

/** Whether a text is an absolute URL of one of the schemes. */
export function isUrl(text: string, schemes: readonly string[] = ['http', 'https']): boolean {
  try {
    return schemes.includes(new URL(text).protocol.slice(0, -1)) && /^[a-z]+:\/\/[^/]/i.test(text);
  } catch {
    return false;
  }
}
