import type { AccountRow, ClaimRow, Metadata } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { isAdmin } from './access/index.ts';
import { type Actor, auditEntry, OPERATOR } from './audit.ts';

/** Who may claim a bucket prefix: admins alone, or also any account for itself where it is free. */
export type ClaimsPolicy = 'admin' | 'first-come';

export interface NewClaim {
  readonly prefix: string;
  readonly account: Pick<AccountRow, 'id'>;
  /** Buckets of others may be there already: they stay. */
  readonly grandfather?: boolean;
  /** An admin; absent: the operator. */
  readonly actor?: Actor;
}

/** Which claims: of one account, or of all; from behind one of them. */
export interface ClaimPage {
  readonly accountId: string | undefined;
  readonly after: { readonly prefix: string; readonly accountId: string } | undefined;
  readonly limit: number;
}

const CLAIM_PREFIX = /^[a-z0-9][a-z0-9.-]{0,62}$/;

/** The bucket-name prefixes that belong to accounts. */
export class Claims {
  readonly #metadata: Metadata;
  readonly #policy: ClaimsPolicy;

  constructor({ metadata, policy }: { metadata: Metadata; policy: ClaimsPolicy }) {
    this.#metadata = metadata;
    this.#policy = policy;
  }

  /**
   * Gives an account a prefix, which others may have as well.
   * @throws Failure `ClaimExists`; `ClaimConflict` over buckets of accounts that would be without a claim, unless these
   * are to stay as they are; `InvalidArgument` for what cannot begin a bucket name; `NoSuchAccount`, `AccessDenied`
   */
  async add({ prefix, account, grandfather = false, actor = OPERATOR }: NewClaim): Promise<void> {
    requirePrefix(prefix);
    const audit = auditEntry(actor, 'claim.added', { accountId: account.id });
    const claim = { prefix, accountId: account.id, grandfather, at: audit.at, audit };
    await this.#metadata.mutations.addClaim(claim);
  }

  /**
   * An account takes a prefix for itself.
   * @throws Failure `PrefixClaimed` where the settings do not allow that, and over a claim of another; `ClaimExists`;
   * `ClaimConflict` over buckets of others; `InvalidArgument`
   */
  async take({ prefix, account, actor }: { prefix: string; account: AccountRow; actor: Actor }): Promise<void> {
    const own = await this.page({ accountId: account.id, after: { prefix, accountId: '' }, limit: 1 });
    if (own[0]?.prefix === prefix) {
      throw new Failure('ClaimExists', `The account has claimed '${prefix}' already.`);
    }
    await this.requestClaims(account, [prefix], actor).catch((cause: unknown) => {
      if (!(cause instanceof Failure) || cause.detail.Over !== 'buckets') throw cause;
      throw new Failure('ClaimConflict', cause.message, { Prefix: prefix }, { cause });
    });
  }

  /**
   * An account registers prefixes for itself: all of them are granted, or none. Those that it has already are.
   * @throws Failure `PrefixClaimed` (detail `Prefix`) where the settings do not allow that, over a claim of another
   * account, and over its buckets; `InvalidArgument`
   */
  async requestClaims(account: AccountRow, prefixes: readonly string[], actor: Actor): Promise<void> {
    if (account.role === 'auditor') throw new Failure('AccessDenied', 'Auditors write nothing.');
    const audit = auditEntry(actor, 'claim.added', { accountId: account.id });
    const requested = this.requireRequestable(prefixes);
    await this.#metadata.mutations.takeClaims({ accountId: account.id, prefixes: requested, at: audit.at, audit });
  }

  /**
   * What an account may ask for when it is made: for the `claims` of `createAccount`, which finds out whether they are
   * free. @throws Failure `PrefixClaimed` (detail `Prefix`) where the settings do not allow any; `InvalidArgument`
   */
  requireRequestable(prefixes: readonly string[]): readonly string[] {
    for (const prefix of prefixes) requirePrefix(prefix);
    const [first] = prefixes;
    if (first === undefined || this.#policy === 'first-come') return [...new Set(prefixes)];
    throw new Failure('PrefixClaimed', `Only admins may claim '${first}'.`, { Prefix: first, Over: 'settings' });
  }

  /**
   * Takes a claim away: an admin anybody's, an account its own where it may take claims.
   * @throws Failure `NoSuchClaim`, `AccessDenied`
   */
  async remove(claim: { prefix: string; account: Pick<AccountRow, 'id'>; actor?: Actor }): Promise<void> {
    const { prefix, account, actor = OPERATOR } = claim;
    const audit = auditEntry(actor, 'claim.removed', { accountId: account.id, detail: { prefix } });
    await this.#metadata.mutations.removeClaim({ prefix, accountId: account.id, audit });
  }

  /** Whether an account manages its own claims. */
  mayTake(account: AccountRow): boolean {
    return isAdmin(account) || (this.#policy === 'first-come' && account.role !== 'auditor');
  }

  async list(): Promise<ClaimRow[]> {
    return this.#metadata.queries.listClaims();
  }

  /** By prefix and account. */
  async page(page: ClaimPage): Promise<ClaimRow[]> {
    return this.#metadata.queries.pageClaims(page);
  }
}

function requirePrefix(prefix: string): void {
  if (CLAIM_PREFIX.test(prefix)) return;
  throw new Failure('InvalidArgument', `'${prefix}' cannot begin a bucket name.`, { Field: '/prefix' });
}
