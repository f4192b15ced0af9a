import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { Failure } from '../../../metadata/index.ts';
import type { OauthProvider, OidcProvider } from '../../settings/oauth-providers.ts';
import { Discovery } from '../oauth/discovery.ts';

/** What a token of an issuer says, once it is verified. */
export interface VerifiedToken {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** By their condition keys: `accounts.example/realm:sub`. */
  readonly claims: Readonly<Record<string, string>>;
}

interface Issuer {
  readonly url: string;
  readonly clientId: string;
  readonly discovery: Discovery;
  keys?: { readonly uri: string; readonly get: JWTVerifyGetKey };
}

/** A key that anybody may know signs nothing: HMAC and none are not among them. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const MAX_TOKEN = 20_000;
const CLOCK_TOLERANCE_SECONDS = 60;
const TIMEOUT_MS = 10_000;

/** The ID tokens of the providers that accounts log in with (OpenID Connect). */
export class WebIdentities {
  readonly #issuers: readonly Issuer[];

  constructor(providers: readonly OauthProvider[]) {
    const oidc = providers.filter((provider): provider is OidcProvider => provider.kind !== 'github');
    this.#issuers = oidc.map((settings) => ({
      url: settings.issuer.href.replace(/\/$/, ''),
      clientId: settings.clientId,
      discovery: new Discovery(settings),
    }));
  }

  /** As trust policies name them. */
  get issuers(): readonly string[] {
    return this.#issuers.map(({ url }) => url);
  }

  /** @throws Failure `InvalidToken`, `ExpiredToken`, `ProviderRefused` while the issuer is down */
  async verify(token: string): Promise<VerifiedToken> {
    const { iss } = decode(token);
    const issuer = this.#issuers.find(({ url }) => url === iss?.replace(/\/$/, ''));
    if (issuer === undefined || iss === undefined) throw invalid('No OpenIDConnect provider found for it.');
    const { payload } = await jwtVerify(token, await keysOf(issuer), {
      issuer: iss,
      audience: issuer.clientId,
      algorithms: ALGORITHMS,
      requiredClaims: ['sub', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    }).catch((error: unknown) => {
      throw toFailure(error);
    });
    const { clientId: audience, url } = issuer;
    return { issuer: url, subject: payload.sub ?? '', audience, claims: claimsOf(url, audience, payload) };
  }
}

function decode(token: string): JWTPayload {
  try {
    if (token.length <= MAX_TOKEN) return decodeJwt(token);
  } catch {
    // It says below what is wrong with it.
  }
  throw invalid('It is no token of OpenID Connect.');
}

/** The issuer may have moved its keys since. */
async function keysOf(issuer: Issuer): Promise<JWTVerifyGetKey> {
  const configuration = await issuer.discovery.get().catch((cause: unknown) => {
    throw new Failure('ProviderRefused', 'The issuer of the token cannot be reached.', {}, { cause });
  });
  const uri = configuration.serverMetadata().jwks_uri ?? '';
  if (issuer.keys?.uri !== uri) {
    issuer.keys = { uri, get: createRemoteJWKSet(new URL(uri), { timeoutDuration: TIMEOUT_MS }) };
  }
  return issuer.keys.get;
}

/** "The condition key is the URL of the provider, without https://, and the claim." */
function claimsOf(issuer: string, audience: string, payload: JWTPayload): Record<string, string> {
  const { sub, email, email_verified: isVerified } = payload;
  // Hosts in condition keys are in lower case, as they are in URLs.
  const name = issuer.replace(/^https?:\/\//, '');
  return {
    [`${name}:aud`]: audience,
    [`${name}:sub`]: sub ?? '',
    // What is not verified is whatever its holder says.
    ...(typeof email === 'string' && isVerified === true ? { [`${name}:email`]: email } : {}),
  };
}

function toFailure(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) {
    return new Failure('ExpiredToken', 'The token that was passed is expired.', {}, { cause: error });
  }
  return error instanceof errors.JOSEError ? invalid('It could not be verified.', error) : error;
}

function invalid(reason: string, cause?: unknown): Failure {
  return new Failure('InvalidToken', `The web identity token that was passed is not valid. ${reason}`, {}, { cause });
}
