import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import { CHECKSUM_ALGORITHMS } from '../services/checksums.ts';
import { S3Error } from './errors.ts';

/** Whole families of headers, by how they begin. */
const UNSUPPORTED_PREFIXES = [
  'x-amz-server-side-encryption',
  'x-amz-copy-source-server-side-encryption',
  'x-amz-object-lock-',
];
const GRANT_PREFIX = 'x-amz-grant-';

/** What operations read of those families, and what nearly every request has: one look is enough for these. */
const OBEYED = new Set([
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
]);

const CHECKSUM_PREFIX = 'x-amz-checksum-';
/** What may stand behind it: an algorithm, or what is asked of one. */
const CHECKSUM_WORDS = new Set([
  ...CHECKSUM_ALGORITHMS.map((algorithm) => algorithm.toLowerCase()),
  'algorithm',
  'mode',
  'type',
]);

const UNSUPPORTED = new Set([
  'x-amz-website-redirect-location',
  'x-amz-mfa',
  'x-amz-write-offset-bytes',
  // Preconditions of directory buckets: ignoring one would do what the client forbade.
  'x-amz-if-match-last-modified-time',
  'x-amz-if-match-size',
  'x-amz-if-match-initiated-time',
  // Of RenameObject alone: anything else would store or delete what its sender wants to rename.
  'x-amz-rename-source',
  'x-amz-rename-source-if-match',
  'x-amz-rename-source-if-none-match',
  'x-amz-rename-source-if-modified-since',
  'x-amz-rename-source-if-unmodified-since',
]);

const NONE: ReadonlySet<string> = new Set();

/** What may be said in a header of which only some values are supported. */
interface Choice {
  /** Values that ask for nothing beyond what the gateway does anyway. */
  readonly supported: ReadonlySet<string>;
  /** Values that S3 knows and that cannot be had here. */
  readonly known: ReadonlySet<string>;
  /** The error for one of those. */
  readonly refuse: (header: string) => S3Error;
}

const CHOICES: ReadonlyMap<string, Choice> = new Map<string, Choice>([
  [
    // What the bucket's owner has, and nobody else: S3 refuses some of them where the owner is enforced, but they hold.
    'x-amz-acl',
    {
      supported: new Set(['private', 'bucket-owner-full-control', 'bucket-owner-read']),
      known: new Set(['public-read', 'public-read-write', 'authenticated-read', 'aws-exec-read', 'log-delivery-write']),
      refuse: noAcls,
    },
  ],
  [
    'x-amz-object-ownership',
    {
      supported: new Set(['BucketOwnerEnforced']),
      known: new Set(['BucketOwnerPreferred', 'ObjectWriter']),
      refuse: notImplemented,
    },
  ],
]);

/**
 * Refuses headers that would change what a request means and that the gateway does not obey yet: better an error than an
 * object without the encryption, lock or access that its writer believes in.
 * @param own what this operation reads, and no other.
 * @throws S3Error `NotImplemented` naming the header; `AccessControlListNotSupported` for ACLs that would open something;
 * `InvalidArgument` for a value S3 has not.
 */
export function refuseUnsupportedHeaders(headers: RequestHeaders, own: ReadonlySet<string> = NONE): void {
  for (const header in headers) {
    if (!header.startsWith('x-amz-') || OBEYED.has(header) || own.has(header)) continue;
    const choice = CHOICES.get(header);
    if (choice !== undefined) requireSupported(choice, header, headerOf(headers, header) ?? '');
    else if (header.startsWith(GRANT_PREFIX)) throw noAcls();
    else if (isUnsupported(header)) throw notImplemented(header);
  }
}

function isUnsupported(header: string): boolean {
  if (UNSUPPORTED.has(header)) return true;
  for (const prefix of UNSUPPORTED_PREFIXES) if (header.startsWith(prefix)) return true;
  // A checksum that is not compared protects nobody.
  return header.startsWith(CHECKSUM_PREFIX) && !CHECKSUM_WORDS.has(header.slice(CHECKSUM_PREFIX.length));
}

function requireSupported(choice: Choice, header: string, value: string): void {
  if (choice.supported.has(value)) return;
  throw choice.known.has(value) ? choice.refuse(header) : invalidArgument(header, value);
}

/** "Requests to set ACLs or update ACLs fail" where the owner of a bucket owns all in it ("Bucket owner enforced"). */
function noAcls(): S3Error {
  return new S3Error('AccessControlListNotSupported');
}

function notImplemented(header: string): S3Error {
  return new S3Error('NotImplemented', { detail: { Header: header } });
}

function invalidArgument(header: string, value: string): S3Error {
  return new S3Error('InvalidArgument', { detail: { ArgumentName: header, ArgumentValue: value } });
}
