import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  type IDToken,
  skipStateCheck,
} from 'openid-client';
import { Failure } from '../../../metadata/index.ts';
import type { OidcProvider } from '../../settings/oauth-providers.ts';
import { Discovery } from './discovery.ts';
import { toEmail } from './email-address.ts';
import type { AuthorizationResponse, Exchange, ExternalIdentity, Proof, Provider } from './provider.ts';
import { toFailure } from './provider-failures.ts';

type Claims = Readonly<Record<string, unknown>>;

/** A provider that speaks OpenID Connect. Its ID token says who it is, and is verified by openid-client. */
export class Oidc implements Provider {
  readonly #settings: OidcProvider;
  readonly #discovery: Discovery;

  constructor(settings: OidcProvider) {
    this.#settings = settings;
    this.#discovery = new Discovery(settings);
  }

  get name(): string {
    return this.#settings.name;
  }

  async authorizationUrl(request: Proof & { redirectUri: string; state: string }): Promise<URL> {
    const configuration = await this.#configuration();
    return buildAuthorizationUrl(configuration, {
      redirect_uri: request.redirectUri,
      scope: this.#settings.scope ?? 'openid email profile',
      state: request.state,
      nonce: request.nonce,
      code_challenge: await calculatePKCECodeChallenge(request.verifier),
      code_challenge_method: 'S256',
    });
  }

  async identify(response: AuthorizationResponse, exchange: Exchange): Promise<ExternalIdentity> {
    const configuration = await this.#configuration();
    const { issuer, authorization_response_iss_parameter_supported: tellsIssuer } = configuration.serverMetadata();
    // "The client MUST compare [iss] to the issuer identifier of the authorization server" it meant (RFC 9207, section 2.4).
    const mustTell = tellsIssuer === true && exchange.mayOmitIssuer !== true;
    if ((mustTell || response.iss !== undefined) && response.iss !== issuer) {
      throw new Failure('InvalidRequest', 'The answer is that of another provider.', { Field: 'iss' });
    }
    return this.#exchange(configuration, responseUrl(response, { ...exchange, issuer }), exchange.proof).catch(
      (error: unknown) => {
        throw toFailure(error);
      },
    );
  }

  async #exchange(configuration: Configuration, url: URL, proof: Proof | undefined): Promise<ExternalIdentity> {
    const tokens = await authorizationCodeGrant(configuration, url, {
      expectedState: skipStateCheck, // the state is ours: it was looked up, and works once
      idTokenExpected: true,
      ...(proof === undefined ? {} : { pkceCodeVerifier: proof.verifier, expectedNonce: proof.nonce }),
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Failure('ProviderRefused', 'The provider sent no ID token.');
    const more = await this.#askMore(configuration, { claims, token: tokens.access_token });
    // An e-mail and whether it is verified come from one place.
    const { email, email_verified } = more.email === undefined ? claims : more;
    return this.#toIdentity({ issuer: claims.iss, subject: claims.sub }, { ...claims, ...more, email, email_verified });
  }

  /** What the ID token left out, where there is an endpoint for it. */
  async #askMore(configuration: Configuration, { claims, token }: { claims: IDToken; token: string }): Promise<Claims> {
    // Microsoft tells of the e-mail of the ID token alone whether it can be believed.
    const isTold = claims.email_verified !== undefined || this.#settings.kind === 'microsoft';
    const hasMore = configuration.serverMetadata().userinfo_endpoint !== undefined;
    return (claims.email !== undefined && isTold) || !hasMore ? {} : fetchUserInfo(configuration, token, claims.sub);
  }

  #toIdentity(who: { issuer: string; subject: string }, claims: Claims): ExternalIdentity {
    const email = toEmail(claims.email);
    const names = [claims.preferred_username, claims.nickname, email].filter((name) => typeof name === 'string');
    return {
      ...who,
      ...(email === undefined ? {} : { email }),
      isEmailVerified: email !== undefined && isVerified(claims, this.#settings.kind),
      names,
    };
  }

  async #configuration(): Promise<Configuration> {
    return this.#discovery.get().catch((error: unknown) => {
      throw toFailure(error);
    });
  }
}

/**
 * Whether the provider vouches for the e-mail. Microsoft's directories write what they like in it: there, the owner of
 * its domain has to have been verified ("Migrate away from using email claims for user identification").
 */
function isVerified(claims: Claims, kind: OidcProvider['kind']): boolean {
  if (kind !== 'microsoft') return claims.email_verified === true;
  return [true, 1, '1', 'true'].some((word) => word === claims.xms_edov);
}

/** What the browser came back with, as openid-client reads it. */
export function responseUrl(
  { code, error, iss }: AuthorizationResponse,
  { redirectUri, mayOmitIssuer, issuer }: Exchange & { readonly issuer: string },
): URL {
  const url = new URL(redirectUri);
  if (code === undefined && error === undefined) {
    throw new Failure('InvalidRequest', 'The answer has no code.', { Field: 'code' });
  }
  if (code !== undefined) url.searchParams.set('code', code);
  if (error !== undefined) url.searchParams.set('error', error);
  const known = iss ?? (mayOmitIssuer === true ? issuer : undefined);
  if (known !== undefined) url.searchParams.set('iss', known);
  return url;
}
