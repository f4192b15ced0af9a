import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { NULL_VERSION } from '../version-id.ts';
import { findOutcome, recordOutcome, type TokenHolder } from './client-tokens.ts';
import { forgetPath, type LeadMove, moveLeads } from './drive-paths.ts';
import { requireUnlocked } from './lock.ts';
import { moveCurrent, shareCurrent, type TakenPlace } from './move-current.ts';
import { type Preconditions, requirePreconditions, type ValidatorRow } from './preconditions.ts';
import { addUsage } from './usage.ts';
import { findWay, logVersion, makeWay, openPlace, type Place, releaseFreed, totalBytes, type Way } from './versions.ts';

export interface RenameObject extends TokenHolder {
  readonly bucketId: number;
  /** The new one. */
  readonly key: string;
  /** What the client may have meant, the likeliest first: the first that there is an object of is renamed. */
  readonly sourceKeys: readonly string[];
  readonly sourcePreconditions?: Preconditions | undefined;
  /** Of what is under the new key. */
  readonly preconditions?: Preconditions | undefined;
  /** The id of a part set of its own, used when the source has parts and stays in a history. */
  readonly newPartSet: string;
}

export interface RenamedObject {
  readonly versionId: string;
}

/**
 * Gives the current version another key; no bytes move. What is under the new key is overwritten.
 *
 * A version that a write would replace moves as it is: its contents, and all that is said of them. One that a write
 * would keep stays in its history behind a delete marker, and a new version under the new key shares its contents.
 *
 * A request whose client token was used for it before does nothing. Throws `NoSuchBucket`, `NoSuchKey`,
 * `InvalidRequest` for an object's own key, `PreconditionFailed`, `AccessDenied` where a lock forbids that a version is
 * moved away or overwritten, `IdempotencyParameterMismatch`, `QuotaExceeded` where contents are shared and would be
 * counted twice.
 */
export async function renameObject(tx: Tx, input: RenameObject): Promise<RenamedObject> {
  const known = await findOutcome(tx, input);
  if (known !== undefined) return { versionId: known };
  const source = await openSource(tx, input);
  const destination = await openPlace(tx, targetOf(input, input.key));
  await requireAll(tx, { input, source, destination });
  const isMoved = leavesNothing(source);
  if (isMoved) requireUnlocked(source.current, input);

  // The place is cleared of what was there, the version goes to it, and only then what was there is let go of: both may
  // share their bytes.
  const way = await findWay(tx, destination);
  await charge(tx, { source, isMoved, way });
  await makeWay(tx, destination, way);
  const { seq, versionId } = await logRename(tx, source, destination);
  if (destination.current !== undefined) await removeCurrent(tx, input.bucketId, input.key);
  const { key, newPartSet } = input;
  if (source.bucket.is_drive === 1) await moveLeads(tx, leadsOf(source, destination));
  await (isMoved ? moveCurrent : shareCurrent)(tx, { source, destination, key, seq, versionId, newPartSet });
  if (source.bucket.is_drive === 1) await forgetPath(tx, leadsOf(source, destination).from);
  await releaseFreed(tx, way, input.at);
  await recordOutcome(tx, input, versionId);
  return { versionId };
}

async function openSource(tx: Tx, input: RenameObject): Promise<TakenPlace> {
  for (const key of input.sourceKeys) {
    const place = await openPlace(tx, targetOf(input, key));
    if (place.current !== undefined) return { ...place, current: place.current };
  }
  throw new Failure('NoSuchKey', undefined, { Key: input.sourceKeys[0] ?? '' });
}

function targetOf({ bucketId, accountId, at }: RenameObject, key: string) {
  return { bucketId, key, accountId, at };
}

interface Ends {
  readonly input: RenameObject;
  readonly source: TakenPlace;
  readonly destination: Place;
}

async function requireAll(tx: Tx, { input, source, destination }: Ends): Promise<void> {
  if (source.target.key === input.key) {
    throw new Failure(
      'InvalidRequest',
      'This rename request is illegal because it gives an object the key that it has.',
    );
  }
  if (input.sourcePreconditions !== undefined) {
    requirePreconditions(input.sourcePreconditions, await findValidators(tx, source));
  }
  if (input.preconditions !== undefined) {
    requirePreconditions(input.preconditions, await findValidators(tx, destination));
  }
}

function findValidators(tx: Tx, { target }: Place) {
  return tx.get<ValidatorRow>(
    'SELECT etag, last_modified FROM objects WHERE bucket_id = ? AND key = ?',
    target.bucketId,
    target.key,
  );
}

/** Whether a write in its place would leave nothing of the current version. */
function leavesNothing({ bucket, current }: TakenPlace): boolean {
  return bucket.versioning === null || (bucket.versioning === 'Suspended' && current.version_id === NULL_VERSION);
}

/** What the delete marker of the old key lets go of is credited when that is made. */
async function charge(
  tx: Tx,
  { source, isMoved, way }: { source: TakenPlace; isMoved: boolean; way: Way },
): Promise<void> {
  if (isMoved && way.freed.length === 0) return;
  await addUsage(tx, {
    accountId: source.bucket.account_id,
    objectCount: (isMoved ? 0 : 1) - way.freed.length,
    logicalBytes: (isMoved ? 0 : source.current.size_bytes) - totalBytes(way.freed),
  });
}

function leadsOf({ target: from }: Place, { target: to }: Place): LeadMove {
  return { from: { bucketId: from.bucketId, path: from.key }, to: { bucketId: to.bucketId, path: to.key } };
}

/** One event for both ends: it is of the new key, and names the old one. */
async function logRename(tx: Tx, { target, current }: TakenPlace, destination: Place) {
  const { size_bytes: sizeBytes, etag } = current;
  const logged = await logVersion(tx, destination, { type: 'object.renamed', sizeBytes, etag });
  await tx.run('UPDATE events SET source_key = ? WHERE seq = ?', target.key, logged.seq);
  return logged;
}

async function removeCurrent(tx: Tx, bucketId: number, key: string): Promise<void> {
  await tx.run('DELETE FROM objects WHERE bucket_id = ? AND key = ?', bucketId, key);
}
