import { randomBytes } from 'node:crypto';
import type { AccessKeyRow, AccountRow, CredentialRow, Metadata } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';

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

const ACCESS_KEY = /^[A-Za-z0-9_.-]{3,128}$/;
const SECRET_KEY = /^[\x21-\x7e]{8,256}$/;
const MAX_OPENED_SECRETS = 10_000;

/** The keys that accounts sign S3 requests with. */
export class AccessKeys {
  readonly #metadata: Metadata;
  readonly #secrets: SecretWrapper;
  /** By the sealed form, so that a changed secret is never served from here. */
  readonly #opened = new Map<string, string>();

  constructor({ metadata, secrets }: { metadata: Metadata; secrets: SecretWrapper }) {
    this.#metadata = metadata;
    this.#secrets = secrets;
  }

  /** Makes a key pair, or takes the given one in. @throws Failure `AccessKeyExists`, `InvalidArgument` */
  async create(account: AccountRow, given?: KeyPair): Promise<KeyPair> {
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

  /** All of them, or those of one account. */
  async list(accountName?: string): Promise<AccessKeyRow[]> {
    return this.#metadata.queries.listAccessKeys(accountName);
  }

  /** @throws Failure `NoSuchAccessKey` */
  async delete(accessKey: string): Promise<void> {
    await this.#metadata.mutations.deleteAccessKey({ accessKey });
  }

  /** What a signature is verified against; undefined for an unknown key. Read afresh: a change counts at once. */
  async findCredential(accessKey: string): Promise<Credential | undefined> {
    // Whoever asks has proven nothing yet: no more is looked up than could be there.
    if (!ACCESS_KEY.test(accessKey)) return undefined;
    const row = await this.#metadata.queries.findCredential(accessKey);
    return row === undefined ? undefined : { account: row, accessKey, secretKey: this.#open(row) };
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
