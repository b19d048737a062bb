/** A rule that two readers share: `validate` in TypeScript, and the API server in CEL. */
import type { JsonObject } from '../json';
import type { Problem } from '../problem';
import type { Reader } from './shape';

/** A place that breaks a rule. */
export interface Place {
  readonly reader: Reader;
  /** The field of the reader; empty for the object itself. */
  readonly field: string;
  /** What stands for `{name}` in path and message. */
  readonly values?: { readonly [name: string]: string };
}

/** The same rule for the API server. */
export interface CelTwin {
  /** True when the rule is kept. May use the variables of model/admission-policy.ts. */
  readonly holds: string;
  /** Text expressions of what stands for `{name}`; asked only when the rule is broken. */
  readonly values?: { readonly [name: string]: string };
}

export interface SharedRule {
  /** Kebab-case, stable: tests and documents name a rule by it. */
  readonly name: string;
  readonly severity: Problem['severity'];
  /** Where, with `[]` for any entry of a list. */
  readonly path: string;
  /** What is wrong, as a sentence without the path. `{name}` stands for a value. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
  readonly broken: (spec: Reader) => readonly Place[];
  readonly cel: CelTwin;
}

/** Reports every place that breaks a rule. */
export function applyRules(rules: readonly SharedRule[], spec: Reader): void {
  for (const rule of rules) {
    for (const { reader, field, values = {} } of rule.broken(spec)) {
      const message = rule.message.replace(BRACED, (_, name: string) => values[name] ?? '');
      if (rule.severity === 'error') reader.error(field, message, rule.remedy);
      else reader.warning(field, message, rule.remedy);
    }
  }
}

const BRACED = /\{(\w+)\}/g;

/** A text in CEL; JSON's strings are CEL's. */
export const celText = (text: string): string => JSON.stringify(text);

/** What the API server says of a broken rule: a text, or an expression of one. */
export function celMessage({ path, message, remedy, cel }: SharedRule): {
  message: string;
  messageExpression?: string;
} {
  const text = `${path}: ${message}: ${remedy}`;
  if (!cel.values) return { message: text };
  // Odd parts are names of values.
  const parts = text
    .split(BRACED)
    .map((part, index) => (index % 2 ? `(${cel.values?.[part] ?? "''"})` : celText(part)));
  return { message: text.replace(BRACED, '$1'), messageExpression: parts.join(' + ') };
}

export const isNumber = (value: unknown): value is number => typeof value === 'number';

/** Null counts as absent, as the API server has it. */
export const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** The places of a rule about one field of `spec`. */
export const inSpec =
  (field: string, isBroken: (spec: JsonObject) => boolean) =>
  (spec: Reader): readonly Place[] =>
    isBroken(spec.object) ? [{ reader: spec, field }] : [];

/** The places of a rule about one field of `spec.analysis`. */
export const inAnalysis =
  (field: string, isBroken: (analysis: JsonObject, spec: JsonObject) => boolean) =>
  (spec: Reader): readonly Place[] => {
    const analysis = spec.inner('analysis');
    return analysis && isBroken(analysis.object, spec.object) ? [{ reader: analysis, field }] : [];
  };

/** The places of a rule about the entries of a list in `spec.analysis`. */
export const inEach =
  (list: string, field: string, isBroken: (entry: Reader) => boolean) =>
  (spec: Reader): readonly Place[] =>
    (spec.inner('analysis')?.inners(list) ?? []).filter(isBroken).map((reader) => ({ reader, field }));
