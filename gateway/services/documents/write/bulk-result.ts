import type { DocumentValue } from '../values/value.ts';
import type { WriteOutcome } from './prepared-write.ts';
import type { BulkWriteResult } from './write-results.ts';

/** What several writes came to, together. */
export function toBulkResult(outcomes: readonly WriteOutcome[]): BulkWriteResult {
  const insertedIds: Record<string, DocumentValue> = {};
  const upsertedIds: Record<string, DocumentValue> = {};
  let [matchedCount, modifiedCount, deletedCount] = [0, 0, 0];
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome.inserted !== undefined) insertedIds[at] = outcome.inserted.id;
    if (outcome.upserted !== undefined) upsertedIds[at] = outcome.upserted.id;
    matchedCount += outcome.matchedCount;
    modifiedCount += outcome.modifiedCount;
    deletedCount += outcome.deletedCount;
  }
  const [insertedCount, upsertedCount] = [Object.keys(insertedIds).length, Object.keys(upsertedIds).length];
  return {
    acknowledged: true,
    insertedCount,
    matchedCount,
    modifiedCount,
    deletedCount,
    upsertedCount,
    insertedIds,
    upsertedIds,
  };
}
