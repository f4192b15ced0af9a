import { type Static, Type } from 'typebox';
import {
  type Grantee,
  type GrantRow,
  type GrantTarget,
  granteeWords,
  PRIVILEGES,
  type Privilege,
  type RoleMemberRow,
  targetOf,
  targetWords,
} from '../../metadata/index.ts';
import { Problem } from './problem.ts';
import { input, Time } from './schemas.ts';

export const AccountName = Type.String({ minLength: 1, maxLength: 64, description: 'The name of an account.' });
export const RoleName = Type.String({ minLength: 1, maxLength: 64, description: 'The name of a role.' });
const Name = Type.String({ minLength: 1, maxLength: 255 });
const Path = Type.String({ minLength: 1, maxLength: 1024 });

/** What a grant is on: `bucket` alone or with one of `prefix` and `object`; `collection`, or that with the `bucket` of its database. */
export const targetFields = {
  bucket: Type.Optional(Name),
  prefix: Type.Optional({ ...Path, description: 'Of keys in the bucket.' }),
  object: Type.Optional({ ...Path, description: 'A key in the bucket.' }),
  collection: Type.Optional(Name),
};

/** Whom a grant is for: one of them. */
export const granteeFields = {
  user: Type.Optional(AccountName),
  role: Type.Optional(RoleName),
  public: Type.Optional(Type.Boolean({ description: 'Everybody.' })),
};

export const GranteeInput = input(granteeFields);

export const PrivilegesInput = Type.Array(Type.String({ enum: [...PRIVILEGES, 'ALL'] }), {
  minItems: 1,
  maxItems: PRIVILEGES.length,
  description: 'ALL stands alone, for those that one may grant.',
});

type TargetInput = { readonly [Name in keyof typeof targetFields]?: string };
const MAX_PATH_BYTES = 1024;

/** Undefined: none is named. @throws Problem `invalid-request` */
export function readTarget({ bucket, prefix, object, collection }: TargetInput, at = ''): GrantTarget | undefined {
  requireText({ bucket, prefix, object, collection }, at);
  if (collection !== undefined && (prefix ?? object) === undefined) {
    return { kind: 'collection', path: collection, ...(bucket === undefined ? {} : { bucket }) };
  }
  if (collection !== undefined || (prefix !== undefined && object !== undefined)) {
    throw wrong(`${at}collection`, 'must be alone but for the bucket; a prefix and an object exclude each other');
  }
  if (bucket === undefined && (prefix ?? object) === undefined) return undefined;
  if (bucket === undefined) throw wrong(`${at}bucket`, 'is missing');
  if (prefix !== undefined) return { kind: 'prefix', bucket, path: prefix };
  return object === undefined ? { kind: 'bucket', bucket } : { kind: 'object', bucket, path: object };
}

/** Undefined: nobody is named. @throws Problem `invalid-request` */
export function readGrantee(given: Static<typeof GranteeInput>, at = ''): Grantee | undefined {
  const { user, role, public: everybody = false } = given;
  requireText({ user, role }, at);
  const named: Grantee[] = [];
  if (user !== undefined) named.push({ kind: 'user', name: user });
  if (role !== undefined) named.push({ kind: 'role', name: role });
  if (everybody) named.push({ kind: 'public' });
  if (named.length > 1) throw wrong(`${at}user`, 'must be alone: one of user, role and public');
  return named[0];
}

/** ALL, or privileges. @throws Problem `invalid-request` */
export function readPrivileges(given: readonly string[], { kind }: GrantTarget): Privilege[] | 'ALL' {
  const isAll = given.includes('ALL');
  if (isAll && given.length > 1) throw wrong('/privileges', 'has ALL beside others');
  if (kind === 'object' && given.includes('LIST')) throw wrong('/privileges', 'has LIST, which no single object has');
  return isAll ? 'ALL' : (given as Privilege[]); // by the schema
}

function requireText(fields: Readonly<Record<string, string | undefined>>, at: string): void {
  for (const [name, text] of Object.entries(fields)) {
    if (text !== undefined && /\p{Surrogate}/u.test(text)) throw wrong(`${at}${name}`, 'is not Unicode');
    if (text !== undefined && Buffer.byteLength(text) > MAX_PATH_BYTES) throw wrong(`${at}${name}`, 'is too long');
  }
}

export function wrong(field: string, message: string): Problem {
  return new Problem('invalid-request', { errors: [{ field, message }] });
}

const OptionalText = Type.Union([Type.String(), Type.Null()]);

export const GrantSchema = Type.Object({
  id: Type.Integer(),
  privilege: Type.String({ enum: [...PRIVILEGES] }),
  bucket: OptionalText,
  prefix: OptionalText,
  object: OptionalText,
  collection: OptionalText,
  grantee: Type.String({ examples: ['USER ann', 'ROLE readers', 'PUBLIC'] }),
  grantor: Type.String({ description: 'By whose right: the owner, or who has the grant option.' }),
  grant_option: Type.Boolean(),
  created_at: Time,
  statement: Type.String({ examples: ['GRANT READ ON BUCKET photos TO USER ann'] }),
});

export function renderGrant(row: GrantRow) {
  const { id, privilege, kind, bucket, path, created_at } = row;
  const grantee = holderWords(row.grantee, row.grantee_name);
  const option = row.with_option === 1 ? ' WITH GRANT OPTION' : '';
  return {
    id,
    privilege,
    bucket,
    prefix: kind === 'prefix' ? path : null,
    object: kind === 'object' ? path : null,
    collection: kind === 'collection' ? path : null,
    grantee,
    grantor: holderWords(row.grantor, row.grantor_name),
    grant_option: row.with_option === 1,
    created_at,
    statement: `GRANT ${privilege} ON ${targetWords(targetOf(row))} TO ${grantee}${option}`,
  };
}

export const MemberSchema = Type.Object({
  member: Type.String({ examples: ['USER ann', 'ROLE readers'] }),
  grantor: Type.String(),
  admin_option: Type.Boolean(),
  created_at: Time,
});

export function renderMember({ grantee, grantee_name, grantor, grantor_name, with_option, created_at }: RoleMemberRow) {
  const member = holderWords(grantee, grantee_name);
  return { member, grantor: holderWords(grantor, grantor_name), admin_option: with_option === 1, created_at };
}

function holderWords(holder: string, name: string | null): string {
  if (holder === 'public') return 'PUBLIC';
  return granteeWords({ kind: holder.startsWith('role:') ? 'role' : 'user', name: name ?? holder.slice(5) });
}
