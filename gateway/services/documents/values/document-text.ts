import { isUtf8 } from 'node:buffer';
import { Failure } from '../../../../metadata/index.ts';
import { requireDepth } from './limits.ts';
import { documentFromJson } from './read.ts';
import type { Document } from './value.ts';

/**
 * Reads the JSON of one document (RFC 8259, Extended JSON v2), and nothing that two readers would take differently: names
 * that come twice in an object, half a surrogate pair, bytes that are not UTF-8, a byte order mark.
 * @throws Failure `InvalidDocument`
 */
export function documentFromText(bytes: Buffer): Document {
  if (!isUtf8(bytes)) throw invalid('it is not UTF-8');
  const text = bytes.toString();
  // What is too deep is refused before anything goes down into it.
  refuseAmbiguous(text);
  return documentFromJson(parse(text));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid('it is not JSON', { cause });
  }
}

const [QUOTE, BACKSLASH, COLON] = [34, 92, 58];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

/** Goes over the characters once: a text that is no JSON is for the parser to refuse. */
function refuseAmbiguous(text: string): void {
  const levels: Set<string>[] = [];
  let last: [start: number, end: number] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      last = [at, endOfString(text, at)];
      at = last[1];
    } else if (code === COLON) addName(levels.at(-1), text.slice(last[0], last[1] + 1));
    else if (code === OPEN_OBJECT || code === OPEN_LIST) requireDepth(levels.push(new Set()) - 1);
    else if (code === CLOSE_OBJECT || code === CLOSE_LIST) levels.pop();
  }
}

/** Where its closing quote is. */
function endOfString(text: string, start: number): number {
  let hasEscape = false;
  let at = start + 1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) break;
    if (code !== BACKSLASH) continue;
    hasEscape = true;
    at += 1;
  }
  if (hasEscape && /\p{Surrogate}/u.test(readString(text.slice(start, at + 1))))
    throw invalid('a text in it is not Unicode');
  return at;
}

function addName(names: Set<string> | undefined, quoted: string): void {
  const name = readString(quoted);
  if (names?.has(name)) throw invalid(`the field ${quoted.slice(0, 100)} comes twice`);
  names?.add(name);
}

function readString(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  const text = parse(quoted);
  if (typeof text === 'string') return text;
  throw invalid('it is not JSON');
}

function invalid(reason: string, options?: ErrorOptions): Failure {
  return new Failure('InvalidDocument', `A document is a JSON object, and of this one ${reason}.`, {}, options);
}
