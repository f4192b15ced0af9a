import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { findOutcome } from './client-tokens.ts';
import { type CompleteInline, completeInline } from './complete-inline.ts';
import { type DeletedVersion, type DeleteVersion, deleteVersion } from './delete-version.ts';
import { addEntries, conflict, type DocumentWrite, removeEntries, requireVersion } from './documents.ts';
import type { DocumentChangeType } from './events.ts';
import {
  type CommitObject,
  type CommittedPayload,
  commitObject,
  type DeletedObject,
  type DeleteObject,
  deleteObject,
} from './objects.ts';
import { type RenamedObject, type RenameObject, renameObject } from './rename-object.ts';
import type { CommittedObject } from './versions.ts';

/** What an operation on objects means to one document, as far as its caller has looked. */
export interface DocumentEffect {
  readonly bucketId: number;
  readonly key: string;
  /** The collection that it is in, and the version of it that the entries were made for. */
  readonly collectionId: number;
  readonly version: number;
  /** The event that wrote what is there; null: nothing is there. Anything else there is a conflict. */
  readonly before: number | null;
  /** Entries of indexes that go, and that come. */
  readonly removed: DocumentWrite['removed'];
  readonly added: DocumentWrite['added'];
}

/** Stores a document as any object is stored. Throws as {@link keepEntries} and `commitObject`. */
export function commitDocument(
  tx: Tx,
  { effect, object }: { readonly effect: DocumentEffect; readonly object: CommitObject },
): Promise<CommittedPayload> {
  const documentChange = effect.before === null ? 'insert' : 'replace';
  return keepEntries(tx, [effect], () => commitObject(tx, { ...object, documentChange }));
}

/** Makes a document of an upload in parts. Throws as {@link keepEntries} and `completeInline`. */
export function completeDocument(
  tx: Tx,
  { effect, upload }: { readonly effect: DocumentEffect; readonly upload: CompleteInline },
): Promise<CommittedObject> {
  const documentChange = effect.before === null ? 'insert' : 'replace';
  return keepEntries(tx, [effect], () => completeInline(tx, { ...upload, documentChange }));
}

/** Deletes a document as any object is deleted. Throws as {@link keepEntries} and `deleteObject`. */
export function deleteDocument(
  tx: Tx,
  { effect, object }: { readonly effect: DocumentEffect; readonly object: DeleteObject },
): Promise<DeletedObject> {
  const documentChange = effect.before === null ? undefined : 'delete';
  return keepEntries(tx, [effect], () => deleteObject(tx, { ...object, documentChange }));
}

export interface DeleteDocumentVersion {
  readonly effect: DocumentEffect;
  readonly version: DeleteVersion;
  /** The event that wrote what is to be there then; null: nothing. Anything else there is a conflict. */
  readonly after: number | null;
}

/** Deletes a version, whose predecessor may come to be the document. Throws as {@link keepEntries} and `deleteVersion`. */
export function deleteDocumentVersion(tx: Tx, input: DeleteDocumentVersion): Promise<DeletedVersion> {
  const { effect, version, after } = input;
  return keepEntries(tx, [effect], async () => {
    const deleted = await deleteVersion(tx, version);
    if (((await findCurrent(tx, effect))?.seq ?? null) !== after) throw conflict();
    const change = changeBetween(effect.before, after);
    const logged = await tx.get<{ seq: number }>('SELECT max(seq) AS seq FROM events');
    if (change !== undefined) await logChange(tx, logged?.seq, change);
    return deleted;
  });
}

function changeBetween(before: number | null, after: number | null): DocumentChangeType | undefined {
  if (before === after) return undefined;
  if (before === null) return 'insert';
  return after === null ? 'delete' : 'replace';
}

export interface RenameDocument {
  /** Of the document under its old key, and under the new one. */
  readonly effects: readonly [DocumentEffect, DocumentEffect];
  readonly rename: RenameObject;
}

/** Gives a document another key. Throws as {@link keepEntries} and `renameObject`. */
export async function renameDocument(tx: Tx, { effects, rename }: RenameDocument): Promise<RenamedObject> {
  const known = await findOutcome(tx, rename);
  if (known !== undefined) return { versionId: known };
  const [, destination] = effects;
  return keepEntries(tx, effects, async () => {
    const renamed = await renameObject(tx, rename);
    const moved = await findCurrent(tx, destination);
    await logChange(tx, moved?.seq, destination.before === null ? 'insert' : 'replace');
    return renamed;
  });
}

async function logChange(tx: Tx, seq: number | undefined, change: DocumentChangeType): Promise<void> {
  await tx.run('UPDATE events SET document_change = ? WHERE seq = ?', change, seq ?? 0);
}

/**
 * Runs a mutation of objects, and keeps the entries and the counts of collections right by it. Throws `NoSuchCollection`;
 * `ConditionalRequestConflict`, before anything is written, where a document or its collection is not as its caller has
 * seen it; `DuplicateKey` (details `Key`, `Index`).
 */
async function keepEntries<Result>(
  tx: Tx,
  effects: readonly DocumentEffect[],
  mutate: () => Promise<Result>,
): Promise<Result> {
  const known: { effect: DocumentEffect; uniques: ReadonlyMap<number, string>; before: Current | undefined }[] = [];
  for (const effect of effects) {
    const uniques = await requireVersion(tx, effect);
    const before = await findCurrent(tx, effect);
    if ((before?.seq ?? null) !== effect.before) throw conflict();
    known.push({ effect, uniques, before });
  }
  const result = await mutate();
  for (const { effect } of known) await removeEntries(tx, effect);
  for (const { effect, uniques, before } of known) {
    await addEntries(tx, effect, uniques);
    await count(tx, effect.collectionId, { before, after: await findCurrent(tx, effect) });
  }
  return result;
}

interface Current {
  readonly seq: number;
  readonly size_bytes: number;
}

function findCurrent(tx: Tx, { bucketId, key }: DocumentEffect) {
  return tx.get<Current>('SELECT seq, size_bytes FROM objects WHERE bucket_id = ? AND key = ?', bucketId, key);
}

async function count(
  tx: Tx,
  collectionId: number,
  { before, after }: { readonly before: Current | undefined; readonly after: Current | undefined },
): Promise<void> {
  const documents = Number(after !== undefined) - Number(before !== undefined);
  const bytes = (after?.size_bytes ?? 0) - (before?.size_bytes ?? 0);
  if (documents === 0 && bytes === 0) return;
  const sql = 'UPDATE collections SET document_count = document_count + ?, size_bytes = size_bytes + ? WHERE id = ?';
  const changed = await tx.run(sql, documents, bytes, collectionId);
  if (changed === 0) throw new Failure('NoSuchCollection', 'There is no such collection.');
}
