import { errors, jwtVerify, SignJWT } from 'jose';
import { Failure } from '../../../metadata/index.ts';
import { SIGNING_ALGORITHM, type SigningKeys } from './signing-keys.ts';

/**
 * What a token is for, told by its audience: to act as an account, to prove the second factor of a log-in, or to set up
 * the second factor that an account must have. None counts as another.
 */
export type TokenKind = 'access' | 'second-factor' | 'enrolment';

export interface TokenClaims {
  readonly accountId: string;
  /** The account's when the token was made; it is worth nothing once that was raised. */
  readonly epoch: number;
  /** Of access tokens. */
  readonly sessionId?: string | undefined;
  /** How it was proven who it is: 'password'. */
  readonly methods: string;
}

export interface IssuedToken {
  readonly token: string;
  /** ISO time. */
  readonly expiresAt: string;
}

/** Ours have about 400 characters. */
const MAX_TOKEN_LENGTH = 4096;

/** Makes and verifies the JSON web tokens of accounts (RFC 7519). */
export class Tokens {
  readonly #keys: SigningKeys;
  readonly #issuer: string;

  constructor({ keys, issuer }: { readonly keys: SigningKeys; readonly issuer: string }) {
    this.#keys = keys;
    this.#issuer = issuer;
  }

  get issuer(): string {
    return this.#issuer;
  }

  async issue(kind: TokenKind, claims: TokenClaims, lifetimeMs: number): Promise<IssuedToken> {
    const { kid, privateKey, verifiesUntilMs = Number.POSITIVE_INFINITY } = await this.#keys.current();
    const now = Date.now();
    const issuedAt = Math.floor(now / 1000);
    // Never longer than its key verifies: that was settled with the lifetimes of another day.
    const expiresAt = Math.floor(Math.min(now + lifetimeMs, verifiesUntilMs) / 1000);
    const { sessionId, epoch, methods } = claims;
    const amr = methods.split(' ');
    const token = await new SignJWT({ ...(sessionId === undefined ? {} : { sid: sessionId }), epoch, amr })
      .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid, typ: 'JWT' })
      .setIssuer(this.#issuer)
      .setAudience(audienceOf(kind))
      .setSubject(claims.accountId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(privateKey);
    return { token, expiresAt: new Date(expiresAt * 1000).toISOString() };
  }

  /**
   * What a token says, once its signature, issuer, audience and time are right. Whether it still counts is for the
   * account to tell. @throws Failure `InvalidToken`
   */
  async verify(kind: TokenKind, token: string): Promise<TokenClaims> {
    if (token.length > MAX_TOKEN_LENGTH) throw new Failure('InvalidToken');
    // The key is ours or none: what a token says of where its key is to be had (jwk, jku, x5u) is not looked at.
    const { payload } = await jwtVerify(token, ({ kid }) => this.#findKey(kid), {
      algorithms: [SIGNING_ALGORITHM],
      issuer: this.#issuer,
      audience: audienceOf(kind),
      requiredClaims: ['sub', 'exp', 'epoch'],
    }).catch((cause: unknown) => {
      if (cause instanceof errors.JOSEError) throw refusalOf(cause);
      throw cause;
    });
    const { sub, sid, epoch, amr } = payload;
    if (typeof sub !== 'string' || typeof epoch !== 'number') throw new Failure('InvalidToken');
    return {
      accountId: sub,
      epoch,
      sessionId: typeof sid === 'string' ? sid : undefined,
      methods: Array.isArray(amr) ? amr.join(' ') : '',
    };
  }

  async #findKey(kid: unknown) {
    const key = await this.#keys.findPublic(kid);
    if (key === undefined) throw new Failure('InvalidToken');
    return key;
  }
}

function refusalOf(cause: errors.JOSEError): Failure {
  const message = cause instanceof errors.JWTExpired ? 'The token has expired.' : undefined;
  return new Failure('InvalidToken', message, {}, { cause });
}

function audienceOf(kind: TokenKind): string {
  return kind === 'access' ? 'gatehouse' : `gatehouse/${kind}`;
}
