import type { Tx } from '../tx.ts';

/** Charges an account (or, with negative numbers, credits it) in the transaction that stores or deletes. */
export async function addUsage(
  tx: Tx,
  input: { accountId: string; objectCount: number; logicalBytes: number },
): Promise<void> {
  await tx.run(
    `UPDATE usage SET object_count = object_count + ?, logical_bytes = logical_bytes + ? WHERE account_id = ?`,
    input.objectCount,
    input.logicalBytes,
    input.accountId,
  );
}
