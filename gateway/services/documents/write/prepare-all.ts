import { Failure } from '../../../../metadata/index.ts';
import { Turns } from '../turns.ts';
import { atOperation } from './at-operation.ts';
import { type PreparedWrite, prepareWrite } from './prepared-write.ts';
import { MAX_WRITES } from './write-limits.ts';
import type { WriteOperation } from './write-requests.ts';

/** @throws Failure `InvalidQuery` for none at all, `DocumentTooLarge` for too many, and what `prepareWrite` throws */
export async function prepareAll(operations: readonly WriteOperation[]): Promise<PreparedWrite[]> {
  if (operations.length === 0) throw new Failure('InvalidQuery', 'Write batch sizes must be between 1 and 100000.');
  if (operations.length > MAX_WRITES) {
    throw new Failure('DocumentTooLarge', `A call writes at most ${MAX_WRITES} documents.`);
  }
  const writes: PreparedWrite[] = [];
  const turns = new Turns();
  for (const [at, operation] of operations.entries()) {
    try {
      writes.push(prepareWrite(operation));
    } catch (error) {
      throw atOperation(error, at);
    }
    if (turns.isDue) await turns.give();
  }
  return writes;
}
