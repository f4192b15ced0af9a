import { randomBytes } from 'node:crypto';
import type { AccountRow, Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import type { PrincipalSession } from '../access/index.ts';
import type { AccessKeys } from '../access-keys.ts';
import { compilePolicy, type Policy } from '../policy/index.ts';
import type { Vault } from '../vault.ts';

/** An account at a time: raising its epoch ends what was issued before. */
export interface Bound {
  readonly id: string;
  readonly epoch: number;
}

/** What a session token says; sealed, so that nobody reads or writes it but us. */
interface SessionContent {
  /** Who the session acts as: the account itself, or that of a role. */
  readonly account: Bound;
  readonly session: PrincipalSession;
  /** JSON: narrows the role, or the account itself where no access key began the session. */
  readonly policy?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface IssuedCredentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface NewSession {
  readonly account: AccountRow;
  readonly session: PrincipalSession;
  readonly policy?: string | undefined;
  readonly seconds: number;
}

/** Temporary credentials whose token is genuine. */
export interface TemporaryCredential {
  readonly secretKey: string;
  /** Once the signature is verified. @throws Failure `ExpiredToken`, `InvalidToken` for what has been ended */
  admit(nowMs: number): Promise<Admitted>;
}

export interface Admitted {
  readonly account: AccountRow;
  readonly session: PrincipalSession;
  readonly policy: Policy | undefined;
}

export interface TemporaryCredentialsParts {
  readonly metadata: Metadata;
  readonly vault: Vault;
  readonly accessKeys: AccessKeys;
}

const PREFIX = 'ASIA';
const TOKEN_LABEL = 'session token v1';
const SECRET_LABEL = 'session secret v1';
const SECRET_BYTES = 30;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** A token travels in a header, and the head of a request has its limit. */
const MAX_TOKEN = 16 * 1024;
/** Opened tokens kept: opening one costs as much as a signature. */
const MAX_KEPT = 1000;

interface Opened {
  readonly content: SessionContent;
  readonly policy: Policy | undefined;
}

/** Keys for some time. Nothing of them is stored: their tokens are sealed, and their secrets follow from the tokens. */
export class TemporaryCredentials {
  readonly #parts: TemporaryCredentialsParts;
  readonly #opened = new Map<string, Opened>();

  constructor(parts: TemporaryCredentialsParts) {
    this.#parts = parts;
  }

  /** @throws Failure `LimitExceeded` for policies that make too long a token */
  issue({ account, session, policy, seconds }: NewSession): IssuedCredentials {
    if (policy !== undefined && session.kind === 'account' && session.startedBy !== undefined) {
      // Such a session has the policy of the key that began it, and could not be narrowed by another as well.
      throw new Error('A session of an account that a key began is not narrowed by a policy of its own.');
    }
    const expiresAt = Math.floor(Date.now() / 1000 + seconds) * 1000;
    const content: SessionContent = {
      account: boundTo(account),
      session,
      ...(policy === undefined ? {} : { policy }),
      expiresAt,
    };
    const key = PREFIX + Array.from(randomBytes(16), (byte) => ALPHABET.charAt(byte % 32)).join('');
    const sessionToken = this.#parts.vault.seal(JSON.stringify(content), { label: TOKEN_LABEL, context: key });
    if (sessionToken.length > MAX_TOKEN) {
      throw new Failure('LimitExceeded', 'The session policies together are too large.', {
        Reason: 'PackedPolicyTooLarge',
      });
    }
    return {
      accessKey: key,
      secretKey: this.#secretOf(key, sessionToken),
      sessionToken,
      expiration: new Date(expiresAt),
    };
  }

  /** Whether a key is one of these: what is not in the database need not be looked for. */
  isTemporary(accessKey: string): boolean {
    return accessKey.startsWith(PREFIX);
  }

  /** Undefined for a token that is not ours, or of another key. */
  open(accessKey: string, sessionToken: string): TemporaryCredential | undefined {
    const opened = this.#read(accessKey, sessionToken);
    if (opened === undefined) return undefined;
    return { secretKey: this.#secretOf(accessKey, sessionToken), admit: (now) => this.#admit(opened, now) };
  }

  #read(accessKey: string, sessionToken: string): Opened | undefined {
    if (sessionToken.length > MAX_TOKEN) return undefined;
    const name = `${accessKey} ${sessionToken}`;
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const content = this.#unseal(accessKey, sessionToken);
    if (content === undefined) return undefined;
    const policy = content.policy === undefined ? undefined : compilePolicy(JSON.parse(content.policy), 'identity');
    if (this.#opened.size >= MAX_KEPT) this.#opened.clear();
    const opened = { content, policy };
    this.#opened.set(name, opened);
    return opened;
  }

  #unseal(accessKey: string, sessionToken: string): SessionContent | undefined {
    try {
      const text = this.#parts.vault.open(sessionToken, { label: TOKEN_LABEL, context: accessKey });
      return JSON.parse(text) as SessionContent; // it opens, so we have written it
    } catch {
      return undefined;
    }
  }

  async #admit({ content, policy }: Opened, nowMs: number): Promise<Admitted> {
    const { account, session, expiresAt } = content;
    const { chain = [], startedBy } = session;
    if (expiresAt <= nowMs) throw new Failure('ExpiredToken', 'The provided token has expired.');
    for (const source of chain) await this.#requireAsIssued(source);
    const row = await this.#requireAsIssued(account);
    if (startedBy === undefined) return { account: row, session, policy };
    const credential = await this.#parts.accessKeys.findCredential(startedBy);
    const isOver = credential?.expiresAt != null && Date.parse(credential.expiresAt) <= nowMs;
    if (credential === undefined || !credential.isActive || isOver) throw ended();
    // A session of the account is no way round the policy of the key that began it; a role has policies of its own.
    return { account: row, session, policy: session.kind === 'account' ? credential.policy : policy };
  }

  async #requireAsIssued({ id, epoch }: Bound): Promise<AccountRow> {
    const row = await this.#parts.metadata.queries.findAccountById(id);
    if (row === undefined || row.epoch !== epoch || row.status !== 'active') throw ended();
    return row;
  }

  #secretOf(accessKey: string, sessionToken: string): string {
    const mac = this.#parts.vault.mac(`${accessKey} ${sessionToken}`, SECRET_LABEL);
    return Buffer.from(mac, 'hex').subarray(0, SECRET_BYTES).toString('base64');
  }
}

export function boundTo({ id, epoch }: AccountRow): Bound {
  return { id, epoch };
}

function ended(): Failure {
  return new Failure('InvalidToken', 'The provided token is malformed or otherwise invalid.');
}
