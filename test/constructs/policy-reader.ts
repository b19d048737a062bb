import { Environment } from '@marcbachmann/cel-js';
import { isObject } from '../../model/json';
import type { Manifest } from './fixtures';

/** What the API server's CEL has besides the language; its own is asked in test/cluster. */
const cel = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });
cel.registerFunction('list.sum(): google.protobuf.Duration', (durations: { getSeconds(): bigint }[]) =>
  cel.evaluate(`duration('${durations.reduce((sum, each) => sum + Number(each.getSeconds()), 0)}s')`),
);

export interface Attempt {
  object: object;
  /** Undefined: the object is created. */
  oldObject?: object;
}

/** What the API server would say about an attempt: the messages of every rule that is broken. */
export function complaints(policy: Manifest, { object, oldObject }: Attempt): string[] {
  const { matchConditions = [], variables = [], validations } = policy.spec;
  const request = { operation: oldObject ? 'UPDATE' : 'CREATE' };
  const context: Manifest = {
    request,
    object: typed(object),
    oldObject: oldObject ? typed(oldObject) : null,
    variables: {},
  };
  const ask = (expression: string) => cel.evaluate(expression, context);
  if (!matchConditions.every((condition: Manifest) => ask(condition.expression) === true)) return [];
  for (const { name, expression } of variables) {
    Object.defineProperty(context.variables, name, { enumerable: true, get: () => ask(expression) });
  }
  return validations
    .filter((validation: Manifest) => ask(validation.expression) !== true)
    .map((validation: Manifest) =>
      validation.messageExpression ? ask(validation.messageExpression) : validation.message,
    );
}

/** Fields that the schemas call numbers; all others that look whole are integers. */
const FRACTIONS = new Set(['min', 'max', 'threshold']);

function typed(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => typed(item, key));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, typed(inner, name)]));
  return Number.isInteger(value) && !FRACTIONS.has(key) ? BigInt(value as number) : value;
}
