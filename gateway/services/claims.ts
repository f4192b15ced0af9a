import type { AccountRow, ClaimRow, Metadata } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';

const CLAIM_PREFIX = /^[a-z0-9][a-z0-9.-]{0,62}$/;

/** The bucket-name prefixes that belong to accounts. */
export class Claims {
  readonly #metadata: Metadata;

  constructor({ metadata }: { metadata: Metadata }) {
    this.#metadata = metadata;
  }

  /** @throws Failure `ClaimExists`, `InvalidArgument` for what cannot begin a bucket name */
  async add({ prefix, account }: { prefix: string; account: AccountRow }): Promise<void> {
    if (!CLAIM_PREFIX.test(prefix)) {
      throw new Failure('InvalidArgument', `'${prefix}' cannot begin a bucket name.`);
    }
    await this.#metadata.mutations.addClaim({ prefix, accountId: account.id, at: new Date().toISOString() });
  }

  /** @throws Failure `NoSuchClaim` */
  async remove({ prefix, account }: { prefix: string; account: AccountRow }): Promise<void> {
    await this.#metadata.mutations.removeClaim({ prefix, accountId: account.id });
  }

  async list(): Promise<ClaimRow[]> {
    return this.#metadata.queries.listClaims();
  }
}
