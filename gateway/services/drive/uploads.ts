import {
  type AccountRow,
  type DriveUploadRow,
  Failure,
  type PartRow,
  type WriteCondition,
} from '../../../metadata/index.ts';
import type { IssuedCredentials, TemporaryCredentials } from '../iam/temporary-credentials.ts';
import { MAX_PARTS, type Multipart } from '../multipart.ts';
import { type AnnouncedUpload, decodeAttributes, type ObjectAttributes } from '../object-info.ts';
import type { Objects } from '../objects.ts';
import { type Asker, accountIdOf } from './asker.ts';
import type { DriveAccess, DrivePlace } from './drive-access.ts';
import { type DriveFile, toDriveFile } from './drive-file.ts';
import { type PartDigestParts, verifyPartDigest } from './part-digest.ts';
import type { DrivePath } from './paths.ts';
import { issueUploadCredentials } from './upload-credentials.ts';
import { partSizeFor } from './upload-plan.ts';
import { chooseParts, type RememberedPart } from './uploaded-parts.ts';

export interface DriveUploadsParts extends PartDigestParts {
  readonly driveAccess: DriveAccess;
  readonly multipart: Multipart;
  readonly objects: Objects;
  readonly credentials: TemporaryCredentials;
  /** Throws `InsufficientStorage` when so many bytes more would fill the disk. */
  readonly requireRoom: (sizeBytes: number) => void;
}

/** An upload in parts to a drive. */
export interface DriveUpload {
  readonly id: string;
  readonly place: DrivePlace;
  /** The name of the account whose drive it is. */
  readonly owner: string;
  readonly initiatedAt: string;
  readonly attributes: ObjectAttributes;
  /** Undefined of one that was begun over S3. */
  readonly announced: AnnouncedUpload | undefined;
}

export interface BeginUpload {
  readonly place: DrivePlace & { readonly path: DrivePath };
  readonly owner: string;
  readonly sizeBytes: number;
  /** A wish: parts are larger where there would be too many of them. */
  readonly partSizeBytes?: number | undefined;
  readonly attributes: ObjectAttributes;
  readonly overwrites: boolean;
}

export interface CompleteDriveUpload {
  /** Left out: those that are there. */
  readonly parts?: readonly RememberedPart[] | undefined;
  /** Hex, of all bytes. */
  readonly sha256?: string | undefined;
}

/** Uploads in parts to drives: the parts are sent to the S3 listener, by whoever has their addresses. */
export class DriveUploads {
  readonly #parts: DriveUploadsParts;

  constructor(parts: DriveUploadsParts) {
    this.#parts = parts;
  }

  /**
   * @throws Failure `AccessDenied`, `NoSuchKey` as `DriveAccess.require`; `QuotaExceeded`, `InsufficientStorage` where so
   * many bytes do not fit now; `PreconditionFailed` where it is not to overwrite what is there
   */
  async begin(asker: Asker, upload: BeginUpload): Promise<DriveUpload> {
    const { place, owner, sizeBytes, overwrites } = upload;
    const { bucket, path: key } = place;
    await this.#parts.driveAccess.require(asker, 's3:PutObject', place);
    await this.#requireRoom(bucket.account_id, sizeBytes);
    if (!overwrites && (await this.#parts.objects.stat({ bucket, key })) !== undefined) {
      throw new Failure('PreconditionFailed', 'There is a file of that path.');
    }
    const announced = { sizeBytes, partSizeBytes: partSizeFor(sizeBytes, upload.partSizeBytes), overwrites };
    const attributes = { ...upload.attributes, announced };
    const accountId = accountIdOf(asker);
    const { id, initiatedAt } = await this.#parts.multipart.create({ bucket, key, accountId, attributes });
    return { id, place, owner, initiatedAt, attributes: upload.attributes, announced };
  }

  /** The parts are charged as they come; what can never fit need not be sent. */
  async #requireRoom(ownerId: string, sizeBytes: number): Promise<void> {
    const { findProfile, sumYieldingTrash } = this.#parts.metadata.queries;
    const { quota_bytes: quota = null, logical_bytes: used = 0 } = (await findProfile(ownerId)) ?? {};
    const missingBytes = quota === null ? 0 : used + sizeBytes - quota;
    // What is in the trash gives way to the parts.
    if (missingBytes > 0 && missingBytes > (await sumYieldingTrash(ownerId))) throw new Failure('QuotaExceeded');
    this.#parts.requireRoom(sizeBytes);
  }

