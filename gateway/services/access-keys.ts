import { randomBytes } from 'node:crypto';
import type { AccessKeyRow, AccountRow, CredentialRow, Metadata } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { type Actor, auditEntry, OPERATOR } from './audit.ts';
import { KeyUses } from './key-uses.ts';
import { compilePolicy, keyPolicies, type Policy } from './policy/index.ts';

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
  /** ISO time; null: never. */
  readonly expiresAt: string | null;
  /** An inactive key signs nothing. */
  readonly isActive: boolean;
  /** Undefined: it may do what its account may. */
  readonly policy: Policy | undefined;
}

/** What may be said of a key. */
export interface KeyFacts {
  readonly name?: string | null | undefined;
  /** In the future; null: never. */
  readonly expiresAt?: Date | null | undefined;
  /** A narrowing policy, as JSON says it; null: none. */
  readonly policy?: unknown;
}

/** Who does it where a policy has allowed it, and not that it is an admin. */
export interface Delegation {
  readonly isDelegated?: boolean;
}

export interface NewKey extends KeyFacts, Delegation {
  /** Taken in instead of a new one. */
  readonly pair?: KeyPair | undefined;
  /** Absent: the operator, who may make any number. */
  readonly actor?: Actor;
}

/** A key, as its account or an admin names it. */
export interface KeyName {
  readonly accessKey: string;
  readonly accountId: string;
}

const ACCESS_KEY = /^[A-Za-z0-9_.-]{3,128}$/;
const SECRET_KEY = /^[\x21-\x7e]{8,256}$/;
const KEY_NAME = /^[^\p{Cc}\p{Cs}]{1,128}$/u;
const MAX_OPENED_SECRETS = 10_000;
/** Of an account. */
export const MAX_KEYS = 100;

/** The keys that accounts sign S3 requests with. */
export class AccessKeys {
  /** When they were used last. */
  readonly uses: KeyUses;
  readonly #metadata: Metadata;
  readonly #secrets: SecretWrapper;
  /** By the sealed form, so that a changed secret is never served from here. */
  readonly #opened = new Map<string, string>();
  readonly #policies = keyPolicies();

  constructor({ metadata, secrets }: { metadata: Metadata; secrets: SecretWrapper }) {
    this.#metadata = metadata;
    this.#secrets = secrets;
    this.uses = new KeyUses(metadata);
  }

