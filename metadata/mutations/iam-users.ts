import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { type CreateAccount, createAccount, requireAccount } from './accounts.ts';
import { type IamChange, raiseIamVersion, requireAuthority, requireBelow } from './iam-authority.ts';
import { deleteAccount } from './profiles.ts';

/** Throws as `createAccount`, `AccessDenied`. */
export async function createUser(tx: Tx, input: CreateAccount & IamChange): Promise<void> {
  await requireAuthority(tx, input);
  await createAccount(tx, input);
}

/** Throws `NoSuchAccount`, `DeleteConflict` while it has keys, policies, groups or buckets; `AccessDenied`, `InvalidRequest` for root. */
export async function deleteUser(tx: Tx, input: IamChange & { readonly accountId: string }): Promise<void> {
  await requireAuthority(tx, input);
  const { accountId, audit } = input;
  const { role } = await requireAccount(tx, accountId);
  requireBelow(role, input);
  if (audit.actorId === accountId) throw new Failure('AccessDenied', 'Nobody deletes itself here.');
  await requireNothingLeft(tx, accountId, [...HELD, ...USED_BY_USERS]);
  await deleteAccount(tx, { accountId, audit });
  await raiseIamVersion(tx);
}

interface Held {
  readonly sql: string;
  readonly what: string;
}

/** What a user or a role has to be rid of before it goes. */
export const HELD: readonly Held[] = [
  { sql: 'SELECT 1 FROM iam_inline_policies WHERE holder_id = ? LIMIT 1', what: 'delete policies first.' },
  { sql: 'SELECT 1 FROM iam_attachments WHERE holder_id = ? LIMIT 1', what: 'detach all policies first.' },
  { sql: 'SELECT 1 FROM buckets WHERE account_id = ? LIMIT 1', what: 'delete its buckets first.' },
];

const USED_BY_USERS: readonly Held[] = [
  { sql: 'SELECT 1 FROM access_keys WHERE account_id = ? LIMIT 1', what: 'delete access keys first.' },
  { sql: 'SELECT 1 FROM iam_group_members WHERE account_id = ? LIMIT 1', what: 'remove it from all groups first.' },
];

/** Throws `DeleteConflict`. */
export async function requireNothingLeft(tx: Tx, accountId: string, held: readonly Held[]): Promise<void> {
  for (const { sql, what } of held) {
    if ((await tx.get(sql, accountId)) !== undefined) {
      throw new Failure('DeleteConflict', `Cannot delete entity, must ${what}`);
    }
  }
}
