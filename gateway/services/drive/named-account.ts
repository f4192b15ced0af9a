import { type AccountRow, Failure, type Metadata } from '../../../metadata/index.ts';
import type { Limits } from '../limits.ts';

export interface NamedAccountParts {
  readonly metadata: Metadata;
  readonly limits: Limits;
}

/** Whom a request names. */
export interface NamedAccount {
  /** The name of an account, or its e-mail. */
  readonly name: string;
  /** The id of the account that asks. */
  readonly askerId: string;
  /** Of the request: where the name is in it. */
  readonly field: string;
}

/**
 * Whom somebody wants to give something to. An e-mail that nobody has proven to be theirs names nobody: else anybody could
 * have what is meant for another. @throws Failure `NoSuchAccount`, `TooManyAttempts` of those
 */
export async function findNamedAccount(
  { metadata: { queries }, limits }: NamedAccountParts,
  { name, askerId, field }: NamedAccount,
): Promise<AccountRow> {
  await limits.require('unknown accounts of an account', askerId);
  const named = await queries.findAccount(name);
  if (named?.status === 'active') return named;
  const mailed = named === undefined ? await queries.findProfileByEmail(name.toLowerCase()) : undefined;
  if (mailed?.status === 'active' && mailed.email_verified_at !== null) return mailed;
  await limits.take('unknown accounts of an account', askerId);
  throw new Failure('NoSuchAccount', `There is no account named '${name}'.`, { Field: field });
}
