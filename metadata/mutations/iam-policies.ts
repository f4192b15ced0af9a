import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { appendAudit } from './audit.ts';
import { type IamChange, raiseIamVersion, requireAuthority, requireHolder, requireRoom } from './iam-authority.ts';

/** Each is asked with every request of its holder. */
const MAX_POLICIES = 20;

export interface CreateManagedPolicy extends IamChange {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly description?: string;
  /** JSON. */
  readonly document: string;
  readonly at: string;
}

/** Throws `EntityAlreadyExists`, `AccessDenied`. */
export async function createManagedPolicy(tx: Tx, input: CreateManagedPolicy): Promise<void> {
  await requireAuthority(tx, input);
  const { id, name, path, description = null, document, at } = input;
  const existing = await tx.get('SELECT id FROM iam_policies WHERE lower(name) = lower(?)', name);
  if (existing !== undefined) {
    throw new Failure(
      'EntityAlreadyExists',
      `A policy called ${name} already exists. Duplicate names are not allowed.`,
    );
  }
  await tx.run(
    'INSERT INTO iam_policies (id, name, path, description, document, created_at) VALUES (?, ?, ?, ?, ?, ?)',
    id,
    name,
    path,
    description,
    document,
    at,
  );
  await appendAudit(tx, input.audit);
}

/** Throws `NoSuchEntity`, `DeleteConflict` while it is attached, `AccessDenied`. */
export async function deleteManagedPolicy(tx: Tx, input: IamChange & { readonly policyId: string }): Promise<void> {
  await requireAuthority(tx, input);
  const { policyId } = input;
  const attached = await tx.get('SELECT holder_id FROM iam_attachments WHERE policy_id = ? LIMIT 1', policyId);
  if (attached !== undefined) {
    throw new Failure('DeleteConflict', 'Cannot delete a policy attached to entities: detach it first.');
  }
  const gone = await tx.run('DELETE FROM iam_policies WHERE id = ?', policyId);
  if (gone === 0) throw new Failure('NoSuchEntity', 'There is no such policy.');
  await appendAudit(tx, input.audit);
}

export interface AttachPolicy extends IamChange {
  /** An account or a group. */
  readonly holderId: string;
  readonly policyId: string;
}

/** Does nothing where it is attached. Throws `NoSuchEntity`, `LimitExceeded`, `AccessDenied`. */
export async function attachPolicy(tx: Tx, input: AttachPolicy): Promise<void> {
  await requireHolder(tx, input);
  const { holderId, policyId } = input;
  const policy = await tx.get('SELECT id FROM iam_policies WHERE id = ?', policyId);
  if (policy === undefined) throw new Failure('NoSuchEntity', 'There is no such policy.');
  const sql = 'SELECT policy_id FROM iam_attachments WHERE holder_id = ? AND policy_id = ?';
  if ((await tx.get(sql, holderId, policyId)) !== undefined) return;
  await requireRoom(tx, {
    sql: 'SELECT COUNT(*) AS count FROM iam_attachments WHERE holder_id = ?',
    id: holderId,
    most: MAX_POLICIES,
    what: 'attached policies',
  });
  await tx.run('INSERT INTO iam_attachments (holder_id, policy_id) VALUES (?, ?)', holderId, policyId);
  await raiseIamVersion(tx);
  await appendAudit(tx, input.audit);
}

/** Throws `NoSuchEntity` where it is not attached, `AccessDenied`. */
export async function detachPolicy(tx: Tx, input: AttachPolicy): Promise<void> {
  await requireHolder(tx, input);
  const { holderId, policyId } = input;
  const gone = await tx.run('DELETE FROM iam_attachments WHERE holder_id = ? AND policy_id = ?', holderId, policyId);
  if (gone === 0) throw new Failure('NoSuchEntity', 'The policy was not attached.');
  await raiseIamVersion(tx);
  await appendAudit(tx, input.audit);
}

export interface InlinePolicyName extends IamChange {
  readonly holderId: string;
  readonly name: string;
}

/** Makes it, or replaces the one of that name. Throws `NoSuchEntity`, `LimitExceeded`, `AccessDenied`. */
export async function putInlinePolicy(tx: Tx, input: InlinePolicyName & { readonly document: string }): Promise<void> {
  await requireHolder(tx, input);
  const { holderId, name, document } = input;
  const sql = 'SELECT name FROM iam_inline_policies WHERE holder_id = ? AND name = ?';
  if ((await tx.get(sql, holderId, name)) === undefined) {
    await requireRoom(tx, {
      sql: 'SELECT COUNT(*) AS count FROM iam_inline_policies WHERE holder_id = ?',
      id: holderId,
      most: MAX_POLICIES,
      what: 'inline policies',
    });
  }
  await tx.run(
    `INSERT INTO iam_inline_policies (holder_id, name, document) VALUES (?, ?, ?)
     ON CONFLICT (holder_id, name) DO UPDATE SET document = excluded.document`,
    holderId,
    name,
    document,
  );
  await raiseIamVersion(tx);
  await appendAudit(tx, input.audit);
}

/** Throws `NoSuchEntity`, `AccessDenied`. */
export async function deleteInlinePolicy(tx: Tx, input: InlinePolicyName): Promise<void> {
  await requireHolder(tx, input);
  const { holderId, name } = input;
  const gone = await tx.run('DELETE FROM iam_inline_policies WHERE holder_id = ? AND name = ?', holderId, name);
  if (gone === 0) throw new Failure('NoSuchEntity', `The policy with name ${name} cannot be found.`);
  await raiseIamVersion(tx);
  await appendAudit(tx, input.audit);
}
