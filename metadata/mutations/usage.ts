import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';

export interface UsageChange {
  readonly accountId: string;
  readonly objectCount: number;
  readonly logicalBytes: number;
}

const CREDIT =
  'UPDATE usage SET object_count = object_count + ?, logical_bytes = logical_bytes + ? WHERE account_id = ?';
const CHARGE = `${CREDIT} AND (quota_bytes IS NULL OR logical_bytes + ? <= quota_bytes)`;

/**
 * Charges an account (or, with negative numbers, credits it) in the transaction that stores or deletes. A quota is
 * decided by the same statement, so that it cannot be overrun, whatever races; what takes no more bytes than there were
 * is always allowed. Throws `QuotaExceeded` (detail `MissingBytes`), and has written nothing then.
 */
export async function addUsage(tx: Tx, { accountId, objectCount, logicalBytes }: UsageChange): Promise<void> {
  if (logicalBytes <= 0) {
    await tx.run(CREDIT, objectCount, logicalBytes, accountId);
    return;
  }
  const charged = await tx.run(CHARGE, objectCount, logicalBytes, accountId, logicalBytes);
  if (charged === 0)
    throw new Failure('QuotaExceeded', undefined, { MissingBytes: await missing(tx, accountId, logicalBytes) });
}

/** By how much it is over the quota. */
async function missing(tx: Tx, accountId: string, logicalBytes: number): Promise<string> {
  const row = await tx.get<{ bytes: number }>(
    'SELECT logical_bytes + ? - coalesce(quota_bytes, 0) AS bytes FROM usage WHERE account_id = ?',
    logicalBytes,
    accountId,
  );
  return String(row?.bytes ?? logicalBytes);
}
