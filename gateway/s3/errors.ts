import { Failure } from '../../metadata/failure.ts';
import { SignatureError } from '../../signer/index.ts';
import { ERRORS, isS3ErrorCode, type S3ErrorCode } from './error-codes.ts';
import { element, plainXmlDocument } from './xml-writer.ts';

export { ERRORS, type S3ErrorCode };

/** What an `S3Error` may say beyond its code. */
export interface S3ErrorOptions {
  /** For the client; the table's message when left out. */
  readonly message?: string | undefined;
  /** More elements of the XML body, by element name (`BucketName`, `ArgumentName`, `Resource`). */
  readonly detail?: Readonly<Record<string, string>> | undefined;
  /** More headers of the reply (`allow`, `retry-after`). */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For the log, never for the client. */
  readonly cause?: unknown;
}

/** A request that S3 answers with an error. Throw it where the fact is known; `serve.ts` alone renders it. */
export class S3Error extends Error {
  readonly code: S3ErrorCode;
  readonly status: number;
  readonly detail: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: S3ErrorCode, { message, detail = {}, headers = {}, cause }: S3ErrorOptions = {}) {
    super(message ?? ERRORS[code].message, cause === undefined ? undefined : { cause });
    this.name = 'S3Error';
    this.code = code;
    this.status = ERRORS[code].status;
    this.detail = detail;
    this.headers = headers;
  }
}

/** What identifies the failed request in the body of its error. */
export interface ErrorOrigin {
  readonly requestId: string;
  readonly hostId: string;
  /** The path that was asked for, decoded: `/bucket/key`. */
  readonly resource: string;
}

/** What XML 1.0 cannot carry ("Char", section 2.2): an error repeats what is wrong, and must be readable all the same. */
const EACH_FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/**
 * The XML body of an error ("REST error responses"); empty for 304, which has no body. Replies to HEAD have none either:
 * that is for the caller to know.
 */
export function renderError(error: S3Error, origin: ErrorOrigin): string {
  if (error.status === 304) return '';
  const elements = {
    Code: error.code,
    Message: error.message,
    Resource: origin.resource,
    ...error.detail,
    RequestId: origin.requestId,
    HostId: origin.hostId,
  };
  return plainXmlDocument(
    'Error',
    Object.entries(elements)
      .map(([name, text]) => element(name, text.replace(EACH_FORBIDDEN, '\uFFFD')))
      .join(''),
  );
}

/**
 * Any thrown value as the S3 error that answers it. Failures of the domain and of signatures keep their words; whatever
 * else it is becomes `InternalError` with the value as its `cause`, so that nothing of it reaches the client.
 */
export function toS3Error(thrown: unknown): S3Error {
  if (thrown instanceof S3Error) return thrown;
  if (thrown instanceof Failure) return fromFailure(thrown);
  if (thrown instanceof SignatureError) return fromSignatureError(thrown);
  return new S3Error('InternalError', { cause: thrown });
}

/** S3 has no words for what an object cannot be because of its contents. */
const CODES_OF_DOCUMENTS: Readonly<Record<string, S3ErrorCode | undefined>> = {
  InvalidDocument: 'InvalidRequest',
  DocumentInvalid: 'InvalidRequest',
  InvalidQuery: 'InvalidRequest',
  DocumentTooLarge: 'EntityTooLarge',
  NoSuchCollection: 'ConditionalRequestConflict',
};

function fromFailure(failure: Failure): S3Error {
  const { code, detail } = failure;
  const message = failure.message === code ? undefined : failure.message;
  if (code === 'PrefixClaimed') return prefixClaimed(failure);
  if (code === 'NoSuchAccessKey') return new S3Error('InvalidAccessKeyId', { detail, cause: failure });
  // Of a connection that fell silent there is no further use.
  if (code === 'RequestTimeout') return new S3Error(code, { headers: { connection: 'close' }, cause: failure });
  const codeOfDocument = CODES_OF_DOCUMENTS[code];
  if (codeOfDocument !== undefined) return new S3Error(codeOfDocument, { message, cause: failure });
  if (isS3ErrorCode(code)) return new S3Error(code, { message, detail, cause: failure });
  // The rest are about accounts and claims: no S3 request can ask for those, so meeting one here is our own fault.
  return new S3Error('InternalError', { cause: failure });
}

function prefixClaimed(failure: Failure): S3Error {
  const prefix = failure.detail.Prefix ?? '';
  const message = `Access Denied: bucket names that begin with '${prefix}' are claimed by another account.`;
  return new S3Error('AccessDenied', { message, detail: failure.detail, cause: failure });
}

function fromSignatureError(error: SignatureError): S3Error {
  const { code, message, detail } = error;
  return new S3Error(code, { message, detail, cause: error });
}
