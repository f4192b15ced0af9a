import type { Metadata } from '../../../metadata/index.ts';
import type { OauthProvider } from '../../settings/oauth-providers.ts';
import type { AccessKeys } from '../access-keys.ts';
import type { Vault } from '../vault.ts';
import { IamGroups } from './groups.ts';
import { IamAccess } from './iam-access.ts';
import { IdentityPolicies } from './identity-policies.ts';
import { IamPolicies } from './policies.ts';
import { IamRoles } from './roles.ts';
import { Sts } from './sts.ts';
import { TemporaryCredentials } from './temporary-credentials.ts';
import { IamUsers } from './users.ts';
import { WebIdentities } from './web-identities.ts';

export { type AccountPrincipal, callerArn, type IamQuestion } from './iam-access.ts';
export {
  accountArn,
  assumedRoleArn,
  groupArn,
  type Named,
  policyArn,
  policyNameOf,
  roleArn,
  userArn,
} from './names.ts';
export type { By } from './policies.ts';
export type { AssumedRole, Assumption } from './sts.ts';
export type { IssuedCredentials } from './temporary-credentials.ts';

/** Users, groups, roles and their policies, and what begins sessions. */
export interface Iam {
  readonly access: IamAccess;
  readonly identityPolicies: IdentityPolicies;
  readonly users: IamUsers;
  readonly groups: IamGroups;
  readonly roles: IamRoles;
  readonly policies: IamPolicies;
  readonly credentials: TemporaryCredentials;
  readonly sts: Sts;
}

export interface IamParts {
  readonly metadata: Metadata;
  readonly vault: Vault;
  readonly accessKeys: AccessKeys;
  /** Of log-ins: roles may trust the issuers among them. */
  readonly providers: readonly OauthProvider[];
}

/** Puts together what AWS calls IAM and STS. */
export function openIam({ metadata, vault, accessKeys, providers }: IamParts): Iam {
  const identityPolicies = new IdentityPolicies(metadata);
  const access = new IamAccess(identityPolicies);
  const policies = new IamPolicies(metadata);
  const webIdentities = new WebIdentities(providers);
  const credentials = new TemporaryCredentials({ metadata, vault, accessKeys });
  return {
    access,
    identityPolicies,
    users: new IamUsers(metadata),
    groups: new IamGroups(metadata),
    roles: new IamRoles({ metadata, issuers: webIdentities.issuers }),
    policies,
    credentials,
    sts: new Sts({ metadata, access, policies, credentials, webIdentities }),
  };
}
