import { fromFlag, type ObjectRow, type StoredChecksum, type StoredRetention } from '../../metadata/index.ts';
import { type Acl, decodeAcl } from './acl/acl.ts';
import { CHECKSUM_ALGORITHMS, type Checksum, type ChecksumAlgorithm } from './checksums.ts';
import { decodeEncryption, type StoredEncryption } from './encryption/index.ts';
import { decodeTags, type Tags } from './tags.ts';

/** What an uploader says of an object beside its bytes. Values are decoded text. */
export interface ObjectAttributes {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  /** As sent: S3 stores it without looking. */
  readonly expires?: string;
  /** Names in lower case, without `x-amz-meta-`. */
  readonly userMetadata: Readonly<Record<string, string>>;
  /** What a file's metadata is, in names of any kind; S3 does not see it, but for what of it is user metadata as well. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Of an upload in parts to a drive, while it is under way. */
  readonly announced?: AnnouncedUpload;
}

/** What a client said of an upload in parts when it began it. */
export interface AnnouncedUpload {
  readonly sizeBytes: number;
  /** Of each part but the last, which has the rest. */
  readonly partSizeBytes: number;
  /** Whether what is there under its path gives way when it is complete. */
  readonly overwrites: boolean;
}

/** One version of an object, without its bytes. */
export interface ObjectInfo {
  readonly seq: number;
  readonly versionId: string;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly lastModified: string;
  readonly ownerId: string;
  readonly attributes: ObjectAttributes;
  readonly checksum?: Checksum | undefined;
  /** Of an object that was uploaded in parts. */
  readonly partSet?: string | undefined;
  readonly partCount?: number | undefined;
  readonly tags: Tags;
  readonly retention?: StoredRetention | undefined;
  /** Undefined: there has never been one. */
  readonly legalHold?: boolean | undefined;
  readonly storageClass: string;
  /** Of what is encrypted. */
  readonly encryption?: StoredEncryption | undefined;
  /** Undefined: its owner has full control, and nobody else anything. */
  readonly acl?: Acl | undefined;
}

/** The class of what is in the default backend. */
export const STANDARD = 'STANDARD';

/** A row as the services speak of it. */
export function toObjectInfo(row: ObjectRow): ObjectInfo {
  return {
    seq: row.seq,
    versionId: row.version_id,
    sizeBytes: row.size_bytes,
    etag: row.etag,
    lastModified: row.last_modified,
    ownerId: row.account_id,
    attributes: decodeAttributes(row.attributes),
    checksum: decodeChecksum(row),
    partSet: row.part_set ?? undefined,
    partCount: row.part_count ?? undefined,
    tags: decodeTags(row.tags),
    retention: decodeRetention(row),
    legalHold: fromFlag(row.legal_hold),
    storageClass: row.storage_class ?? STANDARD,
    encryption: decodeEncryption(row.encryption),
    acl: decodeAcl(row.acl),
  };
}

function decodeRetention({ retention_mode: mode, retain_until: until }: ObjectRow): StoredRetention | undefined {
  return mode === null || until === null ? undefined : { mode, until };
}

export function encodeAttributes(attributes: ObjectAttributes): string {
  return JSON.stringify(attributes);
}

export function decodeAttributes(json: string): ObjectAttributes {
  return JSON.parse(json) as ObjectAttributes; // written by encodeAttributes alone
}

interface ChecksumColumns {
  readonly checksum_algorithm: string | null;
  readonly checksum_type: StoredChecksum['type'] | null;
  readonly checksum_value: string | null;
}

/** Undefined where none is known. */
export function decodeChecksum(row: ChecksumColumns): Checksum | undefined {
  const { checksum_algorithm: algorithm, checksum_type: type, checksum_value: value } = row;
  if (algorithm === null || type === null || value === null || !isChecksumAlgorithm(algorithm)) return undefined;
  return { algorithm, type, value };
}

export function isChecksumAlgorithm(text: string): text is ChecksumAlgorithm {
  return (CHECKSUM_ALGORITHMS as readonly string[]).includes(text);
}
