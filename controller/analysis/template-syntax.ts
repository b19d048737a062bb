/** Second stage of query templates: tokens into a tree. The grammar is the part of Go's text/template of spec 4.3. */
import { type Piece, TemplateError, type Token, tokenize } from './template-tokens';

export type Node =
  | { kind: 'literal'; text: string }
  | { kind: 'output'; pipe: Pipe }
  | { kind: 'if' | 'with'; pipe: Pipe; body: Node[]; otherwise: Node[] }
  | { kind: 'range'; pipe: Pipe; body: Node[]; otherwise: Node[] };

export interface Pipe {
  /** `$x :=`, or `$k, $v :=` of a range; `assigns` for `$x =`. */
  declares: string[];
  assigns: boolean;
  commands: Operand[][];
  at: number;
}

export interface Operand {
  base:
    | { kind: 'constant'; value: string | number | boolean | undefined }
    | { kind: 'dot' }
    | { kind: 'variable'; name: string }
    | { kind: 'function'; name: string }
    | { kind: 'pipe'; pipe: Pipe };
  /** `.a.b` after the base. */
  fields: Array<{ name: string; at: number }>;
  at: number;
}

const UNSUPPORTED = new Set(['define', 'template', 'block', 'break', 'continue']);
const CONSTANTS: Record<string, boolean | undefined> = { true: true, false: false, nil: undefined };

/**
 * @param isFunction whether an identifier names a function; anything else is an error.
 * @throws TemplateError with line and column.
 */
export function parseTemplate(source: string, isFunction: (name: string) => boolean): Node[] {
  return new Parser(source, tokenize(source), isFunction).all();
}

/** Of parentheses and blocks; no honest query comes near. */
const MAX_NESTING = 100;

class Parser {
  private position = 0;
  private depth = 0;

  constructor(
    private readonly source: string,
    private readonly pieces: Piece[],
    private readonly isFunction: (name: string) => boolean,
  ) {}

  all(): Node[] {
    const { nodes, stop } = this.list();
    if (stop !== undefined) throw this.error(stop.at, `unexpected {{${stop.text}}}`);
    return nodes;
  }

  /** Reads up to `end`, `else` or the end of the text; `rest` are the tokens after the stopping word. */
  private list(): { nodes: Node[]; stop?: Token; rest: Token[] } {
    const nodes: Node[] = [];
    while (this.position < this.pieces.length) {
      const piece = this.pieces[this.position++]!;
      if ('literal' in piece) {
        nodes.push({ kind: 'literal', text: piece.literal });
        continue;
      }
      const [first, ...rest] = piece.tokens;
      if (first === undefined) throw this.error(piece.at, 'missing value for command: the action is empty');
      if (first.kind === 'word' && (first.text === 'end' || first.text === 'else')) return { nodes, stop: first, rest };
      nodes.push(this.action(first, rest, piece));
    }
    return { nodes, rest: [] };
  }

  private action(first: Token, rest: Token[], piece: { tokens: Token[]; at: number }): Node {
    const word = first.kind === 'word' ? first.text : '';
    if (word === 'if' || word === 'with' || word === 'range') {
      return this.nested(piece.at, () => this.block(word, rest, piece.at));
    }
    if (UNSUPPORTED.has(word)) throw this.error(first.at, `{{${word}}} is not supported in query templates`);
    return { kind: 'output', pipe: this.pipeOf(piece.tokens, piece.at, false) };
  }

  private block(kind: 'if' | 'with' | 'range', tokens: Token[], at: number): Node {
    const pipe = this.pipeOf(tokens, at, kind === 'range');
    const body = this.list();
    let otherwise: Node[] = [];
    let { stop, rest } = body;
    if (stop?.text === 'else') {
      const [word, ...condition] = rest;
      if (word !== undefined) {
        if (word.text !== kind || kind === 'range') throw this.error(word.at, `unexpected "${word.text}" after else`);
        // `else if` shares the `end` of its block
        return {
          kind,
          pipe,
          body: body.nodes,
          otherwise: [this.nested(word.at, () => this.block(kind, condition, word.at))],
        };
      }
      ({ nodes: otherwise, stop, rest } = this.list());
    }
    if (stop === undefined) throw this.error(at, `{{${kind}}} has no {{end}}`);
    if (stop.text !== 'end') throw this.error(stop.at, 'a second {{else}}');
    if (rest[0] !== undefined) throw this.error(rest[0].at, `unexpected "${rest[0].text}" in end`);
    return { kind, pipe, body: body.nodes, otherwise };
  }

