import { randomBytes } from 'node:crypto';
import type { AccountRow, AccountUsageRow, Metadata } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { newId } from '../ids.ts';
import { requireAccountName } from './account-names.ts';
import { type Actor, auditEntry, OPERATOR } from './audit.ts';

export interface NewAccount {
  readonly name: string;
  readonly role?: AccountRow['role'];
  /** In lower case. */
  readonly email?: string;
  /** ISO time; absent: not verified. */
  readonly emailVerifiedAt?: string;
  /** Of argon2id, as a PHC string. */
  readonly passwordHash?: string;
  /** Absent: the operator. */
  readonly actor?: Actor;
  readonly auditType?: 'account.created' | 'account.registered';
}

/** Accounts: who has one. */
export class Accounts {
  readonly #metadata: Metadata;

  constructor({ metadata }: { metadata: Metadata }) {
    this.#metadata = metadata;
  }

  /** @throws Failure `AccountExists`, `EmailTaken`, `InvalidArgument` for a name of other characters */
  async create(account: NewAccount): Promise<AccountRow> {
    const { name, role = 'member', actor = OPERATOR, auditType = 'account.created', ...rest } = account;
    requireAccountName(name);
    const id = newId();
    await this.#metadata.mutations.createAccount({
      id,
      canonicalId: randomBytes(32).toString('hex'),
      name,
      displayName: name,
      role,
      ...rest,
      at: new Date().toISOString(),
      audit: auditEntry(actor, auditType, { accountId: id, detail: { name, role } }),
    });
    return this.get(name);
  }

  /** @throws Failure `NoSuchAccount` */
  async get(name: string): Promise<AccountRow> {
    const account = await this.#metadata.queries.findAccount(name);
    if (account === undefined) throw new Failure('NoSuchAccount', `There is no account named '${name}'.`);
    return account;
  }

  async findById(id: string): Promise<AccountRow | undefined> {
    return this.#metadata.queries.findAccountById(id);
  }

  async findRoot(): Promise<AccountRow | undefined> {
    return this.#metadata.queries.findRootAccount();
  }

  async list(): Promise<AccountUsageRow[]> {
    return this.#metadata.queries.listAccounts();
  }

  /** @throws Failure `NoSuchAccount` */
  async enable(name: string, actor: Actor = OPERATOR): Promise<void> {
    const { id: accountId } = await this.get(name);
    const audit = auditEntry(actor, 'account.enabled', { accountId });
    await this.#metadata.mutations.setAccountStatus({ accountId, status: 'active', audit });
  }

  /**
   * A disabled account's keys sign nothing, and its tokens count no more.
   * @throws Failure `NoSuchAccount`; `InvalidRequest` for root
   */
  async disable(name: string, actor: Actor = OPERATOR): Promise<void> {
    const { id: accountId } = await this.get(name);
    const audit = auditEntry(actor, 'account.disabled', { accountId });
    await this.#metadata.mutations.setAccountStatus({ accountId, status: 'disabled', audit });
  }
}
