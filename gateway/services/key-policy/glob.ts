/** A pattern in which `*` is any text and `?` is any one character. */
export interface Glob {
  matches(text: string): boolean;
  /**
   * How many characters have to be tried at every place of a text: those between two `*` when a `?` is among them. All
   * else is found in linear time.
   */
  readonly tried: number;
}

export function compileGlob(pattern: string): Glob {
  if (!pattern.includes('?')) return compilePlain(pattern.split('*'));
  return compileMarked(pattern.split('*').map(characters));
}

/** Without `?`: the engine's own search finds the pieces. */
function compilePlain(pieces: readonly string[]): Glob {
  const [head = '', ...rest] = pieces;
  const tail = rest.pop();
  if (tail === undefined) return { matches: (text) => text === head, tried: 0 };
  const least = pieces.reduce((sum, { length }) => sum + length, 0);
  const matches = (text: string) => {
    if (text.length < least || !text.startsWith(head)) return false;
    if (tail !== '' && !text.endsWith(tail)) return false;
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
function characters(text: string): number[] {
  return Array.from(text, (character) => (character === '?' ? ANY : (character.codePointAt(0) as number))); // never empty
}

function compileMarked(pieces: readonly (readonly number[])[]): Glob {
  const [head = [], ...rest] = pieces;
  const tail = rest.pop();
  const tried = rest.filter((piece) => piece.includes(ANY)).reduce((sum, { length }) => sum + length, 0);
  const least = pieces.reduce((sum, { length }) => sum + length, 0);
  const matches = (text: string) => {
    const subject = Array.from(text, (character) => character.codePointAt(0) as number); // never empty
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