  private pipeOf(tokens: Token[], at: number, inRange: boolean): Pipe {
    const cursor = new Cursor(tokens);
    const pipe = this.pipe(cursor, at, inRange);
    const left = cursor.peek();
    if (left !== undefined) throw this.error(left.at, `unexpected "${left.text}"`);
    return pipe;
  }

  private pipe(cursor: Cursor, at: number, inRange: boolean): Pipe {
    const { declares, assigns } = this.declaration(cursor, inRange);
    const commands: Operand[][] = [];
    do commands.push(this.command(cursor, at));
    while (cursor.take('sign', '|') !== undefined);
    for (const [command] of commands.slice(1)) {
      if (command?.base.kind !== 'function') throw this.error(command?.at ?? at, 'only a function can stand after "|"');
    }
    return { declares, assigns, commands, at };
  }

  private declaration(cursor: Cursor, inRange: boolean): { declares: string[]; assigns: boolean } {
    const names: string[] = [];
    const start = cursor.mark();
    for (let name = cursor.take('variable'); name !== undefined; name = cursor.take('variable')) {
      names.push(name.text);
      if (names.length === (inRange ? 2 : 1) || cursor.take('sign', ',') === undefined) break;
    }
    if (names.length > 0 && cursor.take('sign', ':=') !== undefined) return { declares: names, assigns: false };
    if (names.length === 1 && cursor.take('sign', '=') !== undefined) return { declares: names, assigns: true };
    cursor.reset(start);
    return { declares: [], assigns: false };
  }

  private command(cursor: Cursor, at: number): Operand[] {
    const operands: Operand[] = [];
    for (;;) {
      const next = cursor.peek();
      if (next === undefined || (next.kind === 'sign' && (next.text === '|' || next.text === ')'))) break;
      operands.push(this.operand(cursor));
    }
    const [first, second] = operands;
    if (first === undefined) throw this.error(cursor.peek()?.at ?? at, 'missing value for command');
    if (second !== undefined && (first.base.kind !== 'function' || first.fields.length > 0)) {
      throw this.error(second.at, 'only a function can have arguments');
    }
    return operands;
  }

  private operand(cursor: Cursor): Operand {
    const token = cursor.next();
    const base = this.base(token, cursor);
    const fields = token.kind === 'field' ? [{ name: token.text, at: token.at }] : [];
    for (let next = cursor.peek(); next?.kind === 'field' && !next.spaced; next = cursor.peek()) {
      fields.push({ name: next.text, at: next.at });
      cursor.next();
    }
    return { base, fields, at: token.at };
  }

  private base(token: Token, cursor: Cursor): Operand['base'] {
    switch (token.kind) {
      case 'string':
        return { kind: 'constant', value: token.text };
      case 'number':
        return { kind: 'constant', value: Number(token.text) };
      case 'dot':
      case 'field':
        return { kind: 'dot' };
      case 'variable':
        return { kind: 'variable', name: token.text };
      case 'word':
        if (Object.hasOwn(CONSTANTS, token.text)) return { kind: 'constant', value: CONSTANTS[token.text] };
        if (this.isFunction(token.text)) return { kind: 'function', name: token.text };
        throw this.error(token.at, `function "${token.text}" not defined`);
      default:
        return this.parenthesised(token, cursor);
    }
  }

  private parenthesised(token: Token, cursor: Cursor): Operand['base'] {
    if (token.text !== '(') throw this.error(token.at, `unexpected "${token.text}"`);
    const pipe = this.nested(token.at, () => this.pipe(cursor, token.at, false));
    if (cursor.take('sign', ')') === undefined) throw this.error(token.at, 'unclosed "("');
    return { kind: 'pipe', pipe };
  }

  /** @throws TemplateError before the stack is used up. */
  private nested<T>(at: number, work: () => T): T {
    if (++this.depth > MAX_NESTING) throw this.error(at, `nested more than ${MAX_NESTING} deep`);
    const found = work();
    this.depth--;
    return found;
  }

  private error(at: number, what: string): TemplateError {
    return new TemplateError(this.source, at, what);
  }
}

class Cursor {
  private index = 0;
  constructor(private readonly tokens: Token[]) {}

  peek(): Token | undefined {
    return this.tokens[this.index];
  }

  /** Only after `peek` saw a token. */
  next(): Token {
    return this.tokens[this.index++]!;
  }

  take(kind: Token['kind'], text?: string): Token | undefined {
    const token = this.peek();
    if (token?.kind !== kind || (text !== undefined && token.text !== text)) return undefined;
    this.index++;
    return token;
  }

  mark(): number {
    return this.index;
  }

  reset(mark: number): void {
    this.index = mark;
  }
}
