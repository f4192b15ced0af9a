import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { appendEvent, type EventType } from './events.ts';
import { type FoundVersion, findVersionRow } from './find-version.ts';
import { requireRetentionChange, toFlag } from './lock.ts';
import type { StoredRetention } from './versions.ts';

/** A version (without an id, the current one), and who changes what is said of it, when (ISO time). */
export interface ChangeVersion {
  readonly bucketId: number;
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly accountId: string;
  readonly at: string;
}

/** The version that was changed. */
export interface ChangedVersion {
  readonly versionId: string;
}

export interface SetTags extends ChangeVersion {
  /** JSON: pairs of key and value; left out: none. */
  readonly tags?: string | undefined;
}

/** Replaces all tags of a version. Throws `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed`. */
export async function setTags(tx: Tx, input: SetTags): Promise<ChangedVersion> {
  const version = await openVersion(tx, input);
  return change(tx, { input, version, type: 'object.tagged', assignments: { tags: input.tags ?? null } });
}

export interface SetAttributes extends ChangeVersion {
  /** JSON. */
  readonly attributes: string;
  /** What was looked at before: another object under the same key, or attributes that were changed meanwhile, stay. */
  readonly before: { readonly seq: number; readonly attributes: string };
}

/**
 * Replaces what is said of a version's contents; nothing else of it changes. Throws as {@link setTags} does, and
 * `ConditionalRequestConflict` where it is not what was looked at any more.
 */
export async function setAttributes(tx: Tx, input: SetAttributes): Promise<ChangedVersion> {
  const version = await openVersion(tx, input);
  const { bucketId, key, before } = input;
  const [row] = await tx.rows<[string]>(
    version.isCurrent
      ? 'SELECT attributes FROM objects WHERE bucket_id = ? AND key = ? AND seq = ?'
      : 'SELECT attributes FROM versions WHERE bucket_id = ? AND key = ? AND rank = ?',
    bucketId,
    key,
    version.isCurrent ? version.seq : -version.seq,
  );
  if (version.seq !== before.seq || row?.[0] !== before.attributes) throw new Failure('ConditionalRequestConflict');
  return change(tx, { input, version, type: 'object.described', assignments: { attributes: input.attributes } });
}

export interface SetRetention extends ChangeVersion {
  /** Left out: none. */
  readonly retention?: StoredRetention | undefined;
  /** Granted to the caller, and asked for. */
  readonly bypassGovernance?: boolean | undefined;
}

/**
 * Retains a version, or ends that where it is allowed. Throws as {@link setTags} does, `AccessDenied`, and
 * `InvalidArgument` for a time that is over.
 */
export async function setRetention(tx: Tx, input: SetRetention): Promise<ChangedVersion> {
  const version = await openVersion(tx, input);
  requireRetentionChange(version, { ...input, to: input.retention });
  const assignments = { retention_mode: input.retention?.mode ?? null, retain_until: input.retention?.until ?? null };
  return change(tx, { input, version, type: 'object.locked', assignments });
}

export interface SetLegalHold extends ChangeVersion {
  readonly legalHold: boolean;
}

/** Throws as {@link setTags} does. */
export async function setLegalHold(tx: Tx, input: SetLegalHold): Promise<ChangedVersion> {
  const version = await openVersion(tx, input);
  return change(tx, { input, version, type: 'object.locked', assignments: { legal_hold: toFlag(input.legalHold) } });
}

export interface SetAcl extends ChangeVersion {
  /** JSON: grants; left out: its owner has full control, and nobody else anything. */
  readonly acl?: string | undefined;
  /** What was looked at to see who may do that: another object under the same key may be somebody else's. */
  readonly seq: number;
}

/** Replaces the ACL of a version. Throws as {@link setTags} does, and `ConditionalRequestConflict` where it was overwritten. */
export async function setAcl(tx: Tx, input: SetAcl): Promise<ChangedVersion> {
  const version = await openVersion(tx, input);
  if (version.seq !== input.seq) throw new Failure('ConditionalRequestConflict');
  return change(tx, { input, version, type: 'object.shared', assignments: { acl: input.acl ?? null } });
}

/** A delete marker has nothing to be said of it: "The specified method is not allowed against this resource". */
async function openVersion(tx: Tx, input: ChangeVersion): Promise<FoundVersion> {
  const version = await findVersionRow(tx, input);
  if (version === undefined) throw new Failure(input.versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion');
  if (!version.isDeleteMarker) return version;
  if (input.versionId === undefined) throw new Failure('NoSuchKey');
  throw new Failure('MethodNotAllowed');
}

interface Change {
  readonly input: ChangeVersion;
  readonly version: FoundVersion;
  readonly type: EventType;
  /** New values by column. */
  readonly assignments: Readonly<Record<string, string | number | null>>;
}

async function change(tx: Tx, { input, version, type, assignments }: Change): Promise<ChangedVersion> {
  const { bucketId, key, at, accountId } = input;
  const bucket = await tx.get<{ name: string }>('SELECT name FROM buckets WHERE id = ?', bucketId);
  if (bucket === undefined) throw new Failure('NoSuchBucket');
  const columns = Object.keys(assignments)
    .map((column) => `${column} = ?`)
    .join(', ');
  const table = version.isCurrent ? 'objects' : 'versions';
  const place = version.isCurrent ? 'seq' : 'rank';
  await tx.run(
    `UPDATE ${table} SET ${columns} WHERE bucket_id = ? AND key = ? AND ${place} = ?`,
    ...Object.values(assignments),
    bucketId,
    key,
    version.isCurrent ? version.seq : -version.seq,
  );
  const { version_id: versionId } = version;
  await appendEvent(tx, { at, type, accountId, bucket: bucket.name, key, versionId });
  return { versionId };
}
