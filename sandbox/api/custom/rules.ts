/** `x-kubernetes-validations`: the CEL rules of a schema, compiled once. */
import { Environment } from '@marcbachmann/cel-js';
import type { FieldProblem } from '../api-error';
import { isObject, type Json, same } from '../json';
import { additional, items, properties, type Schema } from './schema';

/** A rule that this implementation of CEL cannot compile: it is not enforced. */
export interface SkippedRule {
  kind: string;
  path: string;
  rule: string;
  reason: string;
}

type Evaluate = (variables: Json) => unknown;

interface Rule {
  rule: string;
  evaluate: Evaluate;
  message: string;
  messageExpression: Evaluate | undefined;
  reason: string;
  fieldPath: string;
  /** Compares with the old value, so it holds only for updates. */
  isTransition: boolean;
}

/** A schema node with rules, or with such nodes below it. */
interface RuleNode {
  schema: Schema;
  rules: Rule[];
  properties: Map<string, RuleNode>;
  values: RuleNode | undefined;
}

/** All rules of a schema. What cannot be compiled is told to `onSkip`. */
export class Rules {
  private readonly root: RuleNode | undefined;

  constructor(kind: string, schema: Schema, onSkip: (skipped: SkippedRule) => void) {
    this.root = compile(schema, '', (rest) => onSkip({ kind, ...rest }));
  }

  get isEmpty(): boolean {
    return this.root === undefined;
  }

  /** Problems of an object that already fits its schema. */
  check(object: unknown, old: unknown): FieldProblem[] {
    return this.root ? checkNode(this.root, object, old, '') : [];
  }
}

type OnSkip = (skipped: Omit<SkippedRule, 'kind'>) => void;

function compile(schema: Schema, path: string, onSkip: OnSkip): RuleNode | undefined {
  const declared = schema['x-kubernetes-validations'];
  const rules = (Array.isArray(declared) ? declared.filter(isObject) : []).flatMap((rule) =>
    compileRule(rule, path, onSkip),
  );
  const below = Object.entries(properties(schema)).flatMap(([name, next]) => {
    const node = compile(next, path ? `${path}.${name}` : name, onSkip);
    return node ? [[name, node] as const] : [];
  });
  const next = items(schema) ?? additional(schema);
  const values = next && compile(next, `${path}[]`, onSkip);
  if (rules.length === 0 && below.length === 0 && !values) return undefined;
  return { schema, rules, properties: new Map(below), values };
}

function compileRule(declared: Json, path: string, onSkip: OnSkip): Rule[] {
  const rule = String(declared['rule'] ?? '').trim();
  const attempt = (expression: string): Evaluate | undefined => {
    try {
      const parsed = environment().parse(expression);
      const checked = parsed.check();
      if (!checked.valid) throw checked.error;
      return (variables) => parsed(variables);
    } catch (error) {
      onSkip({ path, rule: expression, reason: String((error as Error)?.message ?? error).split('\n')[0] ?? '' });
      return undefined;
    }
  };
  const evaluate = attempt(rule);
  if (!evaluate) return [];
  const { message, messageExpression, reason, fieldPath } = declared;
  return [
    {
      rule,
      evaluate,
      message: typeof message === 'string' ? message : `failed rule: ${rule}`,
      messageExpression: typeof messageExpression === 'string' ? attempt(messageExpression) : undefined,
      reason: typeof reason === 'string' ? reason : 'FieldValueInvalid',
      fieldPath: typeof fieldPath === 'string' ? fieldPath : '',
      isTransition: /\boldSelf\b/.test(rule),
    },
  ];
}

