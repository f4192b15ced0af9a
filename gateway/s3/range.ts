import { S3Error } from './errors.ts';

/** Bytes of an object, both ends counted from zero and included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const SINGLE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;
const COPY_RANGE = /^bytes=(\d+)-(\d+)$/;
const COPY_RANGE_FORM =
  'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy';

/**
 * Reads a `Range` header (RFC 9110 section 14.1.2). Nothing means the whole object: S3 ignores, as the RFC lets it, what
 * is malformed, in another unit, or several ranges at once ("Amazon S3 doesn't support retrieving multiple ranges").
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined | 'unsatisfiable' {
  if (header === undefined) return undefined;
  const [, first = '', last = ''] = SINGLE_RANGE.exec(header) ?? [];
  if (first === '') return last === '' ? undefined : suffixRange(Number(last), sizeBytes);
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= sizeBytes) return 'unsatisfiable';
  return { start, end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

/**
 * Reads `x-amz-copy-source-range` of UploadPartCopy, which must be `bytes=first-last` inside the source.
 * @throws S3Error `InvalidArgument` for any other form, and when it leaves the source
 */
export function parseCopyRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const [, first, last] = COPY_RANGE.exec(header) ?? [];
  const range = { start: Number(first), end: Number(last) };
  // Also false when the header did not match, as both ends are NaN then.
  if (!(range.start <= range.end)) throw badCopyRange(header, COPY_RANGE_FORM);
  if (range.end < sizeBytes) return range;
  // Unlike that of a read, which ends where the object does.
  throw badCopyRange(header, `Range specified is not valid for source object of size: ${sizeBytes}`);
}

/** The error for a range that is outside the object, with what S3 tells about it. */
export function unsatisfiableRange(header: string, sizeBytes: number): S3Error {
  return new S3Error('InvalidRange', {
    detail: { RangeRequested: header, ActualObjectSize: `${sizeBytes}` },
    headers: { 'content-range': `bytes */${sizeBytes}` },
  });
}

/** The `Content-Range` of a reply with a part of an object. */
export function contentRange({ start, end }: ByteRange, sizeBytes: number): string {
  return `bytes ${start}-${end}/${sizeBytes}`;
}

/** Of an empty object any suffix is the whole of it: the RFC calls that satisfiable, and S3 answers 200. */
function suffixRange(lengthBytes: number, sizeBytes: number): ByteRange | undefined | 'unsatisfiable' {
  if (lengthBytes === 0) return 'unsatisfiable';
  if (sizeBytes === 0) return undefined;
  return { start: Math.max(0, sizeBytes - lengthBytes), end: sizeBytes - 1 };
}

function badCopyRange(header: string, message: string): S3Error {
  return new S3Error('InvalidArgument', {
    message,
    detail: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
  });
}
