import { Failure } from '../failure.ts';
import type { FactorKind } from '../queries/second-factors.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { listConfirmed } from './confirmed-factors.ts';
import { putRecoveryCodes } from './recovery-codes.ts';
import { requireCurrent } from './sessions.ts';
import { type UseSmsCode, useSmsCode } from './sms-codes.ts';

export interface ConfirmFactor {
  readonly accountId: string;
  readonly at: string;
  /** ISO time: what was begun before is forgotten. */
  readonly begunAfter: string;
  /** Of whoever asks: the one that goes on. Absent: an enrolment, which only a first factor ends. */
  readonly sessionId?: string;
  /** The account's when that was authenticated: whoever was logged out since confirms nothing. */
  readonly epoch: number;
  /** MACs by the master key: of the recovery codes that come with a first factor. */
  readonly recoveryCodeHashes: readonly string[];
  readonly audit: AuditEntry;
}

/** What became of a confirmation. */
export type Confirmation = 'refused' | 'first' | 'further';

/**
 * Confirms a secret that a code of `step` has proven. A first factor brings the recovery codes and ends every session but
 * `sessionId`. Throws `NoSuchFactor` when another secret was begun or none is pending, `FactorExists`, `InvalidToken`.
 */
export async function confirmTotp(
  tx: Tx,
  input: ConfirmFactor & { readonly wrappedSecret: string; readonly step: number },
): Promise<Confirmation> {
  await requirePending(tx, input, { kind: 'totp', column: 'wrapped_secret', value: input.wrappedSecret });
  await tx.run(
    `UPDATE second_factors SET confirmed_at = ?, last_step = ? WHERE account_id = ? AND kind = 'totp'`,
    input.at,
    input.step,
    input.accountId,
  );
  return settle(tx, input);
}

/** Confirms a number with the code that was sent there. As `confirmTotp`; `refused` where the code is wrong. */
export async function confirmSms(tx: Tx, input: ConfirmFactor & UseSmsCode): Promise<Confirmation> {
  await requirePending(tx, input, { kind: 'sms', column: 'phone', value: input.phone });
  if (!(await useSmsCode(tx, input))) return 'refused';
  await tx.run(
    `UPDATE second_factors SET confirmed_at = ? WHERE account_id = ? AND kind = 'sms'`,
    input.at,
    input.accountId,
  );
  return settle(tx, input);
}

async function requirePending(
  tx: Tx,
  input: ConfirmFactor,
  pending: { kind: FactorKind; column: 'wrapped_secret' | 'phone'; value: string },
): Promise<void> {
  await requireCurrent(tx, input);
  const confirmed = await listConfirmed(tx, input.accountId);
  if (confirmed.includes(pending.kind)) throw new Failure('FactorExists');
  if (input.sessionId === undefined && confirmed.length > 0) throw new Failure('InvalidToken');
  const row = await tx.get(
    `SELECT kind FROM second_factors WHERE account_id = ? AND kind = ? AND ${pending.column} = ? AND created_at > ?`,
    input.accountId,
    pending.kind,
    pending.value,
    input.begunAfter,
  );
  if (row === undefined) throw new Failure('NoSuchFactor', 'Nothing is waiting to be confirmed: begin anew.');
}

/** Whoever logged in before a first factor has proven less than is asked now. */
async function settle(tx: Tx, input: ConfirmFactor): Promise<Confirmation> {
  await appendAudit(tx, input.audit);
  if ((await listConfirmed(tx, input.accountId)).length > 1) return 'further';
  await putRecoveryCodes(tx, input.accountId, input.recoveryCodeHashes);
  await tx.run('DELETE FROM sessions WHERE account_id = ? AND id <> ?', input.accountId, input.sessionId ?? '');
  return 'first';
}
