import type { Metadata } from '../../../metadata/index.ts';
import type { OauthProvider } from '../../settings/oauth-providers.ts';
import type { Limits } from '../limits.ts';
import type { Freshness } from '../second-factors/freshness.ts';
import type { LogIn } from '../sessions/log-in.ts';
import type { Vault } from '../vault.ts';
import { Admissions } from './admissions.ts';
import { Authorizations } from './authorizations.ts';
import { IdentityLinks } from './identity-links.ts';
import { Oauth } from './oauth.ts';

export interface OauthParts {
  readonly metadata: Metadata;
  readonly vault: Vault;
  readonly limits: Limits;
  readonly logIn: LogIn;
  readonly freshness: Freshness;
  readonly registration: 'open' | 'invite' | 'closed';
  readonly providers: readonly OauthProvider[];
  /** Of the applications that a log-in may return to. */
  readonly redirectOrigins: readonly string[];
  readonly publicUrl: URL | undefined;
}

/** Puts together what accounts log in with elsewhere. Asks no provider yet: one that is down stops nothing. */
export function openOauth(parts: OauthParts): { oauth: Oauth; identityLinks: IdentityLinks } {
  const { metadata, vault, limits, logIn, freshness, registration, providers, redirectOrigins, publicUrl } = parts;
  const authorizations = new Authorizations({ metadata, vault, providers });
  const links = new IdentityLinks({ metadata, authorizations, freshness, redirectOrigins });
  const publicOrigin = publicUrl?.origin;
  const admissions = new Admissions({ metadata, limits, logIn, registration });
  const oauth = new Oauth({ admissions, limits, authorizations, links, redirectOrigins, publicOrigin });
  return { oauth, identityLinks: links };
}
