import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';

interface Claimant {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly email_verified_at: string | null;
}

export interface ProveEmail {
  /** Whose it is now. */
  readonly accountId: string;
  /** In lower case. */
  readonly email: string;
  /** A name that nobody has, for who must give up one that is the e-mail. */
  readonly spareName: string;
  readonly at: string;
}

/**
 * Throws `EmailTaken` when another account has shown that the e-mail (lower case) is its own, or has it as its name. That
 * it only says so counts for nothing here.
 */
export async function requireUnproven(tx: Tx, input: { email: string; accountId: string }): Promise<void> {
  await listClaimants(tx, input);
}

/**
 * Takes an e-mail from whoever claimed it and never showed that it is theirs, with a name that is the same: log-ins go
 * by either. Throws `EmailTaken` as `requireUnproven` does.
 */
export async function takeEmail(tx: Tx, input: ProveEmail): Promise<void> {
  for (const { id, name } of await listClaimants(tx, input)) {
    const isItsName = name.toLowerCase() === input.email;
    await tx.run('UPDATE accounts SET email = NULL, name = ? WHERE id = ?', isItsName ? input.spareName : name, id);
    await tx.run('DELETE FROM one_time_tokens WHERE account_id = ? AND email = ?', id, input.email);
    await appendAudit(tx, lossOf(id, input));
  }
}

/** At most one: e-mails are unique. */
async function listClaimants(tx: Tx, { email, accountId }: { email: string; accountId: string }): Promise<Claimant[]> {
  const others = await tx.all<Claimant>(
    'SELECT id, name, email, email_verified_at FROM accounts WHERE (email = ? OR lower(name) = ?) AND id <> ?',
    email,
    email,
    accountId,
  );
  const isTaken = others.some((other) => other.email !== email || other.email_verified_at !== null);
  if (isTaken) throw new Failure('EmailTaken', undefined, { Field: '/email' });
  return others;
}

/** Who lost it learns nothing of who has it. */
function lossOf(accountId: string, { email, at }: ProveEmail): AuditEntry {
  return {
    at,
    type: 'email.changed',
    accountId,
    actorId: null,
    address: null,
    userAgent: null,
    detail: { lost: email },
  };
}
