import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';

/** The name that a client gave a request. */
export interface ClientToken {
  readonly token: string;
  /** A digest of all that the request asks for. */
  readonly parameters: string;
}

/** Whose request it is, when it came (ISO time), and its name, if it has one. */
export interface TokenHolder {
  readonly accountId: string;
  readonly at: string;
  readonly clientToken?: ClientToken | undefined;
}

/**
 * The version that came of a request when it came before; undefined for a new one. Throws
 * `IdempotencyParameterMismatch` when another request had that name.
 */
export async function findOutcome(tx: Tx, { accountId, clientToken }: TokenHolder): Promise<string | undefined> {
  if (clientToken === undefined) return undefined;
  const row = await tx.get<{ parameters: string; version_id: string }>(
    'SELECT parameters, version_id FROM client_tokens WHERE account_id = ? AND token = ?',
    accountId,
    clientToken.token,
  );
  if (row === undefined) return undefined;
  if (row.parameters !== clientToken.parameters) throw new Failure('IdempotencyParameterMismatch');
  return row.version_id;
}

/** Remembers the version that came of a request, in the transaction that made it. */
export async function recordOutcome(tx: Tx, holder: TokenHolder, versionId: string): Promise<void> {
  const { accountId, at, clientToken } = holder;
  if (clientToken === undefined) return;
  await tx.run(
    'INSERT INTO client_tokens (account_id, token, parameters, version_id, used_at) VALUES (?, ?, ?, ?, ?)',
    accountId,
    clientToken.token,
    clientToken.parameters,
    versionId,
    at,
  );
}

/** Forgets the oldest tokens that were used before a time (ISO), at most `limit`; resolves to how many went. */
export async function forgetClientTokens(tx: Tx, input: { before: string; limit: number }): Promise<number> {
  return tx.run(
    `DELETE FROM client_tokens WHERE (account_id, token) IN
       (SELECT account_id, token FROM client_tokens WHERE used_at < ? ORDER BY used_at LIMIT ?)`,
    input.before,
    input.limit,
  );
}
