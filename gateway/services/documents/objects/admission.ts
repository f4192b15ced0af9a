import { type BucketRow, Failure, type VersionProperties } from '../../../../metadata/index.ts';
import type { BucketConfigName, BucketConfigs } from '../../bucket-configs.ts';
import { requireDatabaseKey } from './document-object.ts';

/** What somebody wants to store in a bucket. */
export interface Admission {
  readonly bucket: BucketRow;
  readonly key: string;
  /** What it is told beside its contents. */
  readonly version: VersionProperties;
}

/**
 * Makes sure, before any byte is read, that a database can have it: a document's text is searched, so that it is neither
 * encrypted nor kept elsewhere. Other buckets have whatever they are given.
 * @throws Failure `InvalidRequest`
 */
export function requireAdmitted({ bucket, key, version }: Admission): void {
  if (bucket.is_database !== 1) return;
  requireDatabaseKey(key);
  if (version.encryption !== undefined)
    throw refused('Documents are not encrypted one by one: this bucket is searched.');
  if (version.storageClass !== undefined) throw refused('Documents are of the storage class STANDARD.');
  const { retention, legalHold, defaultRetention } = version;
  if ((retention ?? legalHold ?? defaultRetention) !== undefined) throw refused('Documents cannot be locked.');
}

const ENCRYPTION = 'A bucket of documents cannot encrypt them: it is searched.';
const LOCKS = 'A bucket of documents cannot lock them: they are changed by other ways than S3.';

/**
 * Makes sure that a database can be configured so.
 * @throws Failure `InvalidRequest` for what would hide, lock or take away documents behind the back of their indexes
 */
export function requireConfigurable<Name extends BucketConfigName>(
  { is_database: isDatabase }: BucketRow,
  name: Name,
  document: NonNullable<BucketConfigs[Name]>,
): void {
  if (isDatabase !== 1) return;
  if (name === 'encryption' && (document as NonNullable<BucketConfigs['encryption']>).default !== undefined) {
    throw refused(ENCRYPTION); // the document is of that name
  }
  if (name === 'objectLock') throw refused(LOCKS);
  if (name === 'lifecycle') requireOldVersionsOnly(document as NonNullable<BucketConfigs['lifecycle']>); // it is of that name
}

/** What is not current is in no index. */
function requireOldVersionsOnly({ rules }: NonNullable<BucketConfigs['lifecycle']>): void {
  for (const { expiration, transitions, noncurrentTransitions } of rules) {
    const expires = expiration !== undefined && !('expiredObjectDeleteMarker' in expiration);
    if (!expires && !transitions?.length && !noncurrentTransitions?.length) continue;
    throw refused(
      'In a bucket of documents rules are for old versions and uploads alone. An index can let documents expire.',
    );
  }
}

function refused(message: string): Failure {
  return new Failure('InvalidRequest', message);
}
