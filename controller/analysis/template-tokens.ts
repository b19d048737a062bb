/** First stage of query templates: text into literal pieces and actions made of tokens. */

/** What is wrong with a template, and where. */
export class TemplateError extends Error {
  constructor(source: string, offset: number, what: string) {
    const before = source.slice(0, offset).split('\n');
    super(`line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${what}`);
    this.name = 'TemplateError';
  }
}

export interface Token {
  kind: 'word' | 'field' | 'dot' | 'variable' | 'string' | 'number' | 'sign';
  /** A field without its dot, a variable with its dollar, a string without quotes and escapes. */
  text: string;
  /** Offset in the source. */
  at: number;
  /** False when it touches the token before it: `variables.x` but not `variables .x`. */
  spaced: boolean;
}

export type Piece = { literal: string } | { tokens: Token[]; at: number };

const TOKENS: Array<[Token['kind'] | 'space', RegExp]> = [
  ['space', /\s+/y],
  ['string', /"(?:\\.|[^"\\\n])*"|`[^`]*`/y],
  ['number', /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y],
  ['field', /\.[A-Za-z_]\w*/y],
  ['dot', /\./y],
  ['variable', /\$\w*/y],
  ['word', /[A-Za-z_]\w*/y],
  ['sign', /:=|[=,|()]/y],
];

/** @throws TemplateError for an unclosed action or a character that no action may have. */
export function tokenize(source: string): Piece[] {
  const pieces: Piece[] = [];
  let offset = 0;
  let trimNext = false;
  for (;;) {
    const open = source.indexOf('{{', offset);
    let literal = source.slice(offset, open < 0 ? source.length : open);
    if (trimNext) literal = literal.trimStart();
    const trimsLeft = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4));
    if (trimsLeft) literal = literal.trimEnd();
    if (literal !== '') pieces.push({ literal });
    if (open < 0) return pieces;
    const action = readAction(source, open, open + (trimsLeft ? 4 : 2));
    if (action.tokens !== undefined) pieces.push({ tokens: action.tokens, at: open });
    trimNext = action.trimsRight;
    offset = action.end;
  }
}

interface Action {
  /** Absent for a comment. */
  tokens?: Token[];
  trimsRight: boolean;
  end: number;
}

function readAction(source: string, open: number, start: number): Action {
  if (source.startsWith('/*', start)) return readComment(source, open, start);
  const tokens: Token[] = [];
  let at = start;
  let spaced = true;
  for (;;) {
    const close = matchAt(/(\s-)?\}\}/y, source, at);
    if (close !== undefined) return { tokens, trimsRight: close.length > 2, end: at + close.length };
    if (at >= source.length) throw new TemplateError(source, open, 'unclosed action, "}}" is missing');
    const { kind, text } = readToken(source, at);
    if (kind === 'space') spaced = true;
    else {
      tokens.push({ kind, text: plain(kind, text, source, at), at, spaced });
      spaced = false;
    }
    at += spaceBeforeTrim(kind, text, source, at);
  }
}

/** A space that belongs to ` -}}` must stay for the closing marker. */
function spaceBeforeTrim(kind: Token['kind'] | 'space', text: string, source: string, at: number): number {
  const leaves = kind === 'space' && text.length > 1 && source.startsWith('-}}', at + text.length);
  return text.length - (leaves ? 1 : 0);
}

function readComment(source: string, open: number, start: number): Action {
  const end = source.indexOf('*/', start);
  const close = end < 0 ? undefined : matchAt(/(\s-)?\}\}/y, source, end + 2);
  if (close === undefined) throw new TemplateError(source, open, 'unclosed comment, "*/}}" is missing');
  return { trimsRight: close.length > 2, end: end + 2 + close.length };
}

function readToken(source: string, at: number): { kind: Token['kind'] | 'space'; text: string } {
  for (const [kind, pattern] of TOKENS) {
    const text = matchAt(pattern, source, at);
    if (text !== undefined) return { kind, text };
  }
  const found = source[at] ?? '';
  throw new TemplateError(source, at, found === '"' ? 'unterminated string' : `unexpected ${JSON.stringify(found)}`);
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

function plain(kind: Token['kind'], text: string, source: string, at: number): string {
  if (kind === 'field') return text.slice(1);
  if (kind !== 'string') return text;
  if (text.startsWith('`')) return text.slice(1, -1);
  return unquote(text.slice(1, -1), source, at);
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\', "'": "'" };

function unquote(body: string, source: string, at: number): string {
  return body.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/g, (_, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    const plainText = ESCAPES[code];
    if (plainText === undefined) throw new TemplateError(source, at, `unknown escape "\\${code}" in a string`);
    return plainText;
  });
}
