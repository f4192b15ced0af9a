import { Failure } from '../../../../metadata/index.ts';
import { MAX_DOCUMENT_BYTES } from '../values/limits.ts';

/** The JSON of a document out of a file, and the line that it begins at, counted from 1. */
export interface DocumentText {
  readonly line: number;
  readonly bytes: Buffer;
}

/** What a document may be longer in another form of Extended JSON than in ours. */
const MAX_TEXT_BYTES = 4 * MAX_DOCUMENT_BYTES;
const [NEWLINE, SPACE, QUOTE, BACKSLASH, OPEN, CLOSE] = [10, 32, 34, 92, 123, 125];

/**
 * Cuts JSON lines: a document a line, empty ones are none.
 * @throws Failure `DocumentTooLarge` for a line without end
 */
export async function* splitLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<DocumentText> {
  const held = new HeldBytes();
  let line = 1;
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      const bytes = held.take(piece.subarray(start, end));
      if (!isBlank(bytes)) yield { line, bytes };
      start = end + 1;
      line += 1;
    }
    held.add(piece.subarray(start), line);
  }
  const bytes = held.take(Buffer.alloc(0));
  if (!isBlank(bytes)) yield { line, bytes };
}

/**
 * Cuts the elements of a JSON array of documents (`mongoexport --jsonArray`), wherever its lines end.
 * @throws Failure `DocumentTooLarge`; `InvalidDocument` where the file ends within a document
 */
export async function* splitArray(pieces: AsyncIterable<Buffer>): AsyncGenerator<DocumentText> {
  const held = new HeldBytes();
  let [line, began, depth, isText, isEscaped] = [1, 1, 0, false, false];
  for await (const piece of pieces) {
    let start = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at];
      if (byte === NEWLINE) line += 1;
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = isText;
      else if (byte === QUOTE) isText = depth > 0 && !isText;
      else if (isText) continue;
      else if (byte === OPEN) {
        if (depth === 0) [start, began] = [at, line];
        depth += 1;
      } else if (byte === CLOSE && depth > 0) {
        depth -= 1;
        if (depth === 0) yield { line: began, bytes: held.take(piece.subarray(start, at + 1)) };
      }
    }
    if (depth > 0) held.add(piece.subarray(start), began);
  }
  if (depth > 0) throw new Failure('InvalidDocument', `The document that begins at line ${began} does not end.`);
}

/** Spaces, tabs and the like alone. */
function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte <= SPACE);
}

/** The beginning of what has not ended yet. */
class HeldBytes {
  #pieces: Buffer[] = [];
  #length = 0;

  add(bytes: Buffer, line: number): void {
    this.#length += bytes.length;
    if (this.#length > MAX_TEXT_BYTES) {
      throw new Failure('DocumentTooLarge', `The document at line ${line} is too long.`);
    }
    if (bytes.length > 0) this.#pieces.push(Buffer.from(bytes)); // pieces are used again by who reads them
  }

  take(end: Buffer): Buffer {
    const bytes = this.#pieces.length === 0 ? end : Buffer.concat([...this.#pieces, end]);
    this.#pieces = [];
    this.#length = 0;
    return bytes;
  }
}
