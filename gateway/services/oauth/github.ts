import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  skipStateCheck,
} from 'openid-client';
import { Failure } from '../../../metadata/index.ts';
import type { GithubProvider } from '../../settings/oauth-providers.ts';
import { toEmail } from './email-address.ts';
import { responseUrl } from './oidc.ts';
import type { AuthorizationResponse, Exchange, ExternalIdentity, Proof, Provider } from './provider.ts';
import { toFailure } from './provider-failures.ts';

const TIMEOUT_MS = 10_000;

/** GitHub, or a GitHub Enterprise server: OAuth 2, where its API says who it is. */
export class Github implements Provider {
  readonly #settings: GithubProvider;
  readonly #configuration: Configuration;

  constructor(settings: GithubProvider) {
    this.#settings = settings;
    const { origin } = settings.baseUrl;
    this.#configuration = new Configuration(
      {
        issuer: `${origin}/login/oauth`,
        authorization_endpoint: `${origin}/login/oauth/authorize`,
        token_endpoint: `${origin}/login/oauth/access_token`,
      },
      settings.clientId,
      undefined,
      ClientSecretPost(settings.clientSecret ?? ''),
    );
    this.#configuration.timeout = TIMEOUT_MS / 1000;
    if (settings.baseUrl.protocol === 'http:') allowInsecureRequests(this.#configuration);
  }

  get name(): string {
    return this.#settings.name;
  }

  async authorizationUrl(request: Proof & { redirectUri: string; state: string }): Promise<URL> {
    return buildAuthorizationUrl(this.#configuration, {
      redirect_uri: request.redirectUri,
      scope: this.#settings.scope ?? 'read:user user:email',
      state: request.state,
      code_challenge: await calculatePKCECodeChallenge(request.verifier),
      code_challenge_method: 'S256',
    });
  }

  async identify(response: AuthorizationResponse, exchange: Exchange): Promise<ExternalIdentity> {
    const { issuer } = this.#configuration.serverMetadata();
    const url = responseUrl(response, { ...exchange, issuer });
    const { proof } = exchange;
    try {
      const { access_token: token } = await authorizationCodeGrant(this.#configuration, url, {
        expectedState: skipStateCheck, // the state is ours: it was looked up, and works once
        ...(proof === undefined ? {} : { pkceCodeVerifier: proof.verifier }),
      });
      return await this.#readIdentity(token);
    } catch (error) {
      throw toFailure(error);
    }
  }

  async #readIdentity(token: string): Promise<ExternalIdentity> {
    const user = await this.#ask('/user', token);
    if (!isRecord(user) || !Number.isSafeInteger(user.id)) throw new Error('GitHub said nothing of who it is.');
    const { email, isEmailVerified } = primaryEmail(await this.#askEmails(token));
    return {
      issuer: this.#settings.baseUrl.origin,
      subject: String(user.id),
      ...(email === undefined ? {} : { email }),
      isEmailVerified,
      names: [user.login, email].filter((name) => typeof name === 'string'),
    };
  }

  /** Nothing where we may not know: the scope was changed in the settings. */
  async #askEmails(token: string): Promise<unknown> {
    return this.#ask('/user/emails?per_page=100', token).catch((error: unknown) => {
      if (error instanceof Failure && /^(403|404)$/.test(error.detail.Status ?? '')) return [];
      throw error;
    });
  }

  async #ask(path: string, token: string): Promise<unknown> {
    const reply = await fetch(apiUrl(this.#settings.baseUrl) + path, {
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Bearer ${token}`,
        'User-Agent': 'gatehouse',
        'X-GitHub-Api-Version': '2022-11-28',
      },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (reply.ok) return reply.json();
    await reply.body?.cancel();
    throw new Failure('ProviderRefused', 'GitHub did not say who it is.', { Status: String(reply.status) });
  }
}

/** Of github.com and of a company's part of it, a host of their own; of GitHub Enterprise Server, a path. */
function apiUrl({ origin, protocol, host }: URL): string {
  return host === 'github.com' || host.endsWith('.ghe.com') ? `${protocol}//api.${host}` : `${origin}/api/v3`;
}

function primaryEmail(emails: unknown): { email?: string | undefined; isEmailVerified: boolean } {
  const entries: readonly unknown[] = Array.isArray(emails) ? emails : [];
  const primary = entries.filter(isRecord).find((entry) => entry.primary === true);
  const email = toEmail(primary?.email);
  return { email, isEmailVerified: email !== undefined && primary?.verified === true };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
