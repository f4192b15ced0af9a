import type { Tx } from '../tx.ts';
import type { Payload } from './blobs.ts';
import { commitObject } from './objects.ts';
import { abortUpload, type CompleteUpload, findUploaded, sortParts, uploadedProperties } from './uploads.ts';
import type { CommittedObject } from './versions.ts';

export interface CompleteInline extends CompleteUpload {
  /** The bytes of the parts, one behind the other. */
  readonly payload: Payload;
}

/** Stores what an upload's parts are made of in their place: they go. Throws as `completeUpload`. */
export async function completeInline(tx: Tx, input: CompleteInline): Promise<CommittedObject> {
  const upload = await findUploaded(tx, input.uploadId);
  await sortParts(tx, input);
  const { sizeBytes, etag, checksum, payload, bucketId, key, accountId, at, condition, documentChange } = input;
  // What was paid for the parts is paid back first, so that nobody needs room for both.
  await abortUpload(tx, { uploadId: input.uploadId, nowMs: Date.parse(at) });
  return commitObject(tx, {
    ...uploadedProperties(upload),
    defaultRetention: input.defaultRetention,
    bucketId,
    key,
    accountId,
    at,
    condition,
    documentChange,
    payload,
    sizeBytes,
    etag,
    checksum,
    attributes: input.attributes ?? upload.attributes,
  });
}
