import { PromqlError } from './error';
import type { SyntaxNode, Tree } from './tree';

/** The first thing that the grammar could not read, in Prometheus' words as far as they can be told from the tree. */
export function syntaxError(tree: Tree, query: string): PromqlError | undefined {
  if (query.replace(/#[^\n]*/g, '').trim() === '') {
    return new PromqlError('bad_data', 'unknown position: parse error: no expression found in input');
  }
  let at: SyntaxNode | undefined;
  tree.iterate({
    enter(node) {
      if (node.type.isError && !at) at = node.node;
      return !at;
    },
  });
  if (!at) return undefined;
  const name = unknownFunction(at, query);
  if (name) return located(query, at.from - name.length, `unknown function with name "${name}"`);
  return located(query, at.from, unexpected(at, query));
}

/** `foo(` reads as a selector `foo` with an error right behind it. */
function unknownFunction(error: SyntaxNode, query: string): string | undefined {
  if (!query.slice(error.from).trimStart().startsWith('(')) return undefined;
  return /[a-zA-Z_][a-zA-Z0-9_]*$/.exec(query.slice(0, error.from))?.[0];
}

function unexpected(error: SyntaxNode, query: string): string {
  const rest = query.slice(error.from).trimStart();
  const inside = error.parent?.name;
  if (rest === '') {
    const unclosed = inside === 'FunctionCallBody' || inside === 'ParenExpr';
    return unclosed ? 'unclosed left parenthesis' : `unexpected end of input${where(inside)}`;
  }
  const token = /^([a-zA-Z_:][\w:]*|[\d.]+\w*|"[^"]*"|.)/s.exec(rest)![0];
  const kind = /^[a-zA-Z_]/.test(token) ? 'identifier' : /^\d/.test(token) ? 'number' : 'character';
  return `unexpected ${kind} ${JSON.stringify(token)}${where(inside)}`;
}

function where(inside: string | undefined): string {
  if (inside === 'LabelMatchers') return ' inside braces';
  if (inside === 'GroupingLabels') return ' in grouping opts';
  return '';
}

function located(query: string, offset: number, message: string): PromqlError {
  const before = query.slice(0, offset).split('\n');
  return new PromqlError('bad_data', `${before.length}:${before.at(-1)!.length + 1}: parse error: ${message}`);
}
