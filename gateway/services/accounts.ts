import { randomBytes } from 'node:crypto';
import type {
  AccessKeyRow,
  AccountRow,
  AccountUsageRow,
  ClaimRow,
  CredentialRow,
  Metadata,
} from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { newId } from '../ids.ts';
import { type Actor, auditEntry, OPERATOR } from './audit.ts';

export interface KeyPair {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Seals and opens secrets with the master key. */
export interface SecretWrapper {
  wrap(accessKey: string, secretKey: string): string;
  unwrap(accessKey: string, wrapped: string): string;
}

/** An access key with its account and its secret in the clear. */
export interface Credential {
  readonly account: AccountRow;
  readonly accessKey: string;
  readonly secretKey: string;
}

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

const ACCOUNT_NAME = /^[a-z0-9][a-z0-9._@+-]{0,63}$/i;
const ACCESS_KEY = /^[A-Za-z0-9_.-]{3,128}$/;
const SECRET_KEY = /^[\x21-\x7e]{8,256}$/;
const CLAIM_PREFIX = /^[a-z0-9][a-z0-9.-]{0,62}$/;
const MAX_OPENED_SECRETS = 10_000;

/** Accounts, their access keys and their claims on bucket prefixes. */
export class Accounts {
  readonly #metadata: Metadata;
  readonly #secrets: SecretWrapper;
  /** By the sealed form, so that a changed secret is never served from here. */
  readonly #opened = new Map<string, string>();

  constructor({ metadata, secrets }: { metadata: Metadata; secrets: SecretWrapper }) {
    this.#metadata = metadata;
    this.#secrets = secrets;
  }

  /** @throws Failure `AccountExists`, `EmailTaken`, `InvalidArgument` for a name of other characters */
  async create(account: NewAccount): Promise<AccountRow> {
    const { name, role = 'member', actor = OPERATOR, auditType = 'account.created', ...rest } = account;
    if (!ACCOUNT_NAME.test(name)) {
      throw new Failure(
        'InvalidArgument',
        'An account name has 1 to 64 letters, digits or . _ @ + - and begins with a letter or digit.',
      );
    }
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

  /** Makes a key pair, or takes the given one in. @throws Failure `AccessKeyExists`, `InvalidArgument` */
  async createKey(account: AccountRow, given?: KeyPair): Promise<KeyPair> {
    const pair = given ?? generateKeyPair();
    if (!ACCESS_KEY.test(pair.accessKey)) {
      throw new Failure('InvalidArgument', 'An access key has 3 to 128 letters, digits or . _ -');
    }
    if (!SECRET_KEY.test(pair.secretKey)) {
      throw new Failure('InvalidArgument', 'A secret key has 8 to 256 visible ASCII characters.');
    }
    await this.#metadata.mutations.createAccessKey({
      accessKey: pair.accessKey,
      accountId: account.id,
      wrappedSecret: this.#secrets.wrap(pair.accessKey, pair.secretKey),
      at: new Date().toISOString(),
    });
    return pair;
  }

  /** All of them, or those of one account. @throws Failure `NoSuchAccount` */
  async listKeys(accountName?: string): Promise<AccessKeyRow[]> {
    if (accountName !== undefined) await this.get(accountName);
    return this.#metadata.queries.listAccessKeys(accountName);
  }

  /** @throws Failure `NoSuchAccessKey` */
  async deleteKey(accessKey: string): Promise<void> {
    await this.#metadata.mutations.deleteAccessKey({ accessKey });
  }

  /** What a signature is verified against; undefined for an unknown key. Read afresh: a change counts at once. */
  async findCredential(accessKey: string): Promise<Credential | undefined> {
    // Whoever asks has proven nothing yet: no more is looked up than could be there.
    if (!ACCESS_KEY.test(accessKey)) return undefined;
    const row = await this.#metadata.queries.findCredential(accessKey);
    return row === undefined ? undefined : { account: row, accessKey, secretKey: this.#open(row) };
  }

  /** @throws Failure `ClaimExists`, `InvalidArgument` for what cannot begin a bucket name */
  async addClaim({ prefix, account }: { prefix: string; account: AccountRow }): Promise<void> {
    if (!CLAIM_PREFIX.test(prefix)) {
      throw new Failure('InvalidArgument', `'${prefix}' cannot begin a bucket name.`);
    }
    await this.#metadata.mutations.addClaim({ prefix, accountId: account.id, at: new Date().toISOString() });
  }

  /** @throws Failure `NoSuchClaim` */
  async removeClaim({ prefix, account }: { prefix: string; account: AccountRow }): Promise<void> {
    await this.#metadata.mutations.removeClaim({ prefix, accountId: account.id });
  }

  async listClaims(): Promise<ClaimRow[]> {
    return this.#metadata.queries.listClaims();
  }

  #open(row: CredentialRow): string {
    let secret = this.#opened.get(row.wrapped_secret);
    if (secret === undefined) {
      secret = this.#secrets.unwrap(row.access_key, row.wrapped_secret);
      if (this.#opened.size >= MAX_OPENED_SECRETS) this.#opened.clear();
      this.#opened.set(row.wrapped_secret, secret);
    }
    return secret;
  }
}

const ACCESS_KEY_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A pair in AWS's shape: 20 capitals and digits, 40 characters of base64. */
function generateKeyPair(): KeyPair {
  const letters = Array.from(randomBytes(16), (byte) => ACCESS_KEY_ALPHABET.charAt(byte % 32));
  return { accessKey: `GATE${letters.join('')}`, secretKey: randomBytes(30).toString('base64') };
}
