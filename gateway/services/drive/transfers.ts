import { type AccountRow, type DriveRow, Failure, type HandedOver, type TransferRow } from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import { auditEntry } from '../audit.ts';
import type { Asker } from './asker.ts';
import type { DriveAccess } from './drive-access.ts';
import type { Drives } from './drives.ts';
import { findNamedAccount, type NamedAccountParts } from './named-account.ts';
import { isFolder, parseFilePath, parseFolderPath, parsePath } from './paths.ts';

export interface TransfersParts extends NamedAccountParts {
  readonly drives: Drives;
  readonly driveAccess: DriveAccess;
  /** Whether the recipient is asked. */
  readonly transfers: TransferMode;
}

export type TransferMode = 'offer' | 'at-once';

/** What somebody gives away, and to whom. */
export interface NewTransfer {
  readonly drive: DriveRow;
  /** As the client wrote it. */
  readonly path: string;
  /** The name of an account, or its e-mail. */
  readonly to: string;
}

export interface TransferListPage {
  readonly side: 'sent' | 'received' | 'both';
  /** Behind the one of this id. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** What came of it: an offer, or a new owner already. */
export type BegunTransfer =
  | { readonly status: 'offered'; readonly offer: TransferRow }
  | { readonly status: 'accepted'; readonly path: string; readonly recipient: AccountRow };

const DAY_MS = 24 * 3_600_000;
const OFFER_DAYS = 14;

/** The ownership of files and folders: offered, accepted, withdrawn, or handed over at once. */
export class Transfers {
  readonly #parts: TransfersParts;

  constructor(parts: TransfersParts) {
    this.#parts = parts;
  }

  /**
   * Offers a file or folder, for 14 days, or hands it over where the settings say so. For its owner alone.
   * @throws Failure `InvalidPath`, `NoSuchKey`, `AccessDenied`, `NoSuchAccount`, `TooManyAttempts` of those,
   * `InvalidRequest`, `TransferExists`; as `handOver` where that is what is done
   */
  async begin(
    asker: Asker,
    { note, ...given }: NewTransfer & { readonly note: string | null },
  ): Promise<BegunTransfer> {
    const transfer = { ...given, path: parsePath(given.path) };
    const { drive, path } = transfer;
    const recipient = await this.#findRecipient(asker, transfer);
    if (this.#parts.transfers === 'at-once') {
      await this.#give(asker, transfer, recipient);
      return { status: 'accepted', path, recipient };
    }
    const { id: senderId } = accountOf(asker);
    const audit = auditEntry(asker.actor, 'transfer.offered', { accountId: recipient.id, detail: { path } });
    const id = newId();
    await this.#parts.metadata.mutations.offerTransfer({
      id,
      bucketId: drive.id,
      path,
      senderId,
      recipientId: recipient.id,
      note,
      at: audit.at,
      expiresAt: new Date(Date.parse(audit.at) + OFFER_DAYS * DAY_MS).toISOString(),
      audit,
    });
    return { status: 'offered', offer: await this.#get(senderId, id) };
  }

  /**
   * Makes another account the owner at once, whatever the settings say. For the owner alone.
   * @throws Failure `InvalidPath`, `NoSuchKey`, `AccessDenied` also for what is locked, `NoSuchAccount`,
   * `TooManyAttempts` of those, `InvalidRequest`, `QuotaExceeded`, `FileExists`, `FolderTooLarge`
   */
  async handOver(asker: Asker, given: NewTransfer): Promise<HandedOver> {
    const transfer = { ...given, path: parsePath(given.path) };
    return this.#give(asker, transfer, await this.#findRecipient(asker, transfer));
  }

  /** The open offers of an account, in the order in which they were made. */
  async list({ id: accountId }: AccountRow, page: TransferListPage): Promise<TransferRow[]> {
    return this.#parts.metadata.queries.listTransfers({ accountId, now: now(), ...page });
  }

  /**
   * Takes what was offered, under its own name, under that with a number where something has it, or under the one that is
   * asked for. @throws Failure `NoSuchTransfer`, `InvalidPath`, `AccessDenied`, and what `handOver` throws
   */
  async accept(asker: Asker, { id, path }: { readonly id: string; readonly path: string | undefined }) {
    const account = accountOf(asker);
    const offer = await this.#get(account.id, id);
    if (offer.recipient_id !== account.id) throw new Failure('NoSuchTransfer');
    const to = path === undefined ? undefined : (isFolder(offer.path) ? parseFolderPath : parseFilePath)(path);
    const { drives, driveAccess, metadata } = this.#parts;
    const drive = await drives.open(account, asker.actor);
    await driveAccess.require(asker, 's3:PutObject', { bucket: drive, path: to ?? offer.path });
    const audit = auditEntry(asker.actor, 'transfer.accepted', { accountId: offer.sender_id });
    const { id: recipientId } = account;
    const plan = drives.plan(account, asker.actor);
    const moved = await metadata.mutations.acceptTransfer({ id, recipientId, to, drive: plan, at: audit.at, audit });
    return { ...moved, offer };
  }

  /** Withdraws what one has offered, and declines what one is offered. @throws Failure `NoSuchTransfer` */
  async end(asker: Asker, id: string): Promise<void> {
    const { id: byId } = accountOf(asker);
    const audit = auditEntry(asker.actor, 'transfer.withdrawn', { accountId: byId });
    await this.#parts.metadata.mutations.withdrawTransfer({ id, byId, at: audit.at, audit });
  }

  async #get(partyId: string, id: string): Promise<TransferRow> {
    const offer = await this.#parts.metadata.queries.findTransfer({ id, partyId, now: now() });
    if (offer === undefined) throw new Failure('NoSuchTransfer');
    return offer;
  }

  async #give(asker: Asker, { drive, path }: NewTransfer, recipient: AccountRow): Promise<HandedOver> {
    const { metadata, drives } = this.#parts;
    const audit = auditEntry(asker.actor, 'transfer.accepted', { accountId: recipient.id });
    return metadata.mutations.handOver({
      bucketId: drive.id,
      path,
      senderId: accountOf(asker).id,
      recipientId: recipient.id,
      drive: drives.plan(recipient, asker.actor),
      at: audit.at,
      audit,
    });
  }

  /** Whom an owner gives something to; who is not its owner learns nothing of accounts. */
  async #findRecipient(asker: Asker, { drive, path, to }: NewTransfer): Promise<AccountRow> {
    const { id } = accountOf(asker);
    await this.#parts.driveAccess.require(asker, 's3:DeleteObject', { bucket: drive, path });
    if (drive.account_id !== id) throw new Failure('AccessDenied', 'Only its owner gives it away.');
    return findNamedAccount(this.#parts, { name: to, askerId: id, field: '/to' });
  }
}

/** @throws Failure `AccessDenied` for nobody */
function accountOf({ principal }: Asker): AccountRow {
  if (principal.kind === 'account') return principal.account;
  throw new Failure('AccessDenied', 'Log in first.');
}

function now(): string {
  return new Date().toISOString();
}
