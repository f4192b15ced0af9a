/** A pattern in which some characters stand for others. */
export interface Glob {
  matches(text: string): boolean;
  /**
   * How many characters have to be tried at every place of a text: those between two `*` when a `?` is among them. All
   * else is found in linear time.
   */
  readonly tried: number;
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
  if (tokens.includes(ANY_CHARACTER)) return compileMarked(pieces.map(characters));
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
  if (tail === undefined) return { matches: (text) => text === head, tried: 0 };
  const least = pieces.reduce((sum, { length }) => sum + length, 0);
  const matches = (text: string) => {
    if (text.length < least || !text.startsWith(head) || !text.endsWith(tail)) return false;
    let from = head.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, from);
      if (found < 0) return false;
      from = found + piece.length;
    }
    return from <= text.length - tail.length;
  };
  return { matches, tried: 0 };
}

/** No character has that number. */
const ANY = -1;

/** Code points: an emoji is one character, too. */
function characters(piece: Piece): number[] {
  return piece.flatMap((token) => (token === ANY_CHARACTER ? [ANY] : Array.from(token, codePoint)));
}

function codePoint(character: string): number {
  return character.codePointAt(0) as number; // never empty
}

function compileMarked(pieces: readonly (readonly number[])[]): Glob {
  const [head = [], ...rest] = pieces;
  const tail = rest.pop();
  const tried = rest.filter((piece) => piece.includes(ANY)).reduce((sum, { length }) => sum + length, 0);
  const least = pieces.reduce((sum, { length }) => sum + length, 0);
  const matches = (text: string) => {
    const subject = Array.from(text, codePoint);
    if (subject.length < least || !isAt(subject, head, 0)) return false;
    if (tail === undefined) return subject.length === least;
    const end = subject.length - tail.length;
    if (!isAt(subject, tail, end)) return false;
    let from = head.length;
    for (const piece of rest) {
      while (from + piece.length <= end && !isAt(subject, piece, from)) from += 1;
      from += piece.length;
    }
    return from <= end;
  };
  return { matches, tried };
}

function isAt(subject: readonly number[], piece: readonly number[], at: number): boolean {
  for (let index = 0; index < piece.length; index += 1) {
    if (piece[index] !== ANY && piece[index] !== subject[at + index]) return false;
  }
  return true;
}
