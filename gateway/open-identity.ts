import type { Logger } from 'pino';
import type { Metadata } from '../metadata/index.ts';
import type { Config } from './config.ts';
import { newId } from './ids.ts';
import { openRegistration } from './open-registration.ts';
import type { AccessKeys } from './services/access-keys.ts';
import { AccountAdministration } from './services/account-administration.ts';
import type { Accounts } from './services/accounts.ts';
import { AuditTrail } from './services/audit-trail.ts';
import type { Claims } from './services/claims.ts';
import { Grants } from './services/grants/index.ts';
import { Idempotency } from './services/idempotency.ts';
import type { Identity } from './services/index.ts';
import { Limits } from './services/limits.ts';
import { openMessenger } from './services/messages/index.ts';
import { openOauth } from './services/oauth/open-oauth.ts';
import { Passwords } from './services/passwords/passwords.ts';
import { Presence } from './services/presence.ts';
import { Freshness } from './services/second-factors/freshness.ts';
import { openSecondFactors } from './services/second-factors/open-second-factors.ts';
import { LONGEST_STEP_MS, LogIn } from './services/sessions/log-in.ts';
import { Sessions } from './services/sessions/sessions.ts';
import { SigningKeys } from './services/sessions/signing-keys.ts';
import { Tokens } from './services/sessions/tokens.ts';
import type { Vault } from './services/vault.ts';

export interface IdentityParts {
  readonly config: Config;
  readonly metadata: Metadata;
  readonly log: Logger;
  readonly vault: Vault;
  readonly accounts: Accounts;
  readonly accessKeys: AccessKeys;
  readonly claims: Claims;
}

/** Puts together what accounts log in with. */
export async function openIdentity(parts: IdentityParts): Promise<Identity> {
  const { config, metadata, vault, accounts, accessKeys, claims } = parts;
  const { lifetimes, passwordPolicy } = config.identity;
  const signingKeys = openSigningKeys(parts);
  const tokens = new Tokens({ keys: signingKeys, issuer: await issuerOf(config, metadata) });
  const sessions = new Sessions({
    metadata,
    tokens,
    accessLifetimeMs: lifetimes.accessTokenMs,
    sessionLifetimeMs: lifetimes.sessionMs,
  });
  const passwords = new Passwords({ policy: passwordPolicy });
  const idempotency = new Idempotency({ metadata, vault });
  const limits = new Limits(config.identity.limits);
  const { secondFactors, openChanges } = openSecondFactors({
    metadata,
    vault,
    limits,
    messenger: await openMessenger(config.identity.sms),
    messagesPerDay: config.identity.limits.messagesPerDay,
    policy: config.identity.secondFactor,
  });
  const logIn = new LogIn({ metadata, passwords, limits, secondFactors, tokens, sessions });
  const presence = new Presence({ metadata, logIn });
  const freshness = new Freshness({ metadata, presence, secondFactors });
  return {
    administration: new AccountAdministration({ metadata, accounts, passwords }),
    vault,
    accounts,
    auditTrail: new AuditTrail({ metadata }),
    idempotency,
    accessKeys,
    claims,
    grants: new Grants({ metadata }),
    limits,
    logIn,
    passwords,
    secondFactors,
    ...openChanges({ freshness, sessions }),
    ...openOauth({
      metadata,
      vault,
      limits,
      logIn,
      freshness,
      registration: config.identity.registration,
      ...config.identity.oauth,
      publicUrl: config.api.publicUrl,
    }),
    ...openRegistration({ ...parts, passwords, limits, presence, secondFactors, sessions }),
    sessions,
    signingKeys,
    tokens,
  };
}

/** The keys that tokens are signed with. */
export function openSigningKeys({
  config,
  metadata,
  vault,
}: Pick<IdentityParts, 'config' | 'metadata' | 'vault'>): SigningKeys {
  const { signingKeyMs, accessTokenMs } = config.identity.lifetimes;
  const tokenLifetimeMs = Math.max(accessTokenMs, LONGEST_STEP_MS);
  return new SigningKeys({ metadata, vault, lifetimeMs: signingKeyMs, tokenLifetimeMs });
}

/** The origin that clients know; else a name of this database, which stays the same whatever port is taken. */
async function issuerOf(config: Config, metadata: Metadata): Promise<string> {
  if (config.api.publicUrl !== undefined) return config.api.publicUrl.origin;
  return `urn:gatehouse:${await metadata.mutations.ensureStoreId({ candidate: newId() })}`;
}
