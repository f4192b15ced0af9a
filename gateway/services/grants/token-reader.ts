import type { Failure } from '../../../metadata/index.ts';
import { readTokens, syntaxError, type Token } from './lexer.ts';

/** More would be no message any more. */
const MAX_QUOTED = 40;

/** Reads statements piece by piece. Whatever it does not find it throws as a Failure `InvalidRequest`. */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = readTokens(text);
  }

  peek(): Token {
    return this.#tokens[this.#next] as Token; // the last is the end, and is never gone past
  }

  take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#next += 1;
    return token;
  }

  /** Whether it goes on with that keyword, in whatever case. */
  isAt(keyword: string): boolean {
    const { kind, text } = this.peek();
    return kind === 'word' && text.toUpperCase() === keyword;
  }

  isAtSymbol(symbol: ',' | ';'): boolean {
    const { kind, text } = this.peek();
    return kind === 'symbol' && text === symbol;
  }

  /** Goes past keywords if they are all there; looks at the first alone, and insists on the rest. */
  skip(first: string, ...rest: string[]): boolean {
    if (!this.isAt(first)) return false;
    this.take();
    for (const keyword of rest) this.expect(keyword);
    return true;
  }

  expect(...keywords: string[]): string {
    const found = keywords.find((keyword) => this.isAt(keyword));
    if (found === undefined) throw this.refuse(oneOf(keywords));
    this.take();
    return found;
  }

  /** A name: bare or in double quotes. */
  name(what: string, maxLength: number): string {
    const { kind, text } = this.peek();
    if ((kind !== 'word' && kind !== 'name') || text === '') throw this.refuse(what);
    if (text.length > maxLength) throw this.refuse(`${what} of at most ${maxLength} characters`);
    return this.take().text;
  }

  string(what: string): Token {
    if (this.peek().kind !== 'string') throw this.refuse(what);
    return this.take();
  }

  list<Item>(readItem: () => Item): Item[] {
    const items = [readItem()];
    while (this.isAtSymbol(',')) {
      this.take();
      items.push(readItem());
    }
    return items;
  }

  /** What is wrong with the next piece, or with the one that is given. */
  refuse(expected: string, token: Token = this.peek()): Failure {
    const found = token.kind === 'end' ? 'the end' : `'${token.text.slice(0, MAX_QUOTED)}'`;
    return syntaxError(this.#text, { at: token.at, expected, found });
  }
}

function oneOf(keywords: readonly string[]): string {
  const last = keywords.at(-1) ?? '';
  return keywords.length > 1 ? `${keywords.slice(0, -1).join(', ')} or ${last}` : last;
}
