import type { KmsKeyStatus } from '../mutations/key-ring.ts';
import type { MaybePromise, Tx } from '../tx.ts';

export interface KmsKeyRow {
  readonly id: string;
  readonly name: string;
  readonly status: KmsKeyStatus;
  readonly current_version: number;
  readonly created_at: string;
}

/** A key with the material of one of its versions. */
export interface KmsKeyVersionRow extends KmsKeyRow {
  readonly version: number;
  readonly sealed_material: string;
}

const KEY = 'k.id, k.name, k.status, k.current_version, k.created_at';
const KEY_VERSION = `SELECT ${KEY}, v.version, v.sealed_material
  FROM kms_keys k JOIN kms_key_versions v ON v.key_id = k.id`;

/** A key with its current version. */
export function findKmsKeyById(tx: Tx, id: string): MaybePromise<KmsKeyVersionRow | undefined> {
  return tx.get<KmsKeyVersionRow>(`${KEY_VERSION} AND v.version = k.current_version WHERE k.id = ?`, id);
}

/** A key with its current version. */
export function findKmsKeyByName(tx: Tx, name: string): MaybePromise<KmsKeyVersionRow | undefined> {
  return tx.get<KmsKeyVersionRow>(`${KEY_VERSION} AND v.version = k.current_version WHERE k.name = ?`, name);
}

/** A key with the version that sealed something. */
export function findKmsKeyVersion(
  tx: Tx,
  input: { id: string; version: number },
): MaybePromise<KmsKeyVersionRow | undefined> {
  return tx.get<KmsKeyVersionRow>(`${KEY_VERSION} WHERE k.id = ? AND v.version = ?`, input.id, input.version);
}

/** All keys by name, without their material. */
export function listKmsKeys(tx: Tx): MaybePromise<KmsKeyRow[]> {
  return tx.all<KmsKeyRow>(`SELECT ${KEY} FROM kms_keys k ORDER BY k.name`);
}
