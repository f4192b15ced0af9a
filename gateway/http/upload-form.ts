import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { Failure } from '../../metadata/index.ts';
import type { Body } from '../services/body.ts';
import type { FileLimits } from '../services/drive/files.ts';
import { bodyPieces } from './body-pieces.ts';
import { heldBody, requireSize } from './file-body.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';

/** A form with one file, read up to that: the fields behind it are known when its bytes have been read. */
export interface UploadForm {
  readonly file: Body;
  /** What the client's file is called, without its path; empty where the form does not tell. */
  readonly fileName: string;
  /** As the form says; `text/plain` also where it says nothing (RFC 7578 section 4.4). */
  readonly fileType: string;
  /** By name, as they were sent; those behind the file once it has been read. */
  readonly fields: ReadonlyMap<string, string>;
}

/** The field that holds the file. */
const FILE_FIELD = 'file';
/** More than a file's metadata and its path need, which are held to their own limits. */
const MAX_FIELDS = 110;
const MAX_FIELD_BYTES = 24 * 1024;
/** What a form has beside its file: fields, the heads of parts and the boundaries. */
const MAX_OVERHEAD_BYTES = 256 * 1024;

/**
 * Opens a form and reads it up to its file.
 * @throws Failure `InvalidRequest` for what is no form, has no file or several, a field twice or too many of them;
 * `EntityTooLarge`; `IncompleteBody`, `RequestTimeout`
 */
export async function openUploadForm(
  source: Readable,
  { headers, limits }: { readonly headers: RequestHeaders; readonly limits: FileLimits },
): Promise<UploadForm> {
  const announced = headerOf(headers, 'content-length');
  const mostBytes = announced === undefined ? undefined : Number(announced);
  if (mostBytes !== undefined) requireSize(mostBytes - MAX_OVERHEAD_BYTES, limits);
  const reader = new UploadFormReader({
    source,
    contentType: headerOf(headers, 'content-type') ?? '',
    maxBytes: limits.maxFileBytes + MAX_OVERHEAD_BYTES,
  });
  const head = await reader.readHead();
  const file = await heldBody(reader.fileChunks(), { limits, mostBytes });
  return { ...head, file, fields: reader.fields };
}

interface ReaderOptions {
  readonly source: Readable;
  readonly contentType: string;
  /** Of the whole form. */
  readonly maxBytes: number;
}

/** Reads only when asked and no further than it must, so that the file comes at the consumer's pace. */
class UploadFormReader {
  readonly fields = new Map<string, string>();
  readonly #source: AsyncIterator<Buffer, undefined>;
  readonly #parser: BusboyInstance;
  readonly #maxBytes: number;
  #readBytes = 0;
  #fieldBytes = 0;
  #head: Pick<UploadForm, 'fileName' | 'fileType'> | undefined;
  /** Of the file, parsed and not yet taken. */
  #pieces: Buffer[] = [];
  #failure: Failure | undefined;

  constructor({ source, contentType, maxBytes }: ReaderOptions) {
    this.#source = bodyPieces(source);
    this.#maxBytes = maxBytes;
    this.#parser = createParser(contentType);
    this.#parser.on('field', (name, value, ...[, isTruncated]) => this.#addField(name, { value, isTruncated }));
    this.#parser.on('file', (field, stream, ...[fileName = '', , fileType]) =>
      this.#openFile(stream, { field, fileName, fileType }),
    );
    this.#parser.on('error', (cause) =>
      this.#fail(new Failure('IncompleteBody', 'The form is cut off, or is none.', {}, { cause })),
    );
  }

  async readHead(): Promise<Pick<UploadForm, 'fileName' | 'fileType'>> {
    while (this.#head === undefined) {
      if (!(await this.#advance())) throw refusal(`The form needs a file, in the field '${FILE_FIELD}'.`);
    }
    return this.#head;
  }

  /** The bytes of the file. Ends when the whole form has been read and was well-formed. */
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
    this.#readBytes += piece.byteLength;
    if (this.#readBytes > this.#maxBytes) this.#fail(new Failure('EntityTooLarge', 'The form is too large.'));
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
    if (name === undefined) return;
    this.#fieldBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (isTruncated || this.#fieldBytes > MAX_FIELD_BYTES || this.fields.size === MAX_FIELDS) {
      this.#fail(refusal('The form has too many fields, or too long ones.'));
      return;
    }
    if (this.fields.has(name)) this.#fail(refusal(`The form has the field '${name}' twice.`));
    this.fields.set(name, value);
  }

  #openFile(
    stream: Readable,
    { field, ...head }: Pick<UploadForm, 'fileName' | 'fileType'> & { readonly field: string | undefined },
  ): void {
    if (field !== FILE_FIELD) this.#fail(refusal(`The file of the form belongs in the field '${FILE_FIELD}'.`));
    if (this.#head !== undefined) this.#fail(refusal('The form has several files.'));
    this.#head ??= head;
    // It ends early with the form, which is told by the parser itself.
    stream.on('error', () => undefined);
    stream.on('data', (piece: Buffer) => {
      if (this.#failure === undefined) this.#pieces.push(piece);
    });
  }

  #fail(failure: Failure): void {
    this.#failure ??= failure;
  }
}

function createParser(contentType: string): BusboyInstance {
  if (!/^multipart\/form-data\b/i.test(contentType)) throw refusal('The body must be a form of multipart/form-data.');
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { fieldSize: MAX_FIELD_BYTES },
      isPartAFile: (name, type, fileName) =>
        name === FILE_FIELD || fileName !== undefined || type === 'application/octet-stream',
    });
  } catch (cause) {
    throw refusal('The form has no boundary.', { cause });
  }
}

function refusal(message: string, options?: ErrorOptions): Failure {
  return new Failure('InvalidRequest', message, {}, options);
}
