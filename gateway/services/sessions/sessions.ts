import { createHash, randomBytes } from 'node:crypto';
import type { AccountRow, Metadata, SessionRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { TokenClaims, Tokens } from './tokens.ts';

/** Who asks, by a token: an account in a session of its own, or one that may do no more than set up its second factor. */
export interface Caller {
  readonly account: AccountRow;
  /** Absent: an enrolment. */
  readonly sessionId: string | undefined;
  /** How it was proven who it is: 'password totp'. */
  readonly methods: string;
}

/** What a client gets of a session: the tokens are shown this once. */
export interface SessionTokens {
  readonly account: AccountRow;
  readonly sessionId: string;
  readonly accessToken: string;
  /** ISO time. */
  readonly accessExpiresAt: string;
  readonly refreshToken: string;
  /** ISO time: when the session ends, however often it is refreshed. */
  readonly refreshExpiresAt: string;
}

export interface SessionsOptions {
  readonly metadata: Metadata;
  readonly tokens: Tokens;
  readonly accessLifetimeMs: number;
  readonly sessionLifetimeMs: number;
}

/** Sessions: what a log-in begins and a log-out ends. */
export class Sessions {
  readonly #metadata: Metadata;
  readonly #tokens: Tokens;
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#metadata = options.metadata;
    this.#tokens = options.tokens;
    this.#options = options;
  }

  /** Begins a session of an account that has proven who it is. @throws Failure `InvalidCredentials` when it was disabled */
  async open(account: AccountRow, { methods, actor }: { methods: string; actor: Actor }): Promise<SessionTokens> {
    const now = Date.now();
    const sessionId = newId(now);
    const refreshToken = randomBytes(32).toString('base64url');
    const refreshExpiresAt = new Date(now + this.#options.sessionLifetimeMs).toISOString();
    await this.#metadata.mutations.createSession({
      id: sessionId,
      accountId: account.id,
      methods,
      epoch: account.epoch,
      tokenHash: hashToken(refreshToken),
      at: new Date(now).toISOString(),
      expiresAt: refreshExpiresAt,
      audit: auditEntry({ ...actor, accountId: account.id }, 'session.created', {
        accountId: account.id,
        detail: { session: sessionId, methods },
      }),
    });
    return this.#withAccess({ account, sessionId, methods, refreshToken, refreshExpiresAt });
  }

  /**
   * Exchanges a refresh token for new tokens. One that was exchanged before ends the session.
   * @throws Failure `InvalidToken`
   */
  async refresh(refreshToken: string, actor: Actor): Promise<SessionTokens> {
    // Anybody may present anything: what is no token of ours costs no transaction.
    if ((await this.findByRefreshToken(refreshToken)) === undefined) throw unknownRefreshToken();
    const nextToken = randomBytes(32).toString('base64url');
    const outcome = await this.#metadata.mutations.refreshSession({
      tokenHash: hashToken(refreshToken),
      nextTokenHash: hashToken(nextToken),
      at: new Date().toISOString(),
      address: actor.address,
      userAgent: actor.userAgent,
    });
    if (outcome.kind === 'reused') {
      throw new Failure('InvalidToken', 'The refresh token was used before; its session has ended.');
    }
    if (outcome.kind === 'unknown') throw unknownRefreshToken();
    const row = await this.#metadata.queries.findSessionAccount(outcome.sessionId);
    if (row === undefined) throw new Failure('InvalidToken', 'The session has ended.');
    return this.#withAccess({
      account: row,
      sessionId: outcome.sessionId,
      methods: row.session_methods,
      refreshToken: nextToken,
      refreshExpiresAt: row.session_expires_at,
    });
  }

  /** The session that a refresh token belongs to, used or not; it may be over. */
  async findByRefreshToken(refreshToken: string): Promise<string | undefined> {
    return this.#metadata.queries.findSessionOfToken(hashToken(refreshToken));
  }

  /** A session that has not ended. @throws Failure `NoSuchSession` */
  async get(id: string, accountId: string): Promise<SessionRow> {
    const row = await this.#metadata.queries.findSession({ id, accountId, at: new Date().toISOString() });
    if (row === undefined) throw new Failure('NoSuchSession');
    return row;
  }

  /**
   * Whose access token it is. Every surface asks here: a token is worth nothing once its session has ended, its account
   * was disabled, or the account's epoch was raised. @throws Failure `InvalidToken`
   */
  async authenticate(accessToken: string): Promise<Caller> {
    const claims = await this.#tokens.verify('access', accessToken);
    const { sessionId } = claims;
    const row = sessionId === undefined ? undefined : await this.#metadata.queries.findSessionAccount(sessionId);
    requireCurrent(row, claims);
    if (row.session_expires_at <= new Date().toISOString()) throw new Failure('InvalidToken', 'The session has ended.');
    return { account: row, sessionId, methods: row.session_methods };
  }

  /** Who somebody is by now whose session was begun before. @throws Failure `InvalidToken` when it has ended */
  async renew({ account, sessionId }: Caller): Promise<Caller> {
    const row = sessionId === undefined ? undefined : await this.#metadata.queries.findSessionAccount(sessionId);
    const isSame = row?.status === 'active' && row.id === account.id && row.epoch === account.epoch;
    if (!isSame || row.session_expires_at <= new Date().toISOString()) {
      throw new Failure('InvalidToken', 'The session has ended.');
    }
    return { account: row, sessionId, methods: row.session_methods };
  }

  /** A page of an account's sessions, the newest first. */
  async list(accountId: string, page: { before: string | undefined; limit: number }): Promise<SessionRow[]> {
    return this.#metadata.queries.listSessions({ accountId, at: new Date().toISOString(), ...page });
  }

  /** @throws Failure `NoSuchSession` */
  async end(id: string, { accountId, actor }: { accountId: string; actor: Actor }): Promise<void> {
    const audit = auditEntry(actor, 'session.ended', { accountId, detail: { session: id } });
    await this.#metadata.mutations.endSession({ id, accountId, audit });
  }

  /** Ends all of them and raises the epoch: no token made before counts any more, on any surface. */
  async endAll(accountId: string, actor: Actor): Promise<void> {
    const audit = auditEntry(actor, 'session.all-ended', { accountId });
    await this.#metadata.mutations.endSessions({ accountId, audit });
  }

  async #withAccess(session: {
    readonly account: AccountRow;
    readonly sessionId: string;
    readonly methods: string;
    readonly refreshToken: string;
    readonly refreshExpiresAt: string;
  }): Promise<SessionTokens> {
    const { account, sessionId, methods, refreshToken, refreshExpiresAt } = session;
    const claims = { accountId: account.id, epoch: account.epoch, sessionId, methods };
    const leftMs = Date.parse(refreshExpiresAt) - Date.now();
    const access = await this.#tokens.issue('access', claims, Math.min(this.#options.accessLifetimeMs, leftMs));
    return {
      account,
      sessionId,
      accessToken: access.token,
      accessExpiresAt: access.expiresAt,
      refreshToken,
      refreshExpiresAt,
    };
  }
}

/** @throws Failure `InvalidToken` */
export function requireCurrent<Row extends AccountRow>(row: Row | undefined, claims: TokenClaims): asserts row is Row {
  if (row?.status !== 'active' || row.id !== claims.accountId || row.epoch !== claims.epoch) {
    throw new Failure('InvalidToken', 'The session has ended.');
  }
}

function unknownRefreshToken(): Failure {
  return new Failure('InvalidToken', 'The refresh token is not valid.');
}

/** What is stored of a token with 256 random bits: nobody finds it from that. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
