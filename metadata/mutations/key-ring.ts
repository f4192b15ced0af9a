import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';

export type KmsKeyStatus = 'enabled' | 'disabled';

export interface CreateKmsKey {
  /** A UUID. */
  readonly id: string;
  readonly name: string;
  /** Of its first version, sealed by the master key. */
  readonly sealedMaterial: string;
  readonly at: string;
}

/** Throws `KmsKeyExists` when the name is taken. */
export async function createKmsKey(tx: Tx, input: CreateKmsKey): Promise<void> {
  const isMade = await insertKey(tx, input);
  if (!isMade) throw new Failure('KmsKeyExists', `A key named '${input.name}' exists.`);
}

/** Makes a key unless there is one of that name: of those who need it at the same moment, one makes it. */
export async function ensureKmsKey(tx: Tx, input: CreateKmsKey): Promise<void> {
  await insertKey(tx, input);
}

async function insertKey(tx: Tx, input: CreateKmsKey): Promise<boolean> {
  const inserted = await tx.run(
    `INSERT INTO kms_keys (id, name, status, current_version, created_at) VALUES (?, ?, 'enabled', 1, ?)
     ON CONFLICT (name) DO NOTHING`,
    input.id,
    input.name,
    input.at,
  );
  if (inserted > 0) await insertVersion(tx, { ...input, version: 1 });
  return inserted > 0;
}

export interface RotateKmsKey {
  readonly id: string;
  /** One more than the current: the material is sealed for it. */
  readonly version: number;
  readonly sealedMaterial: string;
  readonly at: string;
}

/** Gives a key new material. Throws `ConditionalRequestConflict` when it has a version of that number already. */
export async function rotateKmsKey(tx: Tx, input: RotateKmsKey): Promise<void> {
  const changed = await tx.run(
    'UPDATE kms_keys SET current_version = ? WHERE id = ? AND current_version = ?',
    input.version,
    input.id,
    input.version - 1,
  );
  if (changed === 0) {
    throw new Failure('ConditionalRequestConflict', 'The key was rotated by somebody else at the same moment.');
  }
  await insertVersion(tx, input);
}

async function insertVersion(tx: Tx, input: RotateKmsKey): Promise<void> {
  await tx.run(
    'INSERT INTO kms_key_versions (key_id, version, sealed_material, created_at) VALUES (?, ?, ?, ?)',
    input.id,
    input.version,
    input.sealedMaterial,
    input.at,
  );
}

/** Takes effect with the next use of the key. Of a key that is not there it changes nothing. */
export async function setKmsKeyStatus(tx: Tx, input: { id: string; status: KmsKeyStatus }): Promise<void> {
  await tx.run('UPDATE kms_keys SET status = ? WHERE id = ?', input.status, input.id);
}
