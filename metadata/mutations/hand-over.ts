import { Failure } from '../failure.ts';
import { findTransfer } from '../queries/transfers.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import type { PathInDrive } from './drive-paths.ts';
import { type EnsureDrive, ensureDrive } from './drives.ts';
import { findFreePath, isTaken } from './free-path.ts';
import { moveTree } from './move-tree.ts';
import { type Giving, requireGiving } from './transfers.ts';

/** Where what is handed over goes. */
interface Taking {
  /** The recipient's drive, which is made where there is none. */
  readonly drive: EnsureDrive;
  /** What it is to be called there; left out: as it is called, or with a number behind its name where that is taken. */
  readonly to?: string | undefined;
  /** ISO time. */
  readonly at: string;
  readonly audit: AuditEntry;
}

export interface AcceptTransfer extends Taking {
  readonly id: string;
  readonly recipientId: string;
}

export interface HandOver extends Giving, Taking {}

/** Where it is now. */
export interface HandedOver extends PathInDrive {
  /** Of the recipient's drive. */
  readonly bucket: string;
}

/**
 * Takes what was offered. Throws `NoSuchTransfer`, also to who is not its recipient, and as {@link handOver}; what is
 * refused leaves all as it was, the offer too.
 */
export async function acceptTransfer(tx: Tx, input: AcceptTransfer): Promise<HandedOver> {
  const { id, recipientId, at } = input;
  const offer = await findTransfer(tx, { id, partyId: recipientId, now: at });
  if (offer === undefined || offer.recipient_id !== recipientId) throw new Failure('NoSuchTransfer');
  const { bucket_id: bucketId, path, sender_id: senderId } = offer;
  return give(tx, { ...input, bucketId, path, senderId }, senderId);
}

/**
 * Makes another account the owner of a file or folder: it moves to that one's drive, whose quota must have room for it.
 * Who it is shared with keeps it, links and offers of it end. Throws `NoSuchKey` where nothing is that the sender owns,
 * `NoSuchAccount`, `InvalidRequest` for who cannot own it, `FileExists` where the path that is asked for is taken,
 * `QuotaExceeded`, `AccessDenied` for what is locked, `FolderTooLarge`.
 */
export async function handOver(tx: Tx, input: HandOver): Promise<HandedOver> {
  return give(tx, input, input.recipientId);
}

/** @param aboutId whom the audit trail tells it about: who did not ask for it */
async function give(tx: Tx, input: HandOver, aboutId: string): Promise<HandedOver> {
  const { bucketId, path, to: wanted, at, audit } = input;
  await requireGiving(tx, input);
  const drive = await ensureDrive(tx, input.drive);
  const to = { bucketId: drive.id, path: await findPlace(tx, { bucketId: drive.id, path, wanted }) };
  await moveTree(tx, { from: { bucketId, path }, to, accountId: input.recipientId, at });
  await appendAudit(tx, { ...audit, accountId: aboutId, detail: { path, to: to.path } });
  return { bucket: drive.name, ...to };
}

async function findPlace(
  tx: Tx,
  { bucketId, path, wanted }: PathInDrive & { readonly wanted: string | undefined },
): Promise<string> {
  if (wanted === undefined) return findFreePath(tx, { bucketId, path });
  if (!(await isTaken(tx, { bucketId, path: wanted }))) return wanted;
  throw new Failure('FileExists', `Something is called '${wanted}'.`, { Field: '/path' });
}
