import { unsupported } from './error';
import {
  type Aggregation,
  type Binary,
  type Call,
  COMPARISONS,
  type Expression,
  SET_OPERATORS,
  TYPE_NAMES,
  type ValueType,
} from './expression';
import { FUNCTIONS } from './functions';

/** Throws Prometheus' parse error for the place of an expression. */
export type Fail = (at: Expression, message: string) => never;

/** Aggregations, and what their parameter is if they have one. */
const AGGREGATIONS: Record<string, 'scalar' | 'string' | undefined> = {
  sum: undefined,
  avg: undefined,
  min: undefined,
  max: undefined,
  count: undefined,
  group: undefined,
  stddev: undefined,
  stdvar: undefined,
  topk: 'scalar',
  bottomk: 'scalar',
  quantile: 'scalar',
  count_values: 'string',
};

/** The type of an expression, after checking every part of it. */
export function checkTypes(expression: Expression, fail: Fail): ValueType {
  switch (expression.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
      return 'vector';
    case 'matrix':
      return 'matrix';
    case 'paren':
      return checkTypes(expression.of, fail);
    case 'negation':
      return checkNegation(expression, fail);
    case 'subquery':
      expect(checkTypes(expression.of, fail), 'vector', (got) =>
        fail(expression, `subquery is only allowed on instant vector, got ${got} instead`),
      );
      return 'matrix';
    case 'call':
      return checkCall(expression, fail);
    case 'aggregation':
      return checkAggregation(expression, fail);
    case 'binary':
      return checkBinary(expression, fail);
  }
}

function expect(got: ValueType, wanted: ValueType, complain: (got: string) => never): void {
  if (got !== wanted) complain(TYPE_NAMES[got]);
}

function checkNegation(expression: { kind: 'negation'; of: Expression }, fail: Fail): ValueType {
  const type = checkTypes(expression.of, fail);
  if (type === 'scalar' || type === 'vector') return type;
  return fail(
    expression,
    `unary expression only allowed on expressions of type scalar or instant vector, got "${TYPE_NAMES[type]}"`,
  );
}

function checkCall(call: Call, fail: Fail): ValueType {
  const signature = FUNCTIONS[call.name];
  if (!signature) throw unsupported(`the function ${call.name}()`);
  const most = signature.args.length;
  const least = most - (signature.optional ?? 0);
  const counted = call.args.length;
  if (counted < least) {
    fail(
      call,
      `expected ${most > least ? 'at least ' : ''}${least} argument(s) in call to "${call.name}", got ${counted}`,
    );
  }
  if (counted > most) {
    fail(
      call,
      `expected ${most > least ? 'at most ' : ''}${most} argument(s) in call to "${call.name}", got ${counted}`,
    );
  }
  call.args.forEach((arg, index) => {
    const wanted = signature.args[index]!;
    expect(checkTypes(arg, fail), wanted, (got) =>
      fail(arg, `expected type ${TYPE_NAMES[wanted]} in call to function "${call.name}", got ${got}`),
    );
  });
  return signature.returns;
}

function checkAggregation(aggregation: Aggregation, fail: Fail): ValueType {
  const { op, param } = aggregation;
  if (!(op in AGGREGATIONS)) throw unsupported(`the aggregation ${op}()`);
  const wanted = AGGREGATIONS[op];
  const [expected, got] = [wanted ? 2 : 1, param ? 2 : 1];
  if (expected !== got) {
    const message = 'wrong number of arguments for aggregate expression provided';
    fail(aggregation, `${message}, expected ${expected}, got ${got}`);
  }
  if (param && wanted) {
    expect(checkTypes(param, fail), wanted, (type) =>
      fail(param, `expected type ${TYPE_NAMES[wanted]} in aggregation parameter, got ${type}`),
    );
  }
  expect(checkTypes(aggregation.of, fail), 'vector', (type) =>
    fail(aggregation.of, `expected type instant vector in aggregation expression, got ${type}`),
  );
  return 'vector';
}

function checkBinary(binary: Binary, fail: Fail): ValueType {
  const sides = [binary.left, binary.right].map((side) => checkTypes(side, fail));
  if (sides.some((type) => type === 'matrix' || type === 'string')) {
    const wrong = sides[0] === 'matrix' || sides[0] === 'string' ? binary.left : binary.right;
    fail(wrong, 'binary expression must contain only scalar and instant vector types');
  }
  const comparison = COMPARISONS.has(binary.op);
  const vectors = sides.filter((type) => type === 'vector').length;
  if (binary.bool && !comparison) fail(binary, 'bool modifier can only be used on comparison operators');
  if (comparison && !binary.bool && vectors === 0) fail(binary, 'comparisons between scalars must use BOOL modifier');
  if (SET_OPERATORS.has(binary.op)) {
    if (vectors < 2) fail(binary, `set operator "${binary.op}" not allowed in binary scalar expression`);
    if (binary.matching.many) fail(binary, `no grouping allowed for "${binary.op}" operation`);
  }
  if (binary.matching.labels.length > 0 && vectors < 2) {
    fail(binary, 'vector matching only allowed between instant vectors');
  }
  return vectors > 0 ? 'vector' : 'scalar';
}