  /** Those that an account has begun, and those of others to its drive, after an id. */
  async page(accountId: string, page: { readonly after: string | undefined; readonly limit: number }) {
    const rows = await this.#parts.metadata.queries.pageDriveUploads({ accountId, ...page });
    return rows.map(toDriveUpload);
  }

  /** @throws Failure `NoSuchUpload`, also to who neither began it nor has the drive */
  async get(asker: Asker, id: string): Promise<DriveUpload> {
    const row = await this.#parts.metadata.queries.findDriveUpload(id);
    const accountId = accountIdOf(asker);
    if (row === undefined || (row.initiator_id !== accountId && row.account_id !== accountId)) {
      throw new Failure('NoSuchUpload');
    }
    return toDriveUpload(row);
  }

  /** The parts that have come, by number. */
  async partsOf({ id }: DriveUpload): Promise<PartRow[]> {
    return this.#parts.metadata.queries.listParts({ setId: id, afterPartNumber: 0, limit: MAX_PARTS });
  }

  /** What the addresses of parts are signed with. */
  credentialsFor(account: AccountRow, { place: { bucket, path: key } }: DriveUpload): IssuedCredentials {
    return issueUploadCredentials(this.#parts.credentials, account, { bucket, key });
  }

  /**
   * @throws Failure `NoSuchUpload`; `InvalidPart` where a part is missing or is not what was announced; `BadDigest`;
   * `PreconditionFailed` where something has come to be there that it is not to overwrite; as `Multipart.complete`
   */
  async complete(asker: Asker, id: string, { parts, sha256 }: CompleteDriveUpload): Promise<DriveFile> {
    const drive = await this.get(asker, id);
    const { bucket, path: key } = drive.place;
    await this.#parts.driveAccess.require(asker, 's3:PutObject', drive.place);
    const upload = await this.#parts.multipart.find({ bucket, key, uploadId: id });
    const { announced, attributes, owner } = drive;
    const { listed, sizeBytes } = chooseParts(await this.partsOf(drive), { upload, announced, remembered: parts });
    const numbers = new Set(listed.map(({ partNumber }) => partNumber));
    const completed = await this.#parts.multipart.complete({
      bucket,
      key,
      uploadId: id,
      accountId: accountIdOf(asker),
      parts: listed,
      condition: conditionOf(drive),
      checksum: sha256 === undefined ? undefined : await verifyPartDigest(this.#parts, { upload, numbers, sha256 }),
      attributes,
    });
    return toDriveFile({ ...completed, sizeBytes, attributes }, { path: key, owner });
  }

  /** Ends it, and what it has taken of the quota is free again. @throws Failure `NoSuchUpload` */
  async abort(asker: Asker, id: string): Promise<void> {
    const { bucket, path: key } = (await this.get(asker, id)).place;
    await this.#parts.multipart.abort(await this.#parts.multipart.find({ bucket, key, uploadId: id }));
  }
}

function toDriveUpload(row: DriveUploadRow): DriveUpload {
  const {
    upload_id: id,
    key,
    initiator_id: _,
    initiated_at: initiatedAt,
    attributes,
    owner_name: owner,
    ...bucket
  } = row;
  const { announced, ...others } = decodeAttributes(attributes);
  return { id, place: { bucket, path: key }, owner, initiatedAt, attributes: others, announced };
}

function conditionOf({ announced }: DriveUpload): WriteCondition | undefined {
  return announced?.overwrites === false ? { kind: 'absent' } : undefined;
}
