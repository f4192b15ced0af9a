import { Failure } from '../failure.ts';
import type { FactorKind } from '../queries/second-factors.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { listConfirmed } from './confirmed-factors.ts';
import { putRecoveryCodes } from './recovery-codes.ts';
import { raiseEpoch } from './sessions.ts';
import { type IssueSmsCode, issueSmsCode } from './sms-codes.ts';

export interface BeginTotp {
  readonly accountId: string;
  /** Sealed by the master key. */
  readonly wrappedSecret: string;
  readonly at: string;
}

/** Notes a secret that is to be proven; one that was not proven goes. Throws `FactorExists` when one is confirmed. */
export async function beginTotp(tx: Tx, input: BeginTotp): Promise<void> {
  await requireUnconfirmed(tx, input.accountId, 'totp');
  await tx.run(
    `INSERT INTO second_factors (account_id, kind, wrapped_secret, created_at) VALUES (?, 'totp', ?, ?)
     ON CONFLICT (account_id, kind) DO UPDATE SET wrapped_secret = excluded.wrapped_secret, created_at = excluded.created_at`,
    input.accountId,
    input.wrappedSecret,
    input.at,
  );
}

/** Notes a number that is to be proven by the code that goes there. Throws `FactorExists`, `TooManyAttempts`. */
export async function beginSms(tx: Tx, input: IssueSmsCode): Promise<void> {
  await requireUnconfirmed(tx, input.accountId, 'sms');
  await issueSmsCode(tx, input);
  await tx.run(
    `INSERT INTO second_factors (account_id, kind, phone, created_at) VALUES (?, 'sms', ?, ?)
     ON CONFLICT (account_id, kind) DO UPDATE SET phone = excluded.phone, created_at = excluded.created_at`,
    input.accountId,
    input.phone,
    input.at,
  );
}

async function requireUnconfirmed(tx: Tx, accountId: string, kind: FactorKind): Promise<void> {
  if ((await listConfirmed(tx, accountId)).includes(kind)) throw new Failure('FactorExists');
}

export interface TakeTotpStep {
  readonly accountId: string;
  readonly wrappedSecret: string;
  readonly step: number;
}

/**
 * Resolves to whether a code of that step may be taken. "The verifier MUST NOT accept the second attempt of the OTP
 * after the successful validation has been issued for the first OTP" (RFC 6238 section 5.2): steps only go forward, and
 * of racing uses of one code a single one is told so.
 */
export async function takeTotpStep(tx: Tx, input: TakeTotpStep): Promise<boolean> {
  const taken = await tx.run(
    `UPDATE second_factors SET last_step = ? WHERE account_id = ? AND kind = 'totp' AND confirmed_at IS NOT NULL
       AND wrapped_secret = ? AND (last_step IS NULL OR last_step < ?)`,
    input.step,
    input.accountId,
    input.wrappedSecret,
    input.step,
  );
  return taken === 1;
}

export interface RemoveFactor {
  readonly accountId: string;
  readonly kind: FactorKind;
  /** Whether the account must have one. */
  readonly mustKeepOne: boolean;
  readonly audit: AuditEntry;
}

/** With the last one go the recovery codes. Throws `NoSuchFactor`; `SecondFactorRequired` for the last of who must have one. */
export async function removeFactor(tx: Tx, input: RemoveFactor): Promise<void> {
  const confirmed = await listConfirmed(tx, input.accountId);
  if (!confirmed.includes(input.kind)) throw new Failure('NoSuchFactor');
  const isLast = confirmed.length === 1;
  if (isLast && input.mustKeepOne) {
    throw new Failure('SecondFactorRequired', 'The account must have a second factor: add another one first.');
  }
  await tx.run('DELETE FROM second_factors WHERE account_id = ? AND kind = ?', input.accountId, input.kind);
  if (isLast) await putRecoveryCodes(tx, input.accountId, []);
  await appendAudit(tx, input.audit);
}

/** Takes all factors from who has lost them, and ends every session. Throws `NoSuchFactor` where there is none. */
export async function removeAllFactors(tx: Tx, input: { accountId: string; audit: AuditEntry }): Promise<void> {
  if ((await listConfirmed(tx, input.accountId)).length === 0) throw new Failure('NoSuchFactor');
  await tx.run('DELETE FROM second_factors WHERE account_id = ?', input.accountId);
  await putRecoveryCodes(tx, input.accountId, []);
  await raiseEpoch(tx, input.accountId);
  await appendAudit(tx, input.audit);
}
