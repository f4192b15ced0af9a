import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Dialect, dialects } from './support/dialects.ts';
import { addAccount, addBucket, Bench, NOON } from './support/fixture.ts';
import { type LockStep, lockStep } from './support/lock-steps.ts';
import { LockWorld } from './support/lock-world.ts';

/** Where locks come from: a bucket that can lock its versions keeps them; elsewhere they may even be suspended. */
type Start = 'lockable' | 'suspended';

async function checkHistory(dialect: Dialect, { start, steps }: { start: Start; steps: readonly LockStep[] }) {
  const database = await dialect.open();
  try {
    const accountId = await addAccount(database.metadata, 'owner');
    const bench = new Bench(database, await addBucket(database.metadata, 'vault', accountId));
    const bucket = { bucketId: bench.bucket.id, accountId, at: NOON };
    const { mutations } = database.metadata;
    await mutations.setVersioning({ ...bucket, versioning: start === 'lockable' ? 'Enabled' : 'Suspended' });
    if (start === 'lockable') await mutations.putBucketConfig({ ...bucket, name: 'objectLock', document: '{}' });
    await new LockWorld(bench).play(steps);
  } finally {
    await database.remove();
  }
}

for (const dialect of dialects) {
  describe(`any history of a bucket in ${dialect.name}`, () => {
    test('leaves a locked version as it is until its time has come, and deletes what is not locked', async () => {
      const history = fc.record({
        start: fc.constantFrom<Start>('lockable', 'suspended'),
        steps: fc.array(lockStep, { maxLength: 60, size: 'max' }),
      });
      await fc.assert(
        fc.asyncProperty(history, (each) => checkHistory(dialect, each)),
        { numRuns: 60 },
      );
    });
  });
}
