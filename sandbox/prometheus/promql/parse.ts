import { type Matcher, type MatchOp, METRIC_NAME, matcher } from '../labels';
import { checkTypes } from './check';
import { PromqlError } from './error';
import type { Aggregation, Binary, Expression, Matching, Moment, VectorSelector } from './expression';
import { numberLiteral, stringLiteral } from './literal';
import { syntaxError } from './syntax-error';
import { type SyntaxNode, syntaxTree } from './tree';

/**
 * Reads a PromQL expression with the Prometheus project's own grammar.
 * @throws PromqlError `bad_data` naming place and cause.
 */
export function parse(query: string): Expression {
  const tree = syntaxTree(query);
  const problem = syntaxError(tree, query);
  if (problem) throw problem;
  const root = tree.topNode.getChildren('Expr')[0] ?? lastChild(tree.topNode);
  const reader = new Reader(query);
  const expression = reader.expression(root);
  checkTypes(expression, (at, message) => {
    throw reader.errorAt(reader.positions.get(at) ?? 0, message);
  });
  return expression;
}

function lastChild(node: SyntaxNode): SyntaxNode {
  if (!node.lastChild) throw new PromqlError('bad_data', 'unknown position: parse error: no expression found in input');
  return node.lastChild;
}

function children(node: SyntaxNode): SyntaxNode[] {
  const all: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) if (child.name !== 'LineComment') all.push(child);
  return all;
}

/** Turns the grammar's tree into our expressions. One method a kind of node. */
class Reader {
  /** Where in the query an expression begins. */
  readonly positions = new Map<Expression, number>();

  constructor(private readonly query: string) {}

  expression(node: SyntaxNode): Expression {
    const read = this.readers[node.name];
    if (!read) throw this.error(node, `the sandbox's Prometheus does not support ${node.name}`);
    const expression = read(node);
    this.positions.set(expression, node.from);
    return expression;
  }

  private readonly readers: Record<string, (node: SyntaxNode) => Expression> = {
    NumberDurationLiteral: (node) => ({ kind: 'number', value: numberLiteral(this.text(node)) }),
    StringLiteral: (node) => ({ kind: 'string', value: this.string(node) }),
    ParenExpr: (node) => ({ kind: 'paren', of: this.expression(children(node)[0]!) }),
    UnaryExpr: (node) => this.unary(node),
    BinaryExpr: (node) => this.binary(node),
    VectorSelector: (node) => this.selector(node),
    MatrixSelector: (node) => this.matrix(node),
    SubqueryExpr: (node) => this.subquery(node),
    OffsetExpr: (node) => this.offset(node),
    StepInvariantExpr: (node) => this.at(node),
    FunctionCall: (node) => this.call(node),
    AggregateExpr: (node) => this.aggregation(node),
  };

  private text(node: SyntaxNode): string {
    return this.query.slice(node.from, node.to);
  }

  private string(node: SyntaxNode): string {
    try {
      return stringLiteral(this.text(node));
    } catch (cause) {
      throw this.error(node, (cause as Error).message);
    }
  }

  private error(node: SyntaxNode, message: string): PromqlError {
    return this.errorAt(node.from, message);
  }

  errorAt(position: number, message: string): PromqlError {
    const before = this.query.slice(0, position).split('\n');
    return new PromqlError('bad_data', `${before.length}:${before.at(-1)!.length + 1}: parse error: ${message}`);
  }

  private unary(node: SyntaxNode): Expression {
    const [sign, operand] = children(node);
    const of = this.expression(operand!);
    return this.text(sign!) === '-' ? { kind: 'negation', of } : of;
  }

  private binary(node: SyntaxNode): Expression {
    const parts = children(node);
    const left = this.expression(parts[0]!);
    const right = this.expression(parts.at(-1)!);
    if (parts.some((part) => part.name === 'FillModifier')) throw this.error(node, 'fill modifiers are not supported');
    const clause = parts.find((part) => part.name === 'MatchingModifierClause');
    const whole: Binary = {
      kind: 'binary',
      op: this.text(parts[1]!).toLowerCase(),
      bool: parts.some((part) => part.name === 'BoolModifier'),
      matching: clause ? this.matching(clause) : { on: false, labels: [], include: [] },
      left,
      right,
    };
    return this.signBindsLooser(whole, parts[0]!);
  }

  /** The grammar reads `-1 ^ 2` as `(-1) ^ 2`; in PromQL the sign binds looser than the power. */
  private signBindsLooser(whole: Binary, first: SyntaxNode): Expression {
    const negative = first.name === 'NumberDurationLiteral' && this.text(first).startsWith('-');
    if (whole.op !== '^' || !negative || whole.left.kind !== 'number') return whole;
    return { kind: 'negation', of: { ...whole, left: { kind: 'number', value: -whole.left.value } } };
  }

  private matching(clause: SyntaxNode): Matching {
    const parts = children(clause);
    const sideAt = parts.findIndex((part) => part.name === 'GroupLeft' || part.name === 'GroupRight');
    const labels = parts[1] ? this.labelNames(parts[1]) : [];
    const on = parts[0]!.name === 'On';
    if (sideAt < 0) return { on, labels, include: [] };
    const includeNode = parts[sideAt + 1];
    return {
      on,
      labels,
      many: parts[sideAt]!.name === 'GroupLeft' ? 'left' : 'right',
      include: includeNode ? this.labelNames(includeNode) : [],
    };
  }

