import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';

export interface AddSigningKey {
  readonly kid: string;
  /** JSON. */
  readonly publicJwk: string;
  /** JWK, sealed by the master key. */
  readonly wrappedPrivate: string;
  readonly at: string;
  /** When it begins to sign; the others verify until `othersVerifyUntil`, or until it was said before, if that is sooner. */
  readonly signsFrom: string;
  readonly othersVerifyUntil: string;
  /** ISO time: nothing is done when a key was made after it, so that of several gateways one rotates. */
  readonly unlessMadeAfter: string;
  readonly audit: AuditEntry;
}

/** Adds a key that will sign in the place of the others. Resolves to whether it was added. */
export async function addSigningKey(tx: Tx, input: AddSigningKey): Promise<boolean> {
  const newer = await tx.get('SELECT kid FROM signing_keys WHERE created_at > ? LIMIT 1', input.unlessMadeAfter);
  if (newer !== undefined) return false;
  await tx.run(
    'UPDATE signing_keys SET verifies_until = ? WHERE verifies_until IS NULL OR verifies_until > ?',
    input.othersVerifyUntil,
    input.othersVerifyUntil,
  );
  await tx.run(
    `INSERT INTO signing_keys (kid, public_jwk, wrapped_private, created_at, signs_from) VALUES (?, ?, ?, ?, ?)`,
    input.kid,
    input.publicJwk,
    input.wrappedPrivate,
    input.at,
    input.signsFrom,
  );
  await appendAudit(tx, input.audit);
  return true;
}

/** Removes the keys whose last token has expired by a time (ISO); resolves to how many went. */
export async function removeSpentSigningKeys(tx: Tx, input: { at: string }): Promise<number> {
  return tx.run('DELETE FROM signing_keys WHERE verifies_until < ?', input.at);
}