function checkNode(node: RuleNode, value: unknown, old: unknown, path: string): FieldProblem[] {
  if (value === undefined || value === null) return [];
  const isUnchanged = old !== undefined && same(value, old);
  const problems = isUnchanged ? [] : node.rules.flatMap((rule) => checkRule(rule, node.schema, value, old, path));
  const before = isObject(old) ? old : {};
  if (Array.isArray(value)) {
    const { values } = node;
    if (values)
      problems.push(...value.flatMap((item, index) => checkNode(values, item, undefined, `${path}[${index}]`)));
  } else if (isObject(value)) {
    for (const [name, field] of Object.entries(value)) {
      const next = node.properties.get(name) ?? (properties(node.schema)[name] ? undefined : node.values);
      if (next) problems.push(...checkNode(next, field, before[name], path ? `${path}.${name}` : name));
    }
  }
  return problems;
}

function checkRule(rule: Rule, schema: Schema, value: unknown, old: unknown, path: string): FieldProblem[] {
  if (rule.isTransition && old === undefined) return [];
  const field = `${path}${rule.fieldPath}`.replace(/^\./, '') || '<nil>';
  const shown = isObject(value)
    ? 'object'
    : Array.isArray(value)
      ? 'array'
      : typeof value === 'number'
        ? 'number'
        : typeof value;
  const variables = { self: toCel(schema, value), ...(rule.isTransition && { oldSelf: toCel(schema, old) }) };
  const complain = (message: string) => [
    { reason: rule.reason, field, message: `Invalid value: "${shown}": ${message}` },
  ];
  try {
    if (rule.evaluate(variables) === true) return [];
    const said = rule.messageExpression?.(variables);
    return complain(typeof said === 'string' ? said : rule.message);
  } catch (error) {
    return complain(`rule evaluation error: ${String((error as Error).message).split('\n')[0]}: rule: ${rule.rule}`);
  }
}

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** The name of a property as CEL rules write it. */
function celName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  const words: Record<string, string> = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' };
  return name.replace(/__|[.\-/]/g, (sign) => words[sign] ?? sign);
}

/** A value as CEL sees it: integers are big, names are escaped where the schema declares them. */
function toCel(schema: Schema, value: unknown): unknown {
  if (typeof value === 'number') {
    return schema['type'] === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  }
  if (Array.isArray(value)) return value.map((item) => toCel(items(schema) ?? {}, item));
  if (!isObject(value)) return value;
  const known = properties(schema);
  const others = additional(schema) ?? {};
  const entries = Object.entries(value).map(([name, field]) => {
    const next = known[name];
    return next ? [celName(name), toCel(next, field)] : [name, toCel(others, field)];
  });
  return Object.fromEntries(entries);
}

let made: Environment | undefined;

/** CEL with the functions that Kubernetes adds. */
function environment(): Environment {
  made ??= new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true })
    .registerVariable('self', 'dyn')
    .registerVariable('oldSelf', 'dyn')
    .registerType('kubernetes.URL', { ctor: URL, fields: {} })
    .registerFunction('isURL(string): bool', (text: string) => isUrl(text))
    .registerFunction('url(string): kubernetes.URL', (text: string) => parseUrl(text))
    .registerFunction('kubernetes.URL.getScheme(): string', (url: URL) => url.protocol.replace(/:$/, ''))
    .registerFunction('kubernetes.URL.getHost(): string', (url: URL) => url.host)
    .registerFunction('kubernetes.URL.getHostname(): string', (url: URL) => url.hostname)
    .registerFunction('kubernetes.URL.getPort(): string', (url: URL) => url.port)
    .registerFunction('kubernetes.URL.getEscapedPath(): string', (url: URL) => url.pathname)
    .registerFunction('list.isSorted(): bool', (list: never[]) =>
      list.every((item, index) => index === 0 || list[index - 1]! <= item),
    );
  return made;
}

function isUrl(text: string): boolean {
  return /^([a-zA-Z][-+.a-zA-Z0-9]*:|\/)/.test(text) && URL.canParse(text, 'http://relative');
}

function parseUrl(text: string): URL {
  if (!isUrl(text))
    throw new Error(`URL parse error during conversion from string: parse "${text}": invalid URI for request`);
  return new URL(text, 'http://relative');
}
