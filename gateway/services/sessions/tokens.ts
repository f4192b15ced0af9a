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
    const { kid, privateKey } = await this.#keys.current();
    const issuedAt = Math.floor(Date.now() / 1000);
    const expiresAt = issuedAt + Math.floor(lifetimeMs / 1000);
    const { sessionId, epoch, methods } = claims;
    const token = await new SignJWT({ ...(sessionId === undefined ? {} : { sid: sessionId }), epoch, amr: methods })
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
    const { payload } = await jwtVerify(token, ({ kid }) => this.#findKey(kid), {
      algorithms: [SIGNING_ALGORITHM],
      issuer: this.#issuer,
      audience: audienceOf(kind),
      requiredClaims: ['sub', 'exp', 'epoch'],
    }).catch((cause: unknown) => {
      if (cause instanceof Failure) throw cause;
      if (!(cause instanceof errors.JOSEError)) throw cause;
      const message = cause instanceof errors.JWTExpired ? 'The token has expired.' : undefined;
      throw new Failure('InvalidToken', message, {}, { cause });
    });
    const { sub, sid, epoch, amr } = payload;
    if (typeof sub !== 'string' || typeof epoch !== 'number') throw new Failure('InvalidToken');
    return {
      accountId: sub,
      epoch,
      sessionId: typeof sid === 'string' ? sid : undefined,
      methods: typeof amr === 'string' ? amr : '',
    };
  }

  async #findKey(kid: string | undefined) {
    const key = kid === undefined ? undefined : await this.#keys.findPublic(kid);
    if (key === undefined) throw new Failure('InvalidToken');
    return key;
  }
}

function audienceOf(kind: TokenKind): string {
  return kind === 'access' ? 'gatehouse' : `gatehouse/${kind}`;
}
