/** What can be granted. `ALL` stands for those that there are of a thing. */
export const PRIVILEGES = ['READ', 'WRITE', 'LIST', 'DELETE', 'ADMIN'] as const;
export type Privilege = (typeof PRIVILEGES)[number];

/** What something is granted on. */
export type GrantTarget =
  | { readonly kind: 'bucket'; readonly bucket: string }
  | { readonly kind: 'prefix'; readonly bucket: string; readonly path: string }
  | { readonly kind: 'object'; readonly bucket: string; readonly path: string }
  | {
      readonly kind: 'collection';
      /** The bucket of its database; left out: it is known by who asks. */
      readonly bucket?: string;
      readonly path: string;
    };

export type Grantee =
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'role'; readonly name: string }
  | { readonly kind: 'public' };

export interface PrivilegeTerms {
  readonly privileges: readonly Privilege[] | 'ALL';
  readonly target: GrantTarget;
  readonly grantees: readonly Grantee[];
}

export interface RoleTerms {
  readonly roles: readonly string[];
  readonly grantees: readonly Grantee[];
}

export type Grant = PrivilegeTerms & { readonly kind: 'grant'; readonly withOption: boolean };
export type Revoke = PrivilegeTerms & {
  readonly kind: 'revoke';
  /** GRANT OPTION FOR: the privilege itself stays. */
  readonly optionOnly: boolean;
  readonly cascade: boolean;
};
export type GrantRole = RoleTerms & { readonly kind: 'grant-role'; readonly withOption: boolean };
export type RevokeRole = RoleTerms & {
  readonly kind: 'revoke-role';
  readonly optionOnly: boolean;
  readonly cascade: boolean;
};
export interface CreateRole {
  readonly kind: 'create-role';
  readonly role: string;
}
export interface DropRole {
  readonly kind: 'drop-role';
  readonly role: string;
  readonly ifExists: boolean;
  readonly cascade: boolean;
}
export interface ShowGrants {
  readonly kind: 'show-grants';
  readonly on?: GrantTarget;
  readonly for?: Grantee;
}
export interface ShowRoles {
  readonly kind: 'show-roles';
}

/** A statement of the language, parsed. */
export type DclStatement = Grant | Revoke | GrantRole | RevokeRole | CreateRole | DropRole | ShowGrants | ShowRoles;

/** The privileges that there are of a thing: nothing is listed in a single object. */
export function privilegesOn({ kind }: Pick<GrantTarget, 'kind'>): readonly Privilege[] {
  return kind === 'object' ? PRIVILEGES.filter((privilege) => privilege !== 'LIST') : PRIVILEGES;
}

const BARE = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/;
/** Words of the language: as names they are quoted, so that statements read well. */
const WORDS = new Set(
  `ADMIN ALL BUCKET BY CASCADE COLLECTION CREATE DELETE DROP EXISTS FOR FROM GRANT GRANTED GRANTS IF LIST OBJECT ON OPTION
  PREFIX PRIVILEGES PUBLIC READ RESTRICT REVOKE ROLE ROLES SHOW TO USER WITH WRITE`.split(/\s+/),
);

/** A name as it is written in a statement. */
export function nameWords(name: string): string {
  return BARE.test(name) && !WORDS.has(name.toUpperCase()) ? name : `"${name.replaceAll('"', '""')}"`;
}

const stringWords = (text: string) => `'${text.replaceAll("'", "''")}'`;

export function targetWords(target: GrantTarget): string {
  if (target.kind === 'collection') return collectionWords(target);
  if (target.kind === 'object') return `OBJECT ${stringWords(`${target.bucket}/${target.path}`)}`;
  const bucket = `BUCKET ${nameWords(target.bucket)}`;
  return target.kind === 'bucket' ? bucket : `${bucket} PREFIX ${stringWords(target.path)}`;
}

function collectionWords({ bucket, path }: Extract<GrantTarget, { kind: 'collection' }>): string {
  return `COLLECTION ${bucket === undefined ? nameWords(path) : stringWords(`${bucket}/${path}`)}`;
}

export function granteeWords(grantee: Grantee): string {
  return grantee.kind === 'public' ? 'PUBLIC' : `${grantee.kind.toUpperCase()} ${nameWords(grantee.name)}`;
}
