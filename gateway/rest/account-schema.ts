import { type Static, Type } from 'typebox';
import type { ProfileRow } from '../../metadata/index.ts';
import { OptionalText, OptionalTime, Time } from './schemas.ts';

export const Role = Type.Enum(['root', 'admin', 'member', 'auditor']);
export const Status = Type.Enum(['active', 'disabled']);
export const FactorPolicy = Type.Enum(['optional', 'required']);

/** An account, as itself and admins see it. */
export const AccountSchema = Type.Object(
  {
    id: Type.String(),
    canonical_id: Type.String({ description: "S3's name of the account as an owner." }),
    name: Type.String(),
    display_name: Type.String(),
    role: Role,
    status: Status,
    created_at: Time,
    last_login_at: OptionalTime,
    email: OptionalText,
    email_verified: Type.Boolean(),
    pending_email: OptionalText,
    has_password: Type.Boolean(),
    second_factor: FactorPolicy,
    usage: Type.Object({ object_count: Type.Integer(), logical_bytes: Type.Integer() }),
    quota_bytes: Type.Union([Type.Integer(), Type.Null()]),
  },
  { description: 'An account.' },
);

/** A row as its owner and admins may see it: without what proves who it is. */
export function renderAccount(row: ProfileRow): Static<typeof AccountSchema> {
  const { object_count, logical_bytes } = row;
  return {
    id: row.id,
    canonical_id: row.canonical_id,
    name: row.name,
    display_name: row.display_name,
    role: row.role,
    status: row.status,
    created_at: row.created_at,
    last_login_at: row.last_login_at,
    email: row.email,
    email_verified: row.email_verified_at !== null,
    pending_email: row.pending_email,
    has_password: row.password_hash !== null,
    second_factor: row.second_factor,
    usage: { object_count, logical_bytes },
    quota_bytes: row.quota_bytes,
  };
}
