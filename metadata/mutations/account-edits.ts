import { Failure } from '../failure.ts';
import type { Value } from '../tx.ts';
import type { AccountRole, AccountStatus } from './accounts.ts';
import type { AuditType } from './audit.ts';
import type { AdministeredAccount } from './may-administer.ts';

/** What an admin may change of an account; what is left out stays. */
export interface AccountChanges {
  readonly role?: Exclude<AccountRole, 'root'> | undefined;
  readonly status?: AccountStatus | undefined;
  /** Null: no quota. */
  readonly quotaBytes?: number | null | undefined;
  readonly secondFactor?: 'optional' | 'required' | undefined;
  /** In lower case; null: none. */
  readonly email?: string | null | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly displayName?: string | undefined;
}

/** What an edit takes from the mutation that makes it. */
export interface EditTerms {
  readonly at: string;
  /** A name that nobody has, for who loses an e-mail that is its name. */
  readonly spareName: string;
}

/** One change, and what the audit trail says of it. */
export interface AccountEdit {
  readonly type: AuditType;
  readonly detail: Readonly<Record<string, string>>;
  /** Its last placeholder is the account's id. */
  readonly sql: string;
  readonly values: readonly Value[];
  /** Whether no token that was made before may count any more. */
  readonly raisesEpoch?: true;
}

const SET_EMAIL = 'UPDATE accounts SET email = ?, email_verified_at = ?, pending_email = NULL, name = ? WHERE id = ?';

/** What is to be done so that an account is as it should be: nothing for what is so already. Throws `InvalidArgument`. */
export function editsOf(account: AdministeredAccount, changes: AccountChanges, given: EditTerms): AccountEdit[] {
  const { role, status, quotaBytes, secondFactor, displayName } = changes;
  const edits: AccountEdit[] = [];
  if (role !== undefined && role !== account.role) {
    const sql = 'UPDATE accounts SET role = ? WHERE id = ?';
    edits.push({ ...edit('account.role-changed', [account.role, role]), sql, values: [role], raisesEpoch: true });
  }
  if (status !== undefined && status !== account.status) edits.push(statusEdit(account, status));
  if (quotaBytes !== undefined && quotaBytes !== account.quota_bytes) {
    const sql = 'UPDATE usage SET quota_bytes = ? WHERE account_id = ?';
    edits.push({ ...edit('account.quota-changed', [account.quota_bytes, quotaBytes]), sql, values: [quotaBytes] });
  }
  if (secondFactor !== undefined && secondFactor !== account.second_factor) {
    const sql = 'UPDATE accounts SET second_factor = ? WHERE id = ?';
    const told = edit('account.changed', [account.second_factor, secondFactor], 'second_factor');
    edits.push({ ...told, sql, values: [secondFactor] });
  }
  if (displayName !== undefined && displayName !== account.display_name) {
    const sql = 'UPDATE accounts SET display_name = ? WHERE id = ?';
    const told = edit('account.changed', [account.display_name, displayName], 'display_name');
    edits.push({ ...told, sql, values: [displayName] });
  }
  return [...edits, ...emailEdits(account, changes, given)];
}

function statusEdit({ status: old }: AdministeredAccount, status: AccountStatus): AccountEdit {
  const sql = 'UPDATE accounts SET status = ? WHERE id = ?';
  if (status === 'active') return { ...edit('account.enabled', [old, status]), sql, values: [status] };
  return { ...edit('account.disabled', [old, status]), sql, values: [status], raisesEpoch: true };
}

/**
 * Another e-mail is not verified unless the admin says so. A name that was the e-mail goes along with it: nobody may sit
 * on an address that may come to be somebody else's.
 */
function emailEdits(
  account: AdministeredAccount,
  changes: AccountChanges,
  { at, spareName }: EditTerms,
): AccountEdit[] {
  const { email = account.email } = changes;
  const isChanged = email !== account.email;
  const wasVerified = account.email_verified_at !== null;
  const verified = changes.emailVerified ?? (!isChanged && wasVerified);
  if (email === null && verified) {
    throw new Failure('InvalidArgument', 'There is no e-mail to be verified.', { Field: '/email_verified' });
  }
  if (!isChanged && verified === wasVerified) return [];
  const isItsName = isChanged && account.name.toLowerCase() === account.email;
  const name = isItsName ? (email ?? spareName) : account.name;
  const values = [email, verified ? ((isChanged ? null : account.email_verified_at) ?? at) : null, name];
  if (isChanged) return [{ ...edit('email.changed', [account.email, email]), sql: SET_EMAIL, values }];
  if (verified) return [{ ...edit('email.verified', [wasVerified, verified]), sql: SET_EMAIL, values }];
  return [{ ...edit('account.changed', [wasVerified, verified], 'email_verified'), sql: SET_EMAIL, values }];
}

type Shown = string | number | boolean | null;

function edit(type: AuditType, [old, now]: readonly [Shown, Shown], field?: string) {
  const detail = { old: String(old ?? 'none'), new: String(now ?? 'none') };
  return { type, detail: field === undefined ? detail : { field, ...detail } };
}
