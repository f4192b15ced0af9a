import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import { S3Error } from './errors.ts';
import { decodePercent } from './percent-decoding.ts';

/** What `x-amz-copy-source` names. */
export interface CopySourceName {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

export const COPY_SOURCE = 'x-amz-copy-source';
const VERSION_MARK = '?versionId=';

/**
 * Reads `x-amz-copy-source`: "the name of the source bucket and key of the source object, separated by a slash (/).
 * [...] The value must be URL-encoded" (CopyObject). A slash before the bucket is allowed, and a `+` is a space: S3
 * decodes this header as it decodes a query.
 * @throws S3Error `InvalidArgument`
 */
export function parseCopySource(header: string): CopySourceName {
  // The version comes off before decoding: an escaped question mark belongs to the key.
  const mark = header.lastIndexOf(VERSION_MARK);
  const path = decode(mark < 0 ? header : header.slice(0, mark), header);
  const versionId = mark < 0 ? undefined : decode(header.slice(mark + VERSION_MARK.length), header);
  const start = path.startsWith('/') ? 1 : 0;
  const slash = path.indexOf('/', start);
  if (slash <= start || slash === path.length - 1) {
    throw invalid('Copy Source must mention the source bucket and key: sourcebucket/sourcekey', header);
  }
  return { bucket: path.slice(start, slash), key: path.slice(slash + 1), versionId };
}

function decode(encoded: string, header: string): string {
  try {
    return decodePercent(encoded.replaceAll('+', ' '));
  } catch (cause) {
    throw invalid('Invalid copy source encoding.', header, cause);
  }
}

function invalid(message: string, header: string, cause?: unknown): S3Error {
  return new S3Error('InvalidArgument', {
    message,
    detail: { ArgumentName: COPY_SOURCE, ArgumentValue: header },
    cause,
  });
}

/**
 * The source of a copy as policies name it, however it is escaped: "awsexamplebucket1/public/key", and with a slash
 * before it, which may stand there or not. Undefined without one. @throws as `parseCopySource`
 */
export function copySourceWords(headers: RequestHeaders): readonly string[] | undefined {
  const header = headerOf(headers, COPY_SOURCE);
  if (header === undefined) return undefined;
  const { bucket, key, versionId } = parseCopySource(header);
  const words = `${bucket}/${key}${versionId === undefined ? '' : VERSION_MARK + versionId}`;
  return [words, `/${words}`];
}
