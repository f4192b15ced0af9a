import { type BucketRow, type ListedVersion, NULL_VERSION, versioningOf } from '../../../metadata/index.ts';
import type { VersionFacts } from '../../services/lifecycle/index.ts';
import { STANDARD } from '../../services/object-info.ts';
import { decodeTags, type Tags } from '../../services/tags.ts';

/** Where a walk over versions is, the newest of each key first: all that the facts of the next one depend on. */
export interface Trail {
  readonly key: string;
  /** Minus the event that made the version. */
  readonly rank: number;
  readonly lastModified: string;
  /** How many versions of the key, from the newest to this one, are noncurrent. */
  readonly noncurrentCount: number;
}

/** What surrounds a version. */
export interface Surroundings {
  readonly bucket: BucketRow;
  /** Up to the version before. */
  readonly trail: Trail | undefined;
  /** The key of the version behind it. */
  readonly nextKey: string | undefined;
  /** Whether the tags matter. */
  readonly usesTags: boolean;
}

const NO_TAGS: Tags = [];

/** What has to be known of a version to tell what is due for it. */
export function factsOf(row: ListedVersion, { bucket, trail, nextKey, usesTags }: Surroundings): VersionFacts {
  const [key, lastModified, , sizeBytes, , , storageClass, versionId, isDeleteMarker, isLatest, tags] = row;
  const newer = newerOf(trail, { key, isLatest });
  const versioning = versioningOf(bucket, key);
  return {
    key,
    sizeBytes,
    lastModified,
    isLatest: isLatest === 1,
    isDeleteMarker: isDeleteMarker === 1,
    isOnlyVersion: isLatest === 1 && nextKey !== key,
    noncurrentSince: newer?.lastModified,
    newerNoncurrentCount: newer?.noncurrentCount ?? 0,
    tags: usesTags ? decodeTags(tags) : NO_TAGS,
    storageClass: storageClass ?? STANDARD,
    expiresForGood: versioning === null || (versioning === 'Suspended' && versionId === NULL_VERSION),
  };
}

/** The trail up to a version. */
export function follow(trail: Trail | undefined, row: ListedVersion): Trail {
  const [key, lastModified, , , , , , , isDeleteMarker, isLatest, , rank] = row;
  const isCounted = isLatest === 0 && isDeleteMarker === 0;
  const newerCount = newerOf(trail, { key, isLatest })?.noncurrentCount ?? 0;
  return { key, rank, lastModified, noncurrentCount: newerCount + Number(isCounted) };
}

/** The trail where it is of the same key. */
function newerOf(trail: Trail | undefined, row: { key: string; isLatest: number }): Trail | undefined {
  return trail?.key === row.key && row.isLatest === 0 ? trail : undefined;
}
