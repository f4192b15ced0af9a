import { randomBytes } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JSONWebKeySet, type JWK } from 'jose';
import type { Metadata, SigningKeyRow } from '../../../metadata/index.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { Vault } from '../vault.ts';

/** RFC 8037, and nothing else: an algorithm that a token could choose would be an attack. */
export const SIGNING_ALGORITHM = 'EdDSA';

/** A key pair as it is used. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

export interface SigningKeysOptions {
  readonly metadata: Metadata;
  readonly vault: Vault;
  /** After how long another key signs. */
  readonly lifetimeMs: number;
  /** How long the longest token lives: as long a key that signs no more still verifies. */
  readonly tokenLifetimeMs: number;
}

/** How long a new key is published before it signs: caches of the JWKS are no older. */
export const PUBLISH_AHEAD_MS = 3_600_000;
/** Another gateway may have rotated: what is remembered is looked up again. */
const REFRESH_MS = 30_000;
/** A token with an unknown key is worth a look at the database, not many. */
const MIN_REFRESH_MS = 1000;
const CLOCK_SKEW_MS = 60_000;

/** The key pairs that access tokens are signed with: kept in the database, private halves sealed by the master key. */
export class SigningKeys {
  readonly #options: SigningKeysOptions;
  #rows: readonly SigningKeyRow[] = [];
  #readAt = 0;
  readonly #privateKeys = new Map<string, CryptoKey>();
  readonly #publicKeys = new Map<string, CryptoKey>();

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /** The key that signs now; makes the first one. */
  async current(): Promise<SigningKey> {
    const row = (await this.#signing()) ?? (await this.#makeFirst());
    let privateKey = this.#privateKeys.get(row.kid);
    if (privateKey === undefined) {
      privateKey = await importKey(JSON.parse(this.#options.vault.open(row.wrapped_private, sealedFor(row.kid))));
      this.#privateKeys.set(row.kid, privateKey);
    }
    return { kid: row.kid, privateKey };
  }

  /** What a token of that key is verified with; undefined for an unknown key, and one whose last token has expired. */
  async findPublic(kid: string): Promise<CryptoKey | undefined> {
    const row = (await this.#find(kid, REFRESH_MS)) ?? (await this.#find(kid, MIN_REFRESH_MS));
    if (row === undefined || !isVerifying(row)) return undefined;
    let key = this.#publicKeys.get(kid);
    if (key === undefined) {
      key = await importKey(JSON.parse(row.public_jwk));
      this.#publicKeys.set(kid, key);
    }
    return key;
  }

  /** What others verify our tokens with (RFC 7517). */
  async jwks(): Promise<JSONWebKeySet> {
    await this.current();
    const rows = await this.#read(REFRESH_MS);
    return { keys: rows.filter(isVerifying).map((row) => JSON.parse(row.public_jwk) as JWK) };
  }

  async list(): Promise<readonly SigningKeyRow[]> {
    return this.#read(0);
  }

  /** Replaces the key that signs when its time has come, and forgets those that verify nothing any more. */
  async rotateDue(actor: Actor): Promise<boolean> {
    await this.#options.metadata.mutations.removeSpentSigningKeys({ at: new Date().toISOString() });
    return this.#add({ actor, publishAheadMs: PUBLISH_AHEAD_MS, olderThanMs: this.#options.lifetimeMs });
  }

  /** Replaces the key that signs, once caches know the new one; at once where `now`. */
  async rotate(actor: Actor, { now = false } = {}): Promise<boolean> {
    return this.#add({ actor, publishAheadMs: now ? 0 : PUBLISH_AHEAD_MS, olderThanMs: 0 });
  }

  async #signing(): Promise<SigningKeyRow | undefined> {
    const now = new Date().toISOString();
    return (await this.#read(REFRESH_MS)).find((row) => row.signs_from <= now);
  }

  async #makeFirst(): Promise<SigningKeyRow> {
    const actor = { accountId: null, address: null, userAgent: null };
    await this.#add({ actor, publishAheadMs: 0, olderThanMs: this.#options.lifetimeMs });
    const [first] = await this.#read(0);
    if (first === undefined) throw new Error('There is no signing key, and none could be made.');
    return first;
  }

  async #add(input: { actor: Actor; publishAheadMs: number; olderThanMs: number }): Promise<boolean> {
    const now = Date.now();
    const { metadata, vault, tokenLifetimeMs } = this.#options;
    const kid = randomBytes(12).toString('base64url');
    const pair = await generateKeyPair(SIGNING_ALGORITHM, { crv: 'Ed25519', extractable: true });
    const names = { kid, use: 'sig', alg: SIGNING_ALGORITHM };
    const signsAt = now + input.publishAheadMs;
    const isAdded = await metadata.mutations.addSigningKey({
      kid,
      publicJwk: JSON.stringify({ ...(await exportJWK(pair.publicKey)), ...names }),
      wrappedPrivate: vault.seal(JSON.stringify(await exportJWK(pair.privateKey)), sealedFor(kid)),
      at: new Date(now).toISOString(),
      signsFrom: new Date(signsAt).toISOString(),
      othersVerifyUntil: new Date(signsAt + tokenLifetimeMs + CLOCK_SKEW_MS).toISOString(),
      unlessMadeAfter: new Date(now - input.olderThanMs).toISOString(),
      audit: auditEntry(input.actor, 'signing-key.rotated', { accountId: null, detail: { kid } }),
    });
    this.#readAt = 0;
    return isAdded;
  }

  async #find(kid: string, maxAgeMs: number): Promise<SigningKeyRow | undefined> {
    return (await this.#read(maxAgeMs)).find((row) => row.kid === kid);
  }

  async #read(maxAgeMs: number): Promise<readonly SigningKeyRow[]> {
    if (Date.now() - this.#readAt > maxAgeMs || maxAgeMs === 0) {
      this.#rows = await this.#options.metadata.queries.listSigningKeys();
      this.#readAt = Date.now();
    }
    return this.#rows;
  }
}

function isVerifying({ verifies_until }: SigningKeyRow): boolean {
  return verifies_until === null || verifies_until > new Date().toISOString();
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, SIGNING_ALGORITHM);
  if (key instanceof Uint8Array) throw new Error('A signing key must be a key pair.');
  return key;
}

function sealedFor(kid: string) {
  return { label: 'signing key v1', context: kid };
}
