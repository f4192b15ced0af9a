import type { ChunkSignatures } from './chunk-signatures.ts';
import { TRAILER_SIGNATURE } from './constants.ts';
import { LineReader } from './line-reader.ts';
import { SignatureError } from './signature-error.ts';

const LIMIT_BYTES = 8192;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*$/;

/** AWS has one sentence for everything that is wrong with a trailer. */
function malformedTrailer(): SignatureError {
  return new SignatureError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  );
}

/**
 * Reads what follows the terminal chunk: `name:value` lines that end in CRLF or, as minio-go sends them, in a lone line
 * feed, with any blank lines between and after them, and in a signed body the trailer's signature as the last line.
 */
export class TrailerReader {
  readonly #lines = new LineReader(LIMIT_BYTES, malformedTrailer);
  readonly #declared: ReadonlySet<string>;
  readonly #signatures: ChunkSignatures | undefined;
  readonly #fields = new Map<string, string>();
  #received = 0;
  #isSealed = false;

  constructor(declared: readonly string[], signatures: ChunkSignatures | undefined) {
    const names = declared.map((name) => name.trim().toLowerCase());
    this.#declared = new Set(names.filter((name) => name !== ''));
    this.#signatures = signatures;
  }

  /** Throws MalformedTrailerError (not declared, twice, too long, not a field) or SignatureDoesNotMatch. */
  push(bytes: Buffer): void {
    this.#received += bytes.length;
    if (this.#received > LIMIT_BYTES) throw malformedTrailer();
    for (let offset = 0; offset < bytes.length; ) {
      const { line, next } = this.#lines.read(bytes, offset);
      if (line !== undefined) this.#take(line);
      offset = next;
    }
  }

  /** Ends the trailer. Throws MalformedTrailerError when a declared field or the trailer's signature did not come. */
  end(): ReadonlyMap<string, string> {
    this.#takeUnendedSignature();
    const isMissing = [...this.#declared].some((name) => !this.#fields.has(name));
    if (isMissing || (this.#signatures !== undefined && !this.#isSealed)) throw malformedTrailer();
    return this.#fields;
  }

  /** AWS's own example ends without a line end; only a signature proves that such a line came whole. */
  #takeUnendedSignature(): void {
    const partial = this.#lines.partial;
    if (partial === '' || partial === '\r') return;
    if (this.#signatures === undefined || !partial.startsWith(`${TRAILER_SIGNATURE}:`)) throw malformedTrailer();
    this.#take(partial);
  }

  #take(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (text === '') return;
    const [, rawName, value] = FIELD.exec(text) ?? [];
    if (this.#isSealed || rawName === undefined || value === undefined) throw malformedTrailer();
    const name = rawName.toLowerCase();
    if (name === TRAILER_SIGNATURE && this.#signatures !== undefined) this.#seal(this.#signatures, value);
    else if (!this.#declared.has(name) || this.#fields.has(name)) throw malformedTrailer();
    else this.#fields.set(name, value);
  }

  #seal(signatures: ChunkSignatures, signature: string): void {
    const sorted = [...this.#fields].sort(([left], [right]) => (left < right ? -1 : 1));
    signatures.requireTrailer(sorted.map(([name, value]) => `${name}:${value}\n`).join(''), signature);
    this.#isSealed = true;
  }
}
