import type { Tx } from '../tx.ts';

/** The id that marks this database's store of blobs: the candidate becomes it where there is none yet. */
export async function ensureStoreId(tx: Tx, input: { candidate: string }): Promise<string> {
  await tx.run("INSERT INTO facts (name, value) VALUES ('store_id', ?) ON CONFLICT (name) DO NOTHING", input.candidate);
  const row = await tx.get<{ value: string }>("SELECT value FROM facts WHERE name = 'store_id'");
  return row?.value ?? input.candidate;
}
