/** A pattern in which some characters stand for others. */
export interface Glob {
  matches(text: string): boolean;
  /** How many characters have to be tried at every place of a text: those between two `*` when a `?` is among them. */
  readonly tried: number;
  /** How many other pieces between two `*` a text is searched for. */
  readonly searched: number;
}

export const ANY_TEXT: unique symbol = Symbol('*');
export const ANY_CHARACTER: unique symbol = Symbol('?');

/** What stands for itself, or for any text, or for any one character. */
export type Token = string | typeof ANY_TEXT | typeof ANY_CHARACTER;
type Piece = readonly (string | typeof ANY_CHARACTER)[];

const WILDCARDS: ReadonlyMap<string, Token> = new Map<string, Token>([
  ['*', ANY_TEXT],
  ['?', ANY_CHARACTER],
]);

/** The tokens of a pattern in which `*` is any text and `?` is any one character. */
export function tokenize(pattern: string): Token[] {
  const parts = pattern.split(/([*?])/).filter((part) => part !== '');
  return parts.map((part) => WILDCARDS.get(part) ?? part);
}

export function compileGlob(pattern: string): Glob {
  return compileTokens(tokenize(pattern));
}

export function compileTokens(tokens: readonly Token[]): Glob {
  const pieces = splitAtAnyText(tokens);
  if (tokens.includes(ANY_CHARACTER)) return compileMarked(pieces);
  return compilePlain(pieces.map((piece) => piece.join('')));
}

function splitAtAnyText(tokens: readonly Token[]): Piece[] {
  let piece: (string | typeof ANY_CHARACTER)[] = [];
  const pieces: Piece[] = [piece];
  for (const token of tokens) {
    if (token === ANY_TEXT) {
      piece = [];
      pieces.push(piece);
    } else piece.push(token);
  }
  return pieces;
}

/** Without wildcards for one character: the engine's own search finds the pieces. */
function compilePlain(pieces: readonly string[]): Glob {
  const [head = '', ...rest] = pieces;
  const tail = rest.pop();
  if (tail === undefined) return { matches: (text) => text === head, tried: 0, searched: 0 };
  const least = pieces.reduce((sum, { length }) => sum + length, 0);
  // Resources of one bucket begin alike: they differ at the end of what they begin with.
  const mark = Math.max(head.length - 1, 0);
  const marked = head === '' ? undefined : head.charCodeAt(mark);
  const matches = (text: string) => {
    if (text.length < least || (marked !== undefined && text.charCodeAt(mark) !== marked)) return false;
    if (!text.startsWith(head) || !text.endsWith(tail)) return false;
    let from = head.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, from);
      if (found < 0) return false;
      from = found + piece.length;
    }
    return from <= text.length - tail.length;
  };
  return { matches, tried: 0, searched: rest.length };
}

const NOWHERE = -1;

function compileMarked(pieces: readonly Piece[]): Glob {
  const [head = [], ...rest] = pieces;
  const tail = rest.pop();
  const backwards = tail?.toReversed();
  const marked = rest.filter((piece) => piece.includes(ANY_CHARACTER));
  const tried = marked.reduce((sum, piece) => sum + countCharacters(piece), 0);
  const matches = (text: string) => {
    let from = endOf(text, head, 0);
    if (backwards === undefined || from === NOWHERE) return from === text.length;
    const end = startOf(text, backwards);
    for (const piece of rest) {
      if (from === NOWHERE) return false;
      from = search(text, piece, from);
    }
    return from !== NOWHERE && from <= end;
  };
  return { matches, tried, searched: rest.length - marked.length };
}

function countCharacters(piece: Piece): number {
  return piece.reduce((sum, token) => sum + (token === ANY_CHARACTER ? 1 : Array.from(token).length), 0);
}

/** Where the first place behind which a piece stands ends. */
function search(text: string, piece: Piece, from: number): number {
  for (let at = from; at <= text.length; at += widthAt(text, at)) {
    const end = endOf(text, piece, at);
    if (end !== NOWHERE) return end;
  }
  return NOWHERE;
}

/** Where a piece that stands at a place ends. */
function endOf(text: string, piece: Piece, at: number): number {
  let end = at;
  for (const token of piece) {
    if (token === ANY_CHARACTER) end += widthAt(text, end);
    else if (text.startsWith(token, end)) end += token.length;
    else return NOWHERE;
    if (end > text.length) return NOWHERE;
  }
  return end;
}

/** Where a piece that a text ends with begins. @param backwards its tokens, the last first */
function startOf(text: string, backwards: Piece): number {
  let start = text.length;
  for (const token of backwards) {
    if (token === ANY_CHARACTER) start -= isPair(text, start - 2) ? 2 : 1;
    else if (text.endsWith(token, start)) start -= token.length;
    else return NOWHERE;
    if (start < 0) return NOWHERE;
  }
  return start;
}

/** An emoji is one character, too. */
function widthAt(text: string, at: number): number {
  return isPair(text, at) ? 2 : 1;
}

function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}