  /**
   * Makes a key pair, or takes the given one in.
   * @throws Failure `AccessKeyExists`, `TooManyAccessKeys`, `InvalidArgument`, `NoSuchAccount`; `AccessDenied` for who
   * may not administer the account
   */
  async create(account: Pick<AccountRow, 'id'>, key: NewKey = {}): Promise<KeyPair> {
    const { pair = generateKeyPair(), actor = OPERATOR, isDelegated } = key;
    requirePair(pair);
    const { accessKey } = pair;
    const { name, ...facts } = storedFacts(key);
    await this.#metadata.mutations.createAccessKey({
      accessKey,
      accountId: account.id,
      wrappedSecret: this.#secrets.wrap(accessKey, pair.secretKey),
      ...(name ? { name } : {}),
      ...(facts.expiresAt ? { expiresAt: facts.expiresAt } : {}),
      ...(facts.policy ? { policy: facts.policy } : {}),
      ...(actor === OPERATOR ? {} : { maxKeys: MAX_KEYS }),
      ...(isDelegated === undefined ? {} : { isDelegated }),
      at: new Date().toISOString(),
      audit: auditEntry(actor, 'key.created', { accountId: account.id, detail: { access_key: accessKey } }),
    });
    return pair;
  }

  /** All of them, or those of one account. */
  async list(accountName?: string): Promise<AccessKeyRow[]> {
    return this.#metadata.queries.listAccessKeys(accountName);
  }

  /** A page of an account's keys, from behind one. */
  async page(accountId: string, page: { after: string | undefined; limit: number }): Promise<AccessKeyRow[]> {
    return this.#metadata.queries.pageAccessKeys({ accountId, ...page });
  }

  /** @throws Failure `NoSuchAccessKey`, also for the key of another account where one is named */
  async get({ accessKey, accountId }: { accessKey: string; accountId?: string }): Promise<AccessKeyRow> {
    const row = await this.#metadata.queries.findAccessKey(accessKey);
    if (row !== undefined && (accountId === undefined || row.account_id === accountId)) return row;
    throw new Failure('NoSuchAccessKey', `There is no access key '${accessKey}'.`);
  }

  /**
   * Changes what is named of a key; the rest stays. It counts at once.
   * @throws Failure `NoSuchAccessKey`, `InvalidArgument`, `AccessDenied`
   */
  async change({ accessKey, accountId }: KeyName, { actor, ...facts }: KeyFacts & { actor: Actor }): Promise<void> {
    const changes = storedFacts(facts);
    if (Object.keys(changes).length === 0) return void (await this.get({ accessKey, accountId }));
    const detail = { access_key: accessKey, changed: Object.keys(changes).join(' ') };
    const audit = auditEntry(actor, 'key.changed', { accountId, detail });
    await this.#metadata.mutations.changeAccessKey({ accessKey, accountId, ...changes, audit });
  }

  /** An inactive key signs nothing until it is active again. @throws Failure `NoSuchAccessKey`, `AccessDenied` */
  async setStatus(
    { accessKey, accountId }: KeyName,
    { status, actor, ...delegation }: Delegation & { status: 'active' | 'inactive'; actor: Actor },
  ): Promise<void> {
    const detail = { access_key: accessKey, changed: 'status', status };
    const audit = auditEntry(actor, 'key.changed', { accountId, detail });
    await this.#metadata.mutations.changeAccessKey({ accessKey, accountId, status, ...delegation, audit });
  }

  /** @throws Failure `NoSuchAccessKey`, `AccessDenied` */
  async delete({ accessKey, accountId }: KeyName, actor: Actor, delegation: Delegation = {}): Promise<void> {
    const audit = auditEntry(actor, 'key.deleted', { accountId, detail: { access_key: accessKey } });
    await this.#metadata.mutations.deleteAccessKey({ accessKey, accountId, ...delegation, audit });
  }

  /** Makes sure that what is sealed opens. @throws SecretError when it was sealed with another master key */
  async requireOpenable(): Promise<void> {
    const any = await this.#metadata.queries.findAnyAccessKey();
    if (any !== undefined) await this.findCredential(any);
  }

  /**
   * What a signature is verified against; undefined for an unknown key. A change counts at once. Answers at once where
   * the key is remembered: it is asked with every request.
   */
  findCredential(accessKey: string): Credential | undefined | Promise<Credential | undefined> {
    // Whoever asks has proven nothing yet: no more is looked up than could be there.
    if (!ACCESS_KEY.test(accessKey)) return undefined;
    const found = this.#metadata.queries.findCredential(accessKey);
    return found instanceof Promise ? found.then((row) => this.#toCredential(row)) : this.#toCredential(found);
  }

  #toCredential(row: CredentialRow | undefined): Credential | undefined {
    if (row === undefined) return undefined;
    const { access_key: accessKey, key_expires_at: expiresAt, key_policy: text, key_status: status } = row;
    const policy = text === null ? undefined : this.#policies.of(accessKey, text);
    return { account: row, accessKey, secretKey: this.#open(row), expiresAt, isActive: status === 'active', policy };
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

function requirePair({ accessKey, secretKey }: KeyPair): void {
  if (!ACCESS_KEY.test(accessKey)) {
    throw new Failure('InvalidArgument', 'An access key has 3 to 128 letters, digits or . _ -');
  }
  if (!SECRET_KEY.test(secretKey)) {
    throw new Failure('InvalidArgument', 'A secret key has 8 to 256 visible ASCII characters.');
  }
}

interface StoredFacts {
  readonly name?: string | null;
  readonly expiresAt?: string | null;
  readonly policy?: string | null;
}

/** Checked, and as the database keeps it; what is not said is left out. @throws Failure `InvalidArgument` */
function storedFacts({ name, expiresAt, policy }: KeyFacts): StoredFacts {
  if (expiresAt && !(expiresAt.getTime() > Date.now())) {
    throw new Failure('InvalidArgument', 'A key expires in the future.', { Field: '/expires_at' });
  }
  if (name !== undefined && name !== null && !KEY_NAME.test(name)) {
    const problem = 'A name has 1 to 128 characters, none of which is a control character.';
    throw new Failure('InvalidArgument', problem, { Field: '/name' });
  }
  if (policy !== undefined && policy !== null) compilePolicy(policy, 'key');
  return {
    ...(name === undefined ? {} : { name }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt?.toISOString() ?? null }),
    ...(policy === undefined ? {} : { policy: policy === null ? null : JSON.stringify(policy) }),
  };
}

const ACCESS_KEY_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A pair in AWS's shape: 20 capitals and digits, 40 characters of base64. */
function generateKeyPair(): KeyPair {
  const letters = Array.from(randomBytes(16), (byte) => ACCESS_KEY_ALPHABET.charAt(byte % 32));
  return { accessKey: `GATE${letters.join('')}`, secretKey: randomBytes(30).toString('base64') };
}
