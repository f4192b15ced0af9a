import { randomBytes } from 'node:crypto';
import type { AccountRow, Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import { requireAccountName } from '../account-names.ts';
import { auditEntry } from '../audit.ts';
import { isRoleAccount } from './names.ts';
import type { By } from './policies.ts';

/** An account that begins as a member without a password. */
export function newMember(name: string) {
  const id = newId();
  const canonicalId = randomBytes(32).toString('hex');
  return { id, canonicalId, name, displayName: name, role: 'member', at: new Date().toISOString() } as const;
}

/** The accounts of people and programs, as IAM's users. */
export class IamUsers {
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /** @throws Failure `AccountExists`, `InvalidArgument`, `AccessDenied` */
  async create(name: string, by: By): Promise<AccountRow> {
    requireAccountName(name);
    const member = newMember(name);
    await this.#metadata.mutations.createUser({
      ...member,
      isDelegated: by.isDelegated,
      audit: auditEntry(by.actor, 'account.created', { accountId: member.id, detail: { name, role: 'member' } }),
    });
    return this.get(name);
  }

  /** @throws Failure `NoSuchEntity`, also for the account of a role */
  async get(name: string): Promise<AccountRow> {
    const account = isRoleAccount(name) ? undefined : await this.#metadata.queries.findAccount(name);
    if (account !== undefined) return account;
    throw new Failure('NoSuchEntity', `The user with name ${name} cannot be found.`);
  }

  async page(page: { after: string; limit: number }): Promise<AccountRow[]> {
    return this.#metadata.queries.pageUsers(page);
  }

  /** @throws Failure `DeleteConflict`, `AccessDenied`, `InvalidRequest` for root */
  async delete({ id, name }: AccountRow, by: By): Promise<void> {
    const audit = auditEntry(by.actor, 'account.deleted', { accountId: id, detail: { name } });
    await this.#metadata.mutations.deleteUser({ accountId: id, isDelegated: by.isDelegated, audit });
  }
}
