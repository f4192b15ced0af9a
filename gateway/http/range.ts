/** Bytes of an object, both ends counted from zero and included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const SINGLE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

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
