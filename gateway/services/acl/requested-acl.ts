import type { Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import type { Acl, Grant, Grantee, Group, Permission } from './acl.ts';
import { type AclSubject, type CannedAcl, expandCanned } from './canned.ts';

/** Whom a client grants something, as it names them. */
export type NamedGrantee =
  | { readonly kind: 'canonical-id'; readonly id: string }
  | { readonly kind: 'email'; readonly email: string }
  | { readonly kind: 'group'; readonly group: Group };

export interface RequestedGrant {
  readonly permission: Permission;
  readonly grantee: NamedGrantee;
}

/** An ACL as a client says it: in a word, or grant by grant. */
export type RequestedAcl =
  | { readonly canned: CannedAcl }
  | {
      readonly canned?: never;
      readonly grants: readonly RequestedGrant[];
      /** The canonical id that the client says it is the ACL of. */
      readonly owner?: string | undefined;
    };

/**
 * What it grants to whom.
 * @throws Failure `InvalidArgument` for an id that nobody has, `UnresolvableGrantByEmailAddress`
 */
export async function resolveAcl(requested: RequestedAcl, subject: AclSubject, metadata: Metadata): Promise<Acl> {
  if (requested.canned !== undefined) return expandCanned(requested.canned, subject);
  const grants: Grant[] = [];
  for (const { grantee, permission } of requested.grants) {
    grants.push({ ...(await resolveGrantee(grantee, metadata)), permission });
  }
  return grants;
}

async function resolveGrantee(grantee: NamedGrantee, { queries }: Metadata): Promise<Grantee> {
  if (grantee.kind === 'group') return { group: grantee.group };
  if (grantee.kind === 'canonical-id') {
    const account = await queries.findAccountByCanonicalId(grantee.id);
    if (account === undefined) throw invalidId(grantee.id);
    return { account: account.id };
  }
  const profile = await queries.findProfileByEmail(grantee.email.toLowerCase());
  // An e-mail that is not verified is not known to be anybody's.
  if (profile === undefined || profile.email_verified_at === null) {
    throw new Failure('UnresolvableGrantByEmailAddress');
  }
  return { account: profile.id };
}

function invalidId(id: string): Failure {
  return new Failure('InvalidArgument', 'Invalid id', { ArgumentName: 'CanonicalUser/ID', ArgumentValue: id });
}
