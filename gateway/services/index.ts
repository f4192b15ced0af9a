import type { Access, Explanations } from './access/index.ts';
import type { AccessKeys } from './access-keys.ts';
import type { AccountAdministration } from './account-administration.ts';
import type { Accounts } from './accounts.ts';
import type { Acls } from './acl/index.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { BucketConfigStore } from './bucket-configs.ts';
import type { BucketPolicies } from './bucket-policies.ts';
import type { Buckets } from './buckets.ts';
import type { Claims } from './claims.ts';
import type { DocumentServices } from './documents/index.ts';
import type { DriveServices } from './drive/index.ts';
import type { Emails } from './emails.ts';
import type { Grants } from './grants/index.ts';
import type { Iam } from './iam/index.ts';
import type { Idempotency } from './idempotency.ts';
import type { Invites } from './invites.ts';
import type { Lifecycle } from './lifecycle/index.ts';
import type { Limits } from './limits.ts';
import type { AccountMails } from './mail/account-mails.ts';
import type { Multipart } from './multipart.ts';
import type { IdentityLinks } from './oauth/identity-links.ts';
import type { Oauth } from './oauth/oauth.ts';
import type { Objects } from './objects.ts';
import type { PasswordResets } from './password-resets.ts';
import type { Passwords } from './passwords/passwords.ts';
import type { Profiles } from './profiles.ts';
import type { PublicAccess } from './public-access.ts';
import type { Registration } from './registration.ts';
import type { FactorSetup } from './second-factors/factor-setup.ts';
import type { FactorUpkeep } from './second-factors/factor-upkeep.ts';
import type { SecondFactors } from './second-factors/second-factors.ts';
import type { LogIn } from './sessions/log-in.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { SigningKeys } from './sessions/signing-keys.ts';
import type { Tokens } from './sessions/tokens.ts';
import type { UsageReports } from './usage-reports.ts';
import type { Vault } from './vault.ts';
import type { Versions } from './versions.ts';

/** Accounts, and how they log in. */
export interface Identity {
  readonly administration: AccountAdministration;
  readonly vault: Vault;
  readonly accounts: Accounts;
  readonly auditTrail: AuditTrail;
  readonly idempotency: Idempotency;
  readonly accessKeys: AccessKeys;
  readonly claims: Claims;
  readonly grants: Grants;
  readonly identityLinks: IdentityLinks;
  readonly limits: Limits;
  readonly emails: Emails;
  readonly invites: Invites;
  readonly logIn: LogIn;
  readonly oauth: Oauth;
  readonly mails: AccountMails;
  readonly passwordResets: PasswordResets;
  readonly passwords: Passwords;
  readonly profiles: Profiles;
  readonly registration: Registration;
  readonly factorSetup: FactorSetup;
  readonly factorUpkeep: FactorUpkeep;
  readonly secondFactors: SecondFactors;
  readonly sessions: Sessions;
  readonly signingKeys: SigningKeys;
  readonly tokens: Tokens;
}

/** What the surfaces stand on. */
export interface Services extends Identity, DriveServices, DocumentServices {
  readonly iam: Iam;
  readonly access: Access;
  readonly acls: Acls;
  readonly buckets: Buckets;
  readonly configs: BucketConfigStore;
  readonly explanations: Explanations;
  readonly policies: BucketPolicies;
  readonly publicAccess: PublicAccess;
  readonly lifecycle: Lifecycle;
  readonly objects: Objects;
  readonly versions: Versions;
  readonly multipart: Multipart;
  readonly usage: UsageReports;
}
