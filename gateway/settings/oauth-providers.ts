import type { Kind } from './kinds.ts';

/** A provider of log-ins, as the settings name it. */
export interface OauthProvider {
  /** In our URLs. */
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** Of OpenID Connect: everything else is discovered from it. Absent for GitHub, which has none. */
  readonly issuer: URL | undefined;
  /** Of a GitHub Enterprise server; absent: github.com. */
  readonly baseUrl: URL | undefined;
  readonly scope: string | undefined;
}

export const oauthProviders: Kind<readonly OauthProvider[]> = {
  allowed:
    'a JSON object of providers by name, each with a client_id and, but for github, google and microsoft, an issuer',
  parse: () => undefined,
};
