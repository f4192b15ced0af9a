const HEAD_END = Buffer.from('\r\n\r\n');
const KEPT_BODY_BYTES = 400;
const LF = 10;

type Framing = 'length' | 'chunk-size' | 'chunk-data' | 'trailer';

/**
 * Finds where replies end on a kept connection (RFC 9112 section 6), counting bodies instead of keeping them: a client
 * library would cost more than the server it measures.
 */
export class ResponseReader {
  status = 0;
  bodyBytes = 0;
  /** The server will close the connection after this reply. */
  closes = false;
  /** The beginning of the body, for messages about failures. */
  excerpt = '';
  #head: Buffer | undefined;
  #inBody = false;
  #isHead = false;
  #framing: Framing = 'length';
  #remaining = 0;
  #line = '';

  /** Prepares for the next reply. */
  expect(isHead: boolean): void {
    this.bodyBytes = 0;
    this.excerpt = '';
    this.#head = undefined;
    this.#inBody = false;
    this.#isHead = isHead;
    this.#line = '';
  }

  /** Takes what arrived; true when the reply is whole. */
  read(chunk: Buffer): boolean {
    if (this.#inBody) return this.#readBody(chunk, 0);
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk]);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) {
      this.#head = bytes;
      return false;
    }
    this.#readHead(bytes.toString('latin1', 0, end + 2).toLowerCase());
    return this.#readBody(bytes, end + HEAD_END.length);
  }

  #readHead(head: string): void {
    this.status = Number(head.slice(9, 12));
    this.closes = headerValue(head, 'connection') === 'close';
    this.#inBody = true;
    const isChunked = headerValue(head, 'transfer-encoding') === 'chunked';
    const isEmpty = this.#isHead || this.status === 204 || this.status === 304;
    this.#framing = isChunked && !isEmpty ? 'chunk-size' : 'length';
    this.#remaining = isEmpty ? 0 : Number(headerValue(head, 'content-length') ?? 0);
  }

  #readBody(bytes: Buffer, start: number): boolean {
    const wanted = KEPT_BODY_BYTES - this.excerpt.length;
    if (this.status >= 300 && wanted > 0) this.excerpt += bytes.toString('utf8', start, start + wanted);
    if (this.#framing !== 'length') return this.#readChunks(bytes, start);
    const length = bytes.length - start;
    this.bodyBytes += length;
    this.#remaining -= length;
    return this.#remaining <= 0;
  }

  #readChunks(bytes: Buffer, start: number): boolean {
    let position = start;
    while (position < bytes.length) {
      if (this.#framing === 'chunk-data') {
        position += this.#skipData(bytes.length - position);
        continue;
      }
      const end = bytes.indexOf(LF, position);
      this.#line += bytes.toString('latin1', position, end < 0 ? bytes.length : end + 1);
      if (end < 0) return false;
      position = end + 1;
      if (this.#endLine()) return true;
    }
    return false;
  }

  #skipData(available: number): number {
    const skipped = Math.min(available, this.#remaining);
    this.bodyBytes += skipped;
    this.#remaining -= skipped;
    if (this.#remaining === 0) this.#framing = 'chunk-size';
    return skipped;
  }

  /** True at the empty line after the last chunk. */
  #endLine(): boolean {
    const line = this.#line.trim();
    this.#line = '';
    if (this.#framing === 'trailer') return line === '';
    // The line break that ends a chunk's data reads as an empty size line.
    if (line === '') return false;
    this.#remaining = Number.parseInt(line, 16);
    this.#framing = this.#remaining === 0 ? 'trailer' : 'chunk-data';
    return false;
  }
}

function headerValue(head: string, name: string): string | undefined {
  const start = head.indexOf(`\r\n${name}:`);
  if (start < 0) return undefined;
  const from = start + name.length + 3;
  return head.slice(from, head.indexOf('\r\n', from)).trim();
}
