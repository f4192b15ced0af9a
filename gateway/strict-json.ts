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
  const text = decodeJson(bytes);
  const value = parse(text);
  new JsonScan(text, { maxDepth }).run();
  return value;
}

/** @throws InvalidJson */
export function decodeJson(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new InvalidJson('The body is not UTF-8.', { cause });
  }
}

/** As JSON.parse. @throws InvalidJson */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidJson(undefined, { cause });
  }
}

/** How often it is asked whether it is somebody else's turn. */
const MARKS_BETWEEN = 2000;
/** Half a surrogate pair is in no UTF-8: only an escape can make one. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

export interface JsonScanOptions {
  readonly maxDepth: number;
  /** Told where each object of the text begins and ends. */
  readonly onObject?: ((start: number, end: number, place: ScannedPlace) => void) | undefined;
}

/** Where in a text an object is. */
export interface ScannedPlace {
  /** How many objects and arrays it is in. */
  readonly depth: number;
  /** Whether it is an element of an array. */
  readonly isInArray: boolean;
  /** What the member of the outermost object is called that it is in. */
  readonly member: string;
}

/** Goes over the marks of a text that is JSON or nearly, and refuses what is ambiguous. It may do so bit by bit. */
export class JsonScan {
  readonly #text: string;
  readonly #options: JsonScanOptions;
  readonly #mayHaveSurrogates: boolean;
  /** The names of objects; undefined for arrays. With where they begin. */
  readonly #open: { readonly names: Set<string> | undefined; readonly start: number }[] = [];
  #at = 0;
  #lastString = '';
  #member = '';

  constructor(text: string, options: JsonScanOptions) {
    this.#text = text;
    this.#options = options;
    this.#mayHaveSurrogates = SURROGATE_ESCAPE.test(text);
  }

  /** Whether it is through; false where it was told to stop, and may go on. @throws InvalidJson */
  run(isDue: () => boolean = () => false): boolean {
    MARK.lastIndex = this.#at;
    for (let seen = 1; ; seen += 1) {
      const match = MARK.exec(this.#text);
      if (match === null) return true;
      this.#take(match[0], match.index);
      if (seen % MARKS_BETWEEN === 0 && isDue()) break;
    }
    this.#at = MARK.lastIndex;
    return false;
  }

  #take(mark: string, at: number): void {
    if (mark === '"') this.#takeString(at);
    else if (mark === ':') this.#takeName(readString(this.#lastString));
    else if (mark === '}' || mark === ']') this.#close(at);
    else {
      this.#open.push({ names: mark === '{' ? new Set() : undefined, start: at });
      if (this.#open.length > this.#options.maxDepth) throw new InvalidJson('The body is nested too deep.');
    }
  }

  #takeString(start: number): void {
    const end = endOfString(this.#text, start);
    MARK.lastIndex = end;
    this.#lastString = this.#text.slice(start, end);
    if (this.#mayHaveSurrogates) requireUnicode(readString(this.#lastString));
  }

  #takeName(name: string): void {
    if (this.#open.length === 1) this.#member = name;
    addName(this.#open.at(-1)?.names, name);
  }

  #close(at: number): void {
    const closed = this.#open.pop();
    if (closed?.names === undefined) return;
    const isInArray = this.#open.length > 0 && this.#open.at(-1)?.names === undefined;
    const place = { depth: this.#open.length, isInArray, member: this.#member };
    this.#options.onObject?.(closed.start, at + 1, place);
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
    if (quote < 0) throw new InvalidJson(undefined);
    let escapes = 0;
    while (text[quote - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
  }
}

/** A string in quotes. */
function readString(token: string): string {
  return token.includes('\\') ? (parse(token) as string) : token.slice(1, -1); // the token is a string
}

function requireUnicode(text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw new InvalidJson('A text is not Unicode.');
}
