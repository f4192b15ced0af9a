import type { StoredChecksum, StoredRetention } from '../mutations/versions.ts';
import type { MaybePromise, Tx } from '../tx.ts';

export interface UploadRow {
  readonly upload_id: string;
  readonly bucket_id: number;
  readonly key: string;
  readonly account_id: string;
  readonly initiated_at: string;
  readonly attributes: string;
  readonly checksum_algorithm: string | null;
  readonly checksum_type: StoredChecksum['type'] | null;
  readonly retention_mode: StoredRetention['mode'] | null;
  readonly legal_hold: number | null;
  /** JSON. */
  readonly encryption: string | null;
  readonly storage_class: string | null;
}

export function findUpload(tx: Tx, uploadId: string): MaybePromise<UploadRow | undefined> {
  return tx.get<UploadRow>(
    `SELECT upload_id, bucket_id, key, account_id, initiated_at, attributes, checksum_algorithm, checksum_type,
       retention_mode, legal_hold, encryption, storage_class
     FROM uploads WHERE upload_id = ?`,
    uploadId,
  );
}
