import type {
  BucketRow,
  ListedVersion,
  ListPage,
  ListPosition,
  Metadata,
  StoredRetention,
} from '../../metadata/index.ts';
import type { DocumentObjects } from './documents/objects/document-objects.ts';
import { encodeTags, type Tags } from './tags.ts';

/** A version of a key (without an id, the current one), and the account that acts on it. */
export interface VersionTarget {
  readonly bucket: BucketRow;
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly accountId: string;
}

export interface DeleteVersion extends VersionTarget {
  readonly versionId: string;
  /** Granted to the caller, and asked for. */
  readonly bypassGovernance?: boolean | undefined;
}

export interface DeleteMarker {
  readonly versionId: string;
  readonly lastModified: string;
}

export interface ListVersions {
  readonly bucket: BucketRow;
  readonly prefix: string;
  readonly delimiter: string;
  readonly position?: ListPosition | undefined;
  readonly afterVersionId?: string | undefined;
  readonly limit: number;
}

/** The versions of objects: what is said of them beside their contents, and deleting one for good. */
export class Versions {
  readonly #metadata: Metadata;
  readonly #documents: DocumentObjects;

  constructor({ metadata, documents }: { readonly metadata: Metadata; readonly documents: DocumentObjects }) {
    this.#metadata = metadata;
    this.#documents = documents;
  }

  /** By key, the newest of each first, delete markers included. */
  list({ bucket, ...range }: ListVersions): Promise<ListPage<ListedVersion>> {
    return this.#metadata.queries.listVersions({ bucketId: bucket.id, ...range });
  }

  /** The delete marker that a version is, or that hides a key. */
  async findDeleteMarker({
    bucket,
    key,
    versionId,
  }: Omit<VersionTarget, 'accountId'>): Promise<DeleteMarker | undefined> {
    const { queries } = this.#metadata;
    const row =
      versionId === undefined
        ? await queries.findDeleteMarker(bucket.id, key)
        : await queries.findVersion({ bucketId: bucket.id, key, versionId });
    if (row === undefined || row.is_delete_marker !== 1) return undefined;
    return { versionId: row.version_id, lastModified: row.last_modified };
  }

  /** Deleting what is not there succeeds. @throws Failure `AccessDenied` for a locked version */
  delete(target: DeleteVersion): Promise<{ readonly existed: boolean; readonly isDeleteMarker: boolean }> {
    const { bypassGovernance, versionId } = target;
    const version = { ...changeOf(target), versionId, bypassGovernance };
    if (target.bucket.is_database === 1) return this.#documents.deleteVersion(target.bucket, version);
    return this.#metadata.mutations.deleteVersion(version);
  }

  /** Replaces all tags. @throws Failure `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker */
  setTags(target: VersionTarget & { readonly tags: Tags }): Promise<{ readonly versionId: string }> {
    return this.#metadata.mutations.setTags({ ...changeOf(target), tags: encodeTags(target.tags) });
  }

  /** Without a retention the present one ends. @throws Failure as `setTags`, and `AccessDenied` */
  setRetention(
    target: VersionTarget & { readonly retention: StoredRetention | undefined; readonly bypassGovernance: boolean },
  ): Promise<{ readonly versionId: string }> {
    const { retention, bypassGovernance } = target;
    return this.#metadata.mutations.setRetention({ ...changeOf(target), retention, bypassGovernance });
  }

  /** @throws Failure as `setTags` */
  setLegalHold(target: VersionTarget & { readonly legalHold: boolean }): Promise<{ readonly versionId: string }> {
    return this.#metadata.mutations.setLegalHold({ ...changeOf(target), legalHold: target.legalHold });
  }
}

function changeOf({ bucket, key, versionId, accountId }: VersionTarget) {
  return { bucketId: bucket.id, key, versionId, accountId, at: new Date().toISOString() };
}
