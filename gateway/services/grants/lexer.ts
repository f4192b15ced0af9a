import { Failure } from '../../../metadata/index.ts';

/** A piece of a statement. */
export interface Token {
  /** `name`: one in double quotes. */
  readonly kind: 'word' | 'name' | 'string' | 'symbol' | 'end';
  /** Without quotes. */
  readonly text: string;
  /** Where it begins. */
  readonly at: number;
}

const BLANK = /\s+|--[^\n]*|\/\*[\s\S]*?\*\//y;
const PIECES: readonly (readonly [kind: Token['kind'], pattern: RegExp])[] = [
  ['word', /[A-Za-z0-9_][A-Za-z0-9_.@+-]*/y],
  ['name', /"(?:[^"]|"")*"/y],
  ['string', /'(?:[^']|'')*'/y],
  ['symbol', /[,;]/y],
];
const UNFINISHED: Readonly<Record<string, string>> = {
  '"': 'a name that ends with "',
  "'": "a string that ends with '",
  '/': 'a comment that ends with */',
};

/** Cuts statements into pieces; the last is their end. @throws Failure `InvalidRequest`, saying where */
export function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = skipBlanks(text, 0);
  while (at < text.length) {
    const [kind, piece] = readPiece(text, at);
    tokens.push({ kind, text: unquoted(kind, piece), at });
    at = skipBlanks(text, at + piece.length);
  }
  return [...tokens, { kind: 'end', text: '', at }];
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  for (;;) {
    const blank = matchAt(BLANK, text, at);
    if (blank === undefined) return at;
    at += blank.length;
  }
}

function readPiece(text: string, at: number): [Token['kind'], string] {
  for (const [kind, pattern] of PIECES) {
    const piece = matchAt(pattern, text, at);
    if (piece !== undefined) return [kind, piece];
  }
  const first = text[at] ?? '';
  const isComment = first !== '/' || text.startsWith('/*', at);
  const expected = (isComment ? UNFINISHED[first] : undefined) ?? 'a word, a name or a string';
  throw syntaxError(text, { at, expected, found: `'${String.fromCodePoint(text.codePointAt(at) ?? 0)}'` });
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function unquoted(kind: Token['kind'], piece: string): string {
  if (kind === 'name') return piece.slice(1, -1).replaceAll('""', '"');
  return kind === 'string' ? piece.slice(1, -1).replaceAll("''", "'") : piece;
}

/** Says the line, the column and what was expected there. */
export function syntaxError(
  text: string,
  { at, expected, found }: { at: number; expected: string; found: string },
): Failure {
  const before = text.slice(0, at).split('\n');
  const column = [...(before.at(-1) ?? '')].length + 1;
  const message = `Line ${before.length}, column ${column}: expected ${expected}, but found ${found}.`;
  return new Failure('InvalidRequest', message, { Field: '/statements' });
}
