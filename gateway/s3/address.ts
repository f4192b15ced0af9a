import { S3Error } from './errors.ts';
import { decodePercent } from './percent-decoding.ts';
import { parseQuery, type Query } from './query.ts';

export { parseQuery, Query } from './query.ts';

/** What a request's target and host name, decoded but not yet checked for being allowed names. */
export interface Address {
  readonly bucket?: string;
  /** Byte for byte as sent: `//`, `.`, `..` and slashes at the end are part of a key. */
  readonly key?: string;
  readonly query: Query;
  /** `/bucket/key` for the body of an error. */
  readonly resource: string;
}

/** The parts of a request that address something. */
export interface RequestTarget {
  /** The request target as it came: origin form, or absolute form (RFC 9112 section 3.2). */
  readonly target: string;
  /** The Host header; an absolute-form target overrides it. */
  readonly host: string;
  /** The virtual-host suffix in lower case, without port; path style only when left out. */
  readonly domain?: string | undefined;
}

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;

/**
 * Finds bucket and key in path style (`/bucket/key`) or virtual-host style (`bucket.<domain>`), as in "Virtual hosting of
 * general purpose buckets".
 * @throws S3Error `InvalidURI` for a target that is no path, a bad escape, or octets that are not UTF-8;
 * `InvalidBucketName` for a path that begins with two slashes where a bucket belongs.
 */
export function parseAddress(request: RequestTarget): Address {
  const { target } = request;
  const absolute = target.startsWith('/') ? null : ABSOLUTE_FORM.exec(target);
  const local = absolute === null ? target : target.slice(absolute[0].length);
  const mark = local.indexOf('?');
  const path = mark < 0 ? local : local.slice(0, mark);
  if (!path.startsWith('/') && !(path === '' && absolute !== null)) throw new S3Error('InvalidURI');
  const query = parseQuery(mark < 0 ? '' : local.slice(mark + 1));
  const bucket = addressedHostBucket(request);
  return bucket === undefined ? pathStyle(path, query) : addressOf(bucket, path.slice(1), query);
}

/** The bucket that the host of a request names; none in path style. */
export function addressedHostBucket({ target, host, domain }: RequestTarget): string | undefined {
  if (domain === undefined) return undefined;
  const authority = target.startsWith('/') ? undefined : ABSOLUTE_FORM.exec(target)?.[1];
  return hostBucket(authority ?? host, domain);
}

/** The bucket that a host names before the domain; none when the host is the domain itself or another. */
export function hostBucket(host: string, domain: string): string | undefined {
  const colon = host.lastIndexOf(':');
  const name = (colon < 0 ? host : host.slice(0, colon)).toLowerCase();
  const dot = name.length - domain.length - 1;
  return dot > 0 && name.endsWith(domain) && name[dot] === '.' ? name.slice(0, dot) : undefined;
}

function pathStyle(path: string, query: Query): Address {
  if (path.length <= 1) return { query, resource: '/' };
  // Splitting comes before decoding: an escaped slash belongs to the name it stands in.
  const slash = path.indexOf('/', 1);
  const bucket = decodePercent(path.slice(1, slash < 0 ? undefined : slash));
  if (bucket === '') throw new S3Error('InvalidBucketName', { detail: { BucketName: '' } });
  return addressOf(bucket, slash < 0 ? '' : path.slice(slash + 1), query);
}

function addressOf(bucket: string, encodedKey: string, query: Query): Address {
  if (encodedKey === '') return { bucket, query, resource: `/${bucket}` };
  const key = decodePercent(encodedKey);
  return { bucket, key, query, resource: `/${bucket}/${key}` };
}
