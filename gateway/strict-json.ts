/** No document of ours is deeper; what walks over one may trust that. */
const MAX_DEPTH = 32;
/** A string, or what begins, ends or names something. Nothing else of a JSON text holds such characters. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

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
 * @throws InvalidJson
 */
export function parseStrictJson(bytes: Buffer): unknown {
  const text = decode(bytes);
  const value = parse(text);
  refuseAmbiguous(text);
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

/** Goes over the tokens of a text that is JSON. */
function refuseAmbiguous(text: string): void {
  const objects: Set<string>[] = [];
  let lastString = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') objects.push(new Set());
    else if (token === '}' || token === ']') objects.pop();
    else if (token === ':') addName(objects.at(-1), lastString);
    else lastString = readString(token);
    if (objects.length > MAX_DEPTH) throw new InvalidJson('The body is nested too deep.');
  }
}

function addName(names: Set<string> | undefined, name: string): void {
  if (name === '__proto__') throw new InvalidJson('A field has a name that is not allowed.');
  if (names?.has(name)) throw new InvalidJson('A field comes twice.');
  names?.add(name);
}

function readString(token: string): string {
  const text = JSON.parse(token) as string; // the token is a string in quotes
  if (hasLoneSurrogate(text)) throw new InvalidJson('A text is not Unicode.');
  return text;
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
