import { Problem } from './problem.ts';

/** No document of ours is deeper; what walks over one may trust that. */
const MAX_DEPTH = 32;
/** A string, or what begins, ends or names something. Nothing else of a JSON text holds such characters. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a body of JSON (RFC 8259); undefined for none. What two readers would take differently is refused: names that
 * come twice, half a surrogate pair, bytes that are not UTF-8, a byte order mark, and the name `__proto__`.
 * @throws Problem `invalid-json`
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  const text = decode(bytes);
  const value = parse(text);
  refuseAmbiguous(text);
  return value;
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new Problem('invalid-json', { detail: 'The body is not UTF-8.', cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem('invalid-json', { cause }); // whose message quotes the body, and with it a password perhaps
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
    if (objects.length > MAX_DEPTH) throw new Problem('invalid-json', { detail: 'The body is nested too deep.' });
  }
}

function addName(names: Set<string> | undefined, name: string): void {
  if (name === '__proto__') throw new Problem('invalid-json', { detail: 'A field has a name that is not allowed.' });
  if (names?.has(name)) throw new Problem('invalid-json', { detail: 'A field comes twice.' });
  names?.add(name);
}

function readString(token: string): string {
  const text = JSON.parse(token) as string; // the token is a string in quotes
  if (hasLoneSurrogate(text)) throw new Problem('invalid-json', { detail: 'A text is not Unicode.' });
  return text;
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
