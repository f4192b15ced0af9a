/** No message of ours is deeper; what walks over one may trust that. */
const MAX_DEPTH = 32;
/** What begins a string, or begins, ends or names something. */
const MARK = /["{}[\]:]/g;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is no JSON, or what two readers would take differently. */
export class InvalidJson extends Error {
  /** Undefined: it is no JSON at all. */
  readonly reason: string | undefined;

  /** @param options.cause may quote the text, and with it a password perhaps */
  constructor(reason: string | undefined, options?: ErrorOptions) {
    super(reason ?? 'It is not JSON.', options);
    this.name = 'InvalidJson';
    this.reason = reason;
  }
}

/**
 * Reads JSON (RFC 8259), and nothing that two readers would take differently: names that come twice, half a surrogate
 * pair, bytes that are not UTF-8, a byte order mark, and the name `__proto__`.
 * @throws InvalidJson also for more than so many levels
 */
export function parseStrictJson(bytes: Buffer, { maxDepth = MAX_DEPTH }: { readonly maxDepth?: number } = {}): unknown {
  const text = decode(bytes);
  const value = parse(text);
  refuseAmbiguous(text, maxDepth);
  return value;
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new InvalidJson('The body is not UTF-8.', { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidJson(undefined, { cause });
  }
}

/** Half a surrogate pair is in no UTF-8: only an escape can make one. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** Goes over the tokens of a text that is JSON. */
function refuseAmbiguous(text: string, maxDepth: number): void {
  const mayHaveSurrogates = SURROGATE_ESCAPE.test(text);
  const objects: (Set<string> | undefined)[] = [];
  let lastString = '';
  MARK.lastIndex = 0;
  for (let match = MARK.exec(text); match !== null; match = MARK.exec(text)) {
    const [mark] = match;
    if (mark === '{') objects.push(new Set());
    else if (mark === '[') objects.push(undefined);
    else if (mark === '}' || mark === ']') objects.pop();
    else if (mark === ':') addName(objects.at(-1), readString(lastString));
    else {
      MARK.lastIndex = endOfString(text, match.index);
      lastString = text.slice(match.index, MARK.lastIndex);
      if (mayHaveSurrogates) requireUnicode(readString(lastString));
    }
    if (objects.length > maxDepth) throw new InvalidJson('The body is nested too deep.');
  }
}

function addName(names: Set<string> | undefined, name: string): void {
  if (name === '__proto__') throw new InvalidJson('A field has a name that is not allowed.');
  if (names?.has(name)) throw new InvalidJson('A field comes twice.');
  names?.add(name);
}

/** Where a string that begins there ends, behind its quote. A pattern would not do: strings may have megabytes. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0;
    while (text[quote - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
  }
}

/** A string in quotes. */
function readString(token: string): string {
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1); // the token is a string
}

function requireUnicode(text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw new InvalidJson('A text is not Unicode.');
}