  private labelNames(grouping: SyntaxNode): string[] {
    return children(grouping).map((one) =>
      one.name === 'QuotedLabelName' ? this.string(children(one)[0]!) : this.text(one),
    );
  }

  private selector(node: SyntaxNode): VectorSelector {
    const matchers: Matcher[] = [];
    for (const part of children(node)) {
      if (part.name === 'Identifier') matchers.push(matcher(METRIC_NAME, '=', this.text(part)));
      else matchers.push(...children(part).map((one) => this.matcher(one)));
    }
    if (matchers.every((one) => one.test(''))) {
      throw this.error(node, 'vector selector must contain at least one non-empty matcher');
    }
    return { kind: 'selector', matchers, offsetMs: 0 };
  }

  private matcher(node: SyntaxNode): Matcher {
    if (node.name === 'QuotedLabelName') return matcher(METRIC_NAME, '=', this.string(children(node)[0]!));
    const [name, op, value] = children(node);
    const label = name!.name === 'QuotedLabelName' ? this.string(children(name!)[0]!) : this.text(name!);
    const pattern = this.string(value!);
    try {
      return matcher(label, this.text(op!) as MatchOp, pattern);
    } catch (cause) {
      throw this.error(value!, `error parsing regexp: ${(cause as Error).message}`);
    }
  }

  private matrix(node: SyntaxNode): Expression {
    const [inner, range] = children(node);
    const rangeMs = this.duration(range!);
    if (rangeMs <= 0) throw this.error(range!, 'duration must be greater than 0');
    return onLastOperand(this.expression(inner!), (selector) => {
      if (selector.kind !== 'selector') throw this.error(node, 'ranges only allowed for vector selectors');
      if (selector.offsetMs !== 0) throw this.error(node, 'no offset modifiers allowed before range');
      return { kind: 'matrix', selector, rangeMs };
    });
  }

  private subquery(node: SyntaxNode): Expression {
    const [inner, range, step] = children(node);
    const rangeMs = this.duration(range!);
    const stepMs = step ? this.duration(step) : undefined;
    return onLastOperand(this.expression(inner!), (of) => ({ kind: 'subquery', of, rangeMs, stepMs, offsetMs: 0 }));
  }

  private offset(node: SyntaxNode): Expression {
    const parts = children(node);
    const offsetMs = this.duration(parts.at(-1)!);
    return this.moved(node, this.expression(parts[0]!), (moment) => {
      moment.offsetMs = offsetMs;
    });
  }

  private at(node: SyntaxNode): Expression {
    const [inner, , time] = children(node);
    const text = this.text(time!).toLowerCase();
    const at = text === 'start' || text === 'end' ? text : Math.round(numberLiteral(text) * 1000);
    return this.moved(node, this.expression(inner!), (moment) => {
      moment.at = at;
    });
  }

  private moved(node: SyntaxNode, inner: Expression, change: (moment: Moment) => void): Expression {
    return onLastOperand(inner, (of) => {
      if (of.kind === 'matrix') change(of.selector);
      else if (of.kind === 'selector' || of.kind === 'subquery') change(of);
      else {
        const what = node.name === 'OffsetExpr' ? 'offset' : '@';
        throw this.error(node, `${what} modifier must be preceded by a selector or a subquery, got ${of.kind} instead`);
      }
      return of;
    });
  }

  private duration(node: SyntaxNode): number {
    const text = this.text(node).replace(/\s/g, '');
    const seconds = /^[-+]?[\w.]+$/.test(text) ? numberLiteral(text) : Number.NaN;
    if (!Number.isFinite(seconds)) throw this.error(node, `the sandbox's Prometheus does not support duration ${text}`);
    return Math.round(seconds * 1000);
  }

  private call(node: SyntaxNode): Expression {
    const [name, body] = children(node);
    return { kind: 'call', name: this.text(name!), args: children(body!).map((arg) => this.expression(arg)) };
  }

  private aggregation(node: SyntaxNode): Aggregation {
    const parts = children(node);
    const args = children(parts.find((part) => part.name === 'FunctionCallBody')!).map((arg) => this.expression(arg));
    const modifier = parts.find((part) => part.name === 'AggregateModifier');
    const [word, grouping] = modifier ? children(modifier) : [];
    const op = this.text(parts[0]!).toLowerCase();
    if (args.length === 0) throw this.error(node, 'no arguments for aggregate expression provided');
    if (args.length > 2) throw this.error(node, `wrong number of arguments for aggregate expression provided`);
    return {
      kind: 'aggregation',
      op,
      param: args.length === 2 ? args[0] : undefined,
      of: args.at(-1)!,
      labels: grouping ? this.labelNames(grouping) : [],
      without: word?.name === 'Without',
    };
  }
}

/** The grammar hangs postfixes on the whole of `-a[5m]` or `a + b offset 1h`; in PromQL they belong to the last operand. */
function onLastOperand(expression: Expression, change: (operand: Expression) => Expression): Expression {
  if (expression.kind === 'negation') return { ...expression, of: onLastOperand(expression.of, change) };
  if (expression.kind === 'binary') return { ...expression, right: onLastOperand(expression.right, change) };
  return change(expression);
}
