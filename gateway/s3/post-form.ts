import { checkFileSize, type PostFields, type PostPolicy } from '../../signer/index.ts';
import { encodeHeaderText } from '../http/header-text.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { Body } from '../services/body.ts';
import { S3Error } from './errors.ts';
import { type FormHead, FormReader } from './form-reader.ts';
import type { S3Request } from './request.ts';
import { MAX_BODY_BYTES } from './request-body.ts';

/** A browser upload of which everything but the file has been read. */
export interface PostForm {
  /** By lower-case name, with the user's file name filled in. */
  readonly fields: PostFields;
  readonly key: string;
  /** Its size is not known in advance: `sizeBytes` is the most that there can be. */
  readonly file: Body;
}

/** A form whose policy has not been looked at. */
export interface UnprovenForm extends Omit<PostForm, 'file'> {
  /** The file, within what the policy says of its size. */
  readonly openFile: (policy?: PostPolicy) => Body;
}

/** The user's file name goes where a field says so: "it's recognized by all form fields". */
const FILE_NAME_VARIABLE = /\$\{filename\}/g;

/**
 * Reads a form up to its file ("POST Object").
 * @throws S3Error `MissingContentLength`, `InvalidArgument` without a key, and what `FormReader` throws
 */
export async function readPostForm(request: S3Request): Promise<UnprovenForm> {
  const { headers } = request;
  const contentLength = headerOf(headers, 'content-length');
  const contentType = headerOf(headers, 'content-type') ?? '';
  if (contentLength === undefined) throw new S3Error('MissingContentLength');
  const reader = new FormReader({ source: request.openBody(), contentType });
  const head = await reader.readHead();
  const fields = fillIn(head);
  const key = fields.get('key');
  if (key === undefined) throw missingKey();
  const maxSizeBytes = Number(contentLength) - head.sizeBytes;
  return { fields, key, openFile: (policy) => new FormFile({ reader, sizeBytes: maxSizeBytes, policy }) };
}

/** What the fields say as the headers of an upload would say it; all but one are named as those are. */
export function fieldsAsHeaders(fields: PostFields): RequestHeaders {
  return Object.fromEntries(
    Array.from(fields, ([name, value]) => [name === 'acl' ? 'x-amz-acl' : name, encodeHeaderText(value)]),
  );
}

function fillIn({ fields, fileName }: FormHead): PostFields {
  return new Map(Array.from(fields, ([name, value]) => [name, value.replace(FILE_NAME_VARIABLE, () => fileName)]));
}

function missingKey(): S3Error {
  return new S3Error('InvalidArgument', {
    message: "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
    detail: { ArgumentName: 'key', ArgumentValue: '' },
  });
}

interface FormFileOptions {
  readonly reader: FormReader;
  readonly sizeBytes: number;
  readonly policy: PostPolicy | undefined;
}

class FormFile implements Body {
  readonly sizeBytes: number;
  readonly #reader: FormReader;
  readonly #policy: PostPolicy | undefined;

  constructor({ reader, sizeBytes, policy }: FormFileOptions) {
    this.#reader = reader;
    this.sizeBytes = sizeBytes;
    this.#policy = policy;
  }

  async bytes(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.chunks()) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async *chunks(): AsyncIterable<Buffer> {
    const maxBytes = Math.min(this.#policy?.lengthRange?.maxBytes ?? MAX_BODY_BYTES, MAX_BODY_BYTES);
    let received = 0;
    for await (const chunk of this.#reader.fileChunks()) {
      received += chunk.byteLength;
      if (received > maxBytes) this.#refuse(received);
      yield chunk;
    }
    if (this.#policy !== undefined) checkFileSize(this.#policy, received);
  }

  /** As soon as it is too large, without waiting for the rest of it. */
  #refuse(received: number): never {
    if (this.#policy !== undefined) checkFileSize(this.#policy, received);
    throw new S3Error('EntityTooLarge', {
      detail: { ProposedSize: String(received), MaxSizeAllowed: String(MAX_BODY_BYTES) },
    });
  }
}
