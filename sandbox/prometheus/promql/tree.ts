import { parser } from '@prometheus-io/lezer-promql';

/** The grammar's own types: naming @lezer/common here would pick its other copy of the same declarations. */
export type Tree = ReturnType<typeof parser.parse>;
export type SyntaxNode = Tree['topNode'];

export function syntaxTree(query: string): Tree {
  return parser.parse(query);
}
