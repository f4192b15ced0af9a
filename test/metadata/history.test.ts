import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compareWorlds } from './support/compare-worlds.ts';
import { type Dialect, dialects, type TestDatabase } from './support/dialects.ts';
import { addAccount, addBucket } from './support/fixture.ts';
import { HistoryModel } from './support/history-model.ts';
import { Player } from './support/history-player.ts';
import { OWNERS, renameStep, type Step, step } from './support/history-steps.ts';

async function prepare(database: TestDatabase) {
  for (const name of new Set(OWNERS.values())) await addAccount(database.metadata, name);
  const bucketIds = new Map<string, number>();
  for (const [name, owner] of OWNERS) {
    bucketIds.set(name, (await addBucket(database.metadata, name, `id-of-${owner}`)).id);
  }
  const [{ seq } = { seq: 0 }] = await database.rows<{ seq: number }>('SELECT max(seq) AS seq FROM events');
  return { bucketIds, model: new HistoryModel(OWNERS, seq) };
}

async function checkHistory(dialect: Dialect, history: { steps: readonly Step[]; burst: number }): Promise<void> {
  const database = await dialect.open();
  try {
    const { bucketIds, model } = await prepare(database);
    const burst = dialect.keepsOrder ? history.burst : 1;
    await new Player({ database, model, bucketIds, burst }).play(history.steps);
    await compareWorlds({ database, model, bucketIds });
  } finally {
    await database.remove();
  }
}

/** Holds the database to the model in histories that are made of such steps. */
async function checkHistories(dialect: Dialect, steps: fc.Arbitrary<Step>): Promise<void> {
  const history = fc.record({
    steps: fc.array(steps, { maxLength: 80, size: 'max' }),
    burst: fc.constantFrom(1, 3, 10),
  });
  await fc.assert(
    fc.asyncProperty(history, (each) => checkHistory(dialect, each)),
    { numRuns: 60 },
  );
}

for (const dialect of dialects) {
  describe(`any history of writes in ${dialect.name}`, () => {
    test('leaves versions, their order, usage, events, blobs and references as they must be', () =>
      checkHistories(dialect, step));

    test('leaves them so where renames carry objects from key to key', () => checkHistories(dialect, renameStep));
  });
}
