import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  discovery,
  enableNonRepudiationChecks,
  None,
} from 'openid-client';
import type { OidcProvider } from '../../settings/oauth-providers.ts';

/** How long what a provider says of itself is believed. */
const LIFETIME_MS = 3_600_000;
const TIMEOUT_SECONDS = 10;

/** What an issuer says of itself (OpenID Connect Discovery): asked for when it is first needed, and again once it is old. */
export class Discovery {
  readonly #settings: OidcProvider;
  #found: { readonly configuration: Configuration; readonly at: number } | undefined;
  #search: Promise<Configuration> | undefined;

  constructor(settings: OidcProvider) {
    this.#settings = settings;
  }

  /** Rejects while the issuer is down and was never up; the next call asks again. */
  async get(): Promise<Configuration> {
    const found = this.#found;
    if (found !== undefined && Date.now() - found.at < LIFETIME_MS) return found.configuration;
    this.#search ??= this.#discover().finally(() => {
      this.#search = undefined;
    });
    // What it said before will do while it cannot be asked.
    return found === undefined ? this.#search : this.#search.catch(() => found.configuration);
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId } = this.#settings;
    const configuration = await discovery(issuer, clientId, undefined, authenticate(this.#settings), {
      timeout: TIMEOUT_SECONDS,
      // Tokens come over TLS and could be believed for that; with this their signatures count as well.
      execute: [enableNonRepudiationChecks, ...(issuer.protocol === 'http:' ? [allowInsecureRequests] : [])],
    });
    this.#found = { configuration, at: Date.now() };
    return configuration;
  }
}

/** How we show the token endpoint that it is us. */
function authenticate({ kind, clientSecret }: OidcProvider): ClientAuth {
  if (clientSecret === undefined) return None();
  const [post, basic] = [ClientSecretPost(clientSecret), ClientSecretBasic(clientSecret)];
  if (kind !== 'oidc') return post;
  return (server, ...rest) => {
    // "If omitted, the default is client_secret_basic", for servers as for clients (OpenID Connect Discovery, section 3).
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest);
  };
}
