import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { bodyPieces } from '../http/body-pieces.ts';
import { S3Error } from './errors.ts';

/** What a browser sent in front of the file. */
export interface FormHead {
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>;
  /** What the user's file is called, without its path; empty when the form does not tell. */
  readonly fileName: string;
  /** Bytes of the fields' names and values. */
  readonly sizeBytes: number;
}

/** "The form data and boundaries (excluding the file content) must not exceed 20 KB" (POST Object). */
const MAX_HEAD_BYTES = 20 * 1024;

/**
 * Reads a form of a browser upload ("POST Object") in order: the fields, the file, and what comes after it, which is
 * ignored. It reads only when asked and no further than it must, so that the file comes at the consumer's pace.
 */
export class FormReader {
  readonly #source: AsyncIterator<Buffer, undefined>;
  readonly #parser: BusboyInstance;
  readonly #fields = new Map<string, string>();
  #headBytes = 0;
  #fileName: string | undefined;
  /** Of the file, parsed and not yet taken. */
  #pieces: Buffer[] = [];
  #failure: Error | undefined;

  /** @throws S3Error `RequestIsNotMultiPartContent`, `MalformedPOSTRequest` */
  constructor({ source, contentType }: { readonly source: Readable; readonly contentType: string }) {
    this.#source = bodyPieces(source);
    this.#parser = createParser(contentType);
    this.#parser.on('field', (name, value, ...[, isTruncated]) => this.#addField(name, { value, isTruncated }));
    this.#parser.on('file', (_field, stream, fileName: string | undefined) => this.#openFile(stream, fileName));
    this.#parser.on('error', (cause) => this.#fail(new S3Error('MalformedPOSTRequest', { cause })));
  }

  /**
   * The fields up to the file.
   * @throws S3Error `MaxPostPreDataLengthExceededError`, `IncorrectNumberOfFilesInPostRequest` when there is no file,
   * `InvalidArgument` for a field given twice, `MalformedPOSTRequest`; Failure `IncompleteBody`
   */
  async readHead(): Promise<FormHead> {
    while (this.#fileName === undefined) {
      if (!(await this.#advance())) throw wrongNumberOfFiles();
    }
    return { fields: this.#fields, fileName: this.#fileName, sizeBytes: this.#headBytes };
  }

  /** The bytes of the file. Ends when the whole form has been read and was well-formed. @throws as `readHead` */
  async *fileChunks(): AsyncIterable<Buffer> {
    let hasMore = true;
    do {
      const pieces = this.#pieces;
      this.#pieces = [];
      yield* pieces;
      hasMore = await this.#advance();
    } while (hasMore || this.#pieces.length > 0);
  }

  /** Parses the next piece of the request; false when that was the end of it. */
  async #advance(): Promise<boolean> {
    const { value: piece } = await this.#source.next();
    await (piece === undefined ? this.#end() : this.#write(piece));
    if (this.#failure !== undefined) throw this.#failure;
    return piece !== undefined;
  }

  #write(piece: Buffer): Promise<void> {
    return new Promise((resolve) => this.#parser.write(piece, () => resolve()));
  }

  #end(): Promise<void> {
    if (this.#parser.writableEnded) return Promise.resolve();
    return new Promise((resolve) => {
      this.#parser.once('finish', resolve);
      this.#parser.once('error', () => resolve());
      this.#parser.end();
    });
  }

  #addField(name: string | undefined, { value, isTruncated }: { value: string; isTruncated: boolean }): void {
    if (name === undefined || this.#fileName !== undefined) return;
    this.#headBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (isTruncated || this.#headBytes > MAX_HEAD_BYTES) {
      this.#fail(new S3Error('MaxPostPreDataLengthExceededError'));
      return;
    }
    const field = name.toLowerCase();
    if (this.#fields.has(field)) this.#fail(givenTwice(name));
    this.#fields.set(field, value);
  }

  #openFile(stream: Readable, fileName = ''): void {
    if (this.#fileName !== undefined) this.#fail(wrongNumberOfFiles());
    this.#fileName ??= fileName;
    // It ends early with the form, which is told by the parser itself.
    stream.on('error', () => undefined);
    stream.on('data', (piece: Buffer) => {
      if (this.#failure === undefined) this.#pieces.push(piece);
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
  }
}

/** The content of a field named `file` is the file, whether or not it has a file name ("File or text content"). */
function createParser(contentType: string): BusboyInstance {
  if (!/^multipart\/form-data\b/i.test(contentType)) throw new S3Error('RequestIsNotMultiPartContent');
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { fieldSize: MAX_HEAD_BYTES },
      isPartAFile: (name) => name?.toLowerCase() === 'file',
    });
  } catch (cause) {
    throw new S3Error('MalformedPOSTRequest', { cause });
  }
}

function wrongNumberOfFiles(): S3Error {
  return new S3Error('IncorrectNumberOfFilesInPostRequest');
}

function givenTwice(name: string): S3Error {
  return new S3Error('InvalidArgument', {
    message: `The form must contain the field '${name}' only once.`,
    detail: { ArgumentName: name },
  });
}
