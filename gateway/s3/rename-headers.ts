import { createHash } from 'node:crypto';
import type { BucketRow, ClientToken, ExpectedTags, Preconditions } from '../../metadata/index.ts';
import { parseEntityTags } from '../http/entity-tags.ts';
import { parseHttpDate } from '../http/http-date.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import { S3Error } from './errors.ts';
import { MAX_KEY_BYTES, type ObjectKey, parseObjectKey } from './names.ts';
import { decodePercent } from './percent-decoding.ts';

const SOURCE = 'x-amz-rename-source';
const TOKEN = 'x-amz-client-token';
/** "A unique string with a max of 64 ASCII characters in the ASCII range of 33 - 126." */
const TOKEN_SHAPE = /^[!-~]{1,64}$/;

const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'] as const;

/** What RenameObject reads and no other operation does. */
export const RENAME_HEADERS: ReadonlySet<string> = new Set([
  SOURCE,
  ...CONDITIONS.map((condition) => `${SOURCE}-${condition}`),
]);

/** What a request asks for, beside the new key: the same token must come with the same of them. */
const PARAMETERS = [...RENAME_HEADERS, ...CONDITIONS];

/**
 * Reads `x-amz-rename-source`, which "must be URL encoded". A slash before it is not part of it, as in `/source.txt` of
 * the API reference, unless it is escaped.
 * @throws S3Error `InvalidRequest` when it is missing, or ends in a slash; `InvalidArgument`
 */
export function parseRenameSource(headers: RequestHeaders): string {
  const header = headerOf(headers, SOURCE);
  if (header === undefined) {
    throw new S3Error('InvalidRequest', { message: `Missing required header for this request: ${SOURCE}` });
  }
  const source = decode(header.startsWith('/') ? header.slice(1) : header);
  if (source === '') throw invalid(SOURCE, header, 'Rename Source must mention the source key.');
  requireObjectName(source);
  return source;
}

function decode(encoded: string): string {
  try {
    return decodePercent(encoded);
  } catch (cause) {
    throw invalid(SOURCE, encoded, 'Invalid rename source encoding.', cause);
  }
}

/**
 * "The RenameObject API operation will not succeed on objects that end with the slash (/) delimiter character."
 * @throws S3Error `InvalidRequest`
 */
export function requireObjectName(key: string): void {
  if (!key.endsWith('/')) return;
  throw new S3Error('InvalidRequest', { message: 'RenameObject is not supported for keys that end with a slash (/).' });
}

/**
 * The keys that a source can mean. The user guide writes it as `key` and as `bucket/key`, and clients send both. What
 * begins with the bucket's own name is taken as a key first: that is never another object than the one it names.
 * @throws S3Error `KeyTooLongError`, `InvalidArgument`
 */
export function readingsOf(source: string, bucket: BucketRow): readonly ObjectKey[] {
  const qualifier = `${bucket.name}/`;
  if (!source.startsWith(qualifier)) return [parseObjectKey(source)];
  const key = parseObjectKey(source.slice(qualifier.length));
  return Buffer.byteLength(source) > MAX_KEY_BYTES ? [key] : [parseObjectKey(source), key];
}

/** The preconditions on what is overwritten, or those on the source. */
export function parseRenamePreconditions(headers: RequestHeaders, end: 'source' | 'destination'): Preconditions {
  const prefix = end === 'source' ? `${SOURCE}-` : '';
  const [match, noneMatch, modifiedSince, unmodifiedSince] = CONDITIONS.map((name) => headerOf(headers, prefix + name));
  return {
    match: match === undefined ? undefined : expectedTags(match, { strongly: true }),
    noneMatch: noneMatch === undefined ? undefined : expectedTags(noneMatch, { strongly: false }),
    modifiedSinceSeconds: parseSeconds(modifiedSince),
    unmodifiedSinceSeconds: parseSeconds(unmodifiedSince),
  };
}

/** Strong comparison: weak tags match nothing (RFC 9110 section 8.8.3.2). */
function expectedTags(header: string, { strongly }: { strongly: boolean }): ExpectedTags {
  const tags = parseEntityTags(header);
  if (tags === '*') return tags;
  return tags.filter(({ isWeak }) => !(strongly && isWeak)).map(({ value }) => value);
}

/** Dates that are no HTTP date are ignored. */
function parseSeconds(header: string | undefined): number | undefined {
  const date = header === undefined ? undefined : parseHttpDate(header);
  return date === undefined ? undefined : Math.floor(date / 1000);
}

/** @throws S3Error `InvalidArgument` for what is no token */
export function parseClientToken(headers: RequestHeaders): string | undefined {
  const token = headerOf(headers, TOKEN);
  if (token === undefined || TOKEN_SHAPE.test(token)) return token;
  throw invalid(TOKEN, token, 'The client token must have 1 to 64 ASCII characters in the range of 33 - 126.');
}

/** The token with a digest of what the request asks for. */
export function nameRequest(
  token: string,
  { bucket, key, headers }: { readonly bucket: BucketRow; readonly key: string; readonly headers: RequestHeaders },
): ClientToken {
  const parameters = [bucket.id, key, ...PARAMETERS.map((name) => headerOf(headers, name) ?? null)];
  return { token, parameters: createHash('sha256').update(JSON.stringify(parameters)).digest('hex') };
}

function invalid(name: string, value: string, ...[message, cause]: [message: string, cause?: unknown]): S3Error {
  return new S3Error('InvalidArgument', { message, detail: { ArgumentName: name, ArgumentValue: value }, cause });
}
