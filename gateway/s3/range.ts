import type { ByteRange } from '../http/range.ts';
import { S3Error } from './errors.ts';

const COPY_RANGE = /^bytes=(\d+)-(\d+)$/;
const COPY_RANGE_FORM =
  'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy';

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

function badCopyRange(header: string, message: string): S3Error {
  return new S3Error('InvalidArgument', {
    message,
    detail: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
  });
}
