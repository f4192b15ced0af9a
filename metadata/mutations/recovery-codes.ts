import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { listConfirmed } from './confirmed-factors.ts';

export interface ReplaceRecoveryCodes {
  readonly accountId: string;
  /** MACs by the master key. */
  readonly codeHashes: readonly string[];
  readonly audit: AuditEntry;
}

/** Puts new codes in the place of all that were there. Throws `NoSuchFactor` where they would stand beside nothing. */
export async function replaceRecoveryCodes(tx: Tx, input: ReplaceRecoveryCodes): Promise<void> {
  if ((await listConfirmed(tx, input.accountId)).length === 0) throw new Failure('NoSuchFactor');
  await putRecoveryCodes(tx, input.accountId, input.codeHashes);
  await appendAudit(tx, input.audit);
}

/** For the mutation that makes a first factor. */
export async function putRecoveryCodes(tx: Tx, accountId: string, codeHashes: readonly string[]): Promise<void> {
  await tx.run('DELETE FROM recovery_codes WHERE account_id = ?', accountId);
  for (const codeHash of codeHashes) {
    await tx.run('INSERT INTO recovery_codes (account_id, code_hash) VALUES (?, ?)', accountId, codeHash);
  }
}

export interface UseRecoveryCode {
  readonly accountId: string;
  readonly codeHash: string;
  readonly at: string;
  readonly audit: AuditEntry;
}

/**
 * Resolves to whether it was a code of the account that had not been used: of racing uses one is told so. What is
 * compared are MACs: how long it takes tells nothing about a code.
 */
export async function useRecoveryCode(tx: Tx, input: UseRecoveryCode): Promise<boolean> {
  if ((await listConfirmed(tx, input.accountId)).length === 0) return false;
  const used = await tx.run(
    'UPDATE recovery_codes SET used_at = ? WHERE account_id = ? AND code_hash = ? AND used_at IS NULL',
    input.at,
    input.accountId,
    input.codeHash,
  );
  if (used === 0) return false;
  await appendAudit(tx, input.audit);
  return true;
}
