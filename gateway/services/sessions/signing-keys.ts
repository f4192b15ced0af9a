import { randomBytes } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JSONWebKeySet, type JWK } from 'jose';
import type { Metadata, SigningKeyRow } from '../../../metadata/index.ts';
import { type Actor, auditEntry, OPERATOR } from '../audit.ts';
import type { Vault } from '../vault.ts';

/** RFC 8037, and nothing else: an algorithm that a token could choose would be an attack. */
export const SIGNING_ALGORITHM = 'EdDSA';

/** A key pair as it is used. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** Until when the last token of it may count, in milliseconds; undefined: it is not replaced yet. */
  readonly verifiesUntilMs: number | undefined;
}

/** A key pair as an operator sees it. */
export interface SigningKeyState {
  readonly kid: string;
  /** It signs; it will; or it only verifies what it signed before. */
  readonly state: 'signing' | 'published' | 'verifying';
  /** ISO times. */
  readonly createdAt: string;
  readonly signsFrom: string;
  /** Null: it is not replaced yet. */
  readonly verifiesUntil: string | null;
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
/** By how much the clocks of two gateways, and what they remember, may differ. */
const CLOCK_SKEW_MS = 60_000;
const KID_BYTES = 12;
const KID = /^[\w-]{16}$/;

/**
 * The key pairs that tokens are signed with: kept in the database, private halves sealed by the master key. Gateways of
 * one database share them. A new key is published before it signs, and the old one verifies until its last token has
 * expired.
 */
export class SigningKeys {
  readonly #options: SigningKeysOptions;
  #rows: readonly SigningKeyRow[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  readonly #privateKeys = new Map<string, CryptoKey>();
  readonly #publicKeys = new Map<string, CryptoKey>();

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /** The key that signs now; makes the first one. @throws SealError when it was sealed with another master key */
  async current(): Promise<SigningKey> {
    const row = signingOf(await this.#read(REFRESH_MS)) ?? (await this.#makeFirst());
    let privateKey = this.#privateKeys.get(row.kid);
    if (privateKey === undefined) {
      privateKey = await importKey(JSON.parse(this.#options.vault.open(row.wrapped_private, sealedFor(row.kid))));
      this.#privateKeys.set(row.kid, privateKey);
    }
    const verifiesUntilMs = row.verifies_until === null ? undefined : Date.parse(row.verifies_until);
    return { kid: row.kid, privateKey, verifiesUntilMs };
  }

  /** What a token of that key is verified with; undefined for an unknown key, and one whose last token has expired. */
  async findPublic(kid: unknown): Promise<CryptoKey | undefined> {
    if (typeof kid !== 'string' || !KID.test(kid)) return undefined;
    // One that is not remembered was perhaps made a moment ago, by another gateway.
    const row = (await this.#find(kid, REFRESH_MS)) ?? (await this.#find(kid, 0));
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

  /** All that count, the one that is not replaced yet first. */
  async list(): Promise<SigningKeyState[]> {
    const rows = await this.#read(0);
    const signing = signingOf(rows);
    return rows.filter(isVerifying).map((row) => ({
      kid: row.kid,
      state: row === signing ? 'signing' : hasBegun(row) ? 'verifying' : 'published',
      createdAt: row.created_at,
      signsFrom: row.signs_from,
      verifiesUntil: row.verifies_until,
    }));
  }

  /** Makes sure that what is sealed opens. @throws SealError when it was sealed with another master key */
  async requireOpenable(): Promise<void> {
    for (const { kid, wrapped_private } of await this.#read(0)) {
      this.#options.vault.open(wrapped_private, sealedFor(kid));
    }
  }

  /** Replaces the key that signs when its time has come, and forgets those that verify nothing any more. */
  async rotateDue(): Promise<boolean> {
    await this.current();
    await this.#options.metadata.mutations.removeSpentSigningKeys({ at: new Date().toISOString() });
    return this.#add({ actor: OPERATOR, publishAheadMs: PUBLISH_AHEAD_MS, olderThanMs: this.#options.lifetimeMs });
  }

  /**
   * Replaces the key that signs, once caches know the new one; at once where `now`. Resolves to whether it did: not when
   * the last one was made in the future, by a clock that has been set back since.
   */
  async rotate(actor: Actor, { now = false } = {}): Promise<boolean> {
    return this.#add({ actor, publishAheadMs: now ? 0 : PUBLISH_AHEAD_MS, olderThanMs: 0 });
  }

  /** Of gateways that start at once on an empty database one makes it, and all use that. */
  async #makeFirst(): Promise<SigningKeyRow> {
    await this.#add({ actor: OPERATOR, publishAheadMs: 0, olderThanMs: this.#options.lifetimeMs });
    const first = signingOf(await this.#read(0));
    if (first === undefined) throw new Error('There is no signing key, and none could be made.');
    return first;
  }

  async #add(input: { actor: Actor; publishAheadMs: number; olderThanMs: number }): Promise<boolean> {
    const now = Date.now();
    const { metadata, vault, tokenLifetimeMs } = this.#options;
    const kid = randomBytes(KID_BYTES).toString('base64url');
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
    await this.#read(0);
    return isAdded;
  }

  async #find(kid: string, maxAgeMs: number): Promise<SigningKeyRow | undefined> {
    return (await this.#read(maxAgeMs)).find((row) => row.kid === kid);
  }

  async #read(maxAgeMs: number): Promise<readonly SigningKeyRow[]> {
    const ageMs = Date.now() - this.#readAt;
    // A negative age: the clock was set back.
    if (ageMs >= maxAgeMs || ageMs < 0) {
      this.#rows = await this.#options.metadata.queries.listSigningKeys();
      this.#readAt = Date.now();
      this.#forgetAllBut(new Set(this.#rows.filter(isVerifying).map(({ kid }) => kid)));
    }
    return this.#rows;
  }

  #forgetAllBut(kids: ReadonlySet<string>): void {
    for (const keys of [this.#privateKeys, this.#publicKeys]) {
      for (const kid of keys.keys()) if (!kids.has(kid)) keys.delete(kid);
    }
  }
}

/** Of keys that are all to sign later, by a clock that was set back, the one that is known for longest signs. */
function signingOf(rows: readonly SigningKeyRow[]): SigningKeyRow | undefined {
  const verifying = rows.filter(isVerifying);
  return verifying.find(hasBegun) ?? verifying.at(-1);
}

function hasBegun({ signs_from }: SigningKeyRow): boolean {
  return signs_from <= new Date().toISOString();
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
