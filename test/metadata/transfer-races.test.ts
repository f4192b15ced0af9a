import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../metadata/index.ts';
import { type Dialect, dialects, type TestDatabase } from './support/dialects.ts';
import { NOON } from './support/fixture.ts';
import { type Owner, TransferWorld } from './support/transfer-world.ts';

const RACERS = 50;
const SIZE = 30;

type Act = 'accept' | 'withdraw' | 'decline' | 'delete' | 'hand over' | 'move' | 'write beside';

const ACTS: readonly Act[] = ['accept', 'accept', 'withdraw', 'decline', 'delete', 'hand over', 'move', 'write beside'];

/** What may come of who is too late, or has no room. */
const LOST = ['NoSuchTransfer', 'NoSuchKey', 'QuotaExceeded'];

interface Race {
  readonly worlds: readonly TransferWorld[];
  readonly people: { readonly ann: Owner; readonly bob: Owner; readonly carl: Owner };
  readonly id: string;
}

/** Resolves to whether that was what became of it. */
async function act({ worlds, people, id }: Race, what: Act, index: number): Promise<boolean> {
  const world = worlds[index % worlds.length] ?? assert.fail();
  const { ann, bob, carl } = people;
  switch (what) {
    case 'accept':
      return world.accept(id, bob).then(() => true);
    case 'withdraw':
      return world.withdraw(id, ann).then(() => true);
    case 'decline':
      return world.withdraw(id, bob).then(() => true);
    case 'delete':
      return (await world.remove(ann, 'f/file')).existed;
    case 'hand over':
      return world.handOver(ann, carl, 'f/').then(() => true);
    case 'move':
      await world.metadata.mutations.renameObject({
        ...{ bucketId: ann.drive.id, sourceKeys: ['f/other'], key: `moved-${index}`, accountId: ann.id, at: NOON },
        newPartSet: `set-${id}-${index}`,
      });
      return false;
    case 'write beside':
      await world.put(bob, `beside-${index}`, 1);
      return false;
  }
}

/** Some bytes of ann's, offered to bob, who has room for them at the most. */
async function prepare(worlds: readonly TransferWorld[]): Promise<Race> {
  const [world] = worlds;
  assert.ok(world);
  const people = { ann: await world.owner(), bob: await world.owner(), carl: await world.owner() };
  await world.put(people.ann, 'f/file', SIZE);
  await world.put(people.ann, 'f/other', SIZE);
  await world.setQuota(people.bob, SIZE + 20);
  return { worlds, people, id: await world.offer(people.ann, people.bob, { path: 'f/file' }) };
}

async function check(race: Race, acts: readonly Act[]): Promise<void> {
  const { worlds, people, id } = race;
  const [world] = worlds;
  assert.ok(world);
  const outcomes = await Promise.allSettled(acts.map((what, index) => act(race, what, index)));
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    const { reason } = outcome;
    assert.ok(reason instanceof Failure && LOST.includes(reason.code), String(reason));
  }
  const won = (what: Act) => acts.filter((each, at) => each === what && hasWon(outcomes[at])).length;
  const ended = won('accept') + won('withdraw') + won('decline');
  assert.ok(ended <= 1, 'an offer ends once');
  const taken = won('accept') + won('delete') + won('hand over');
  // Who hands over the folder when the file has gone, hands over what is left.
  assert.ok(taken - (won('hand over') === 1 ? 1 : 0) <= 1, 'the file goes once');

  const { ann, bob, carl } = people;
  const found = (await Promise.all([ann, bob, carl].map((owner) => world.keys(owner)))).map(
    (keys) => keys.filter((key) => key.startsWith('f/file')).length,
  );
  const expected = won('delete') === 1 ? [0, 0, 0] : won('accept') === 1 ? [0, 1, 0] : [1, 0, 0];
  if (won('hand over') === 1 && expected[0] === 1) assert.deepEqual(found, [0, 0, 1]);
  else assert.deepEqual(found, expected);
  const [offer] = await world.database.rows('SELECT id FROM transfers WHERE id = ?', id);
  assert.equal(offer === undefined, ended + taken > 0, 'it is open as long as nothing has ended it');
  for (const owner of [ann, bob, carl]) {
    const files = await world.files(owner);
    const bytes = files.reduce((sum, [, , sizeBytes]) => sum + sizeBytes, 0);
    assert.deepEqual(await world.usage(owner), { objects: files.length, bytes });
  }
  assert.ok((await world.usage(bob)).bytes <= SIZE + 20);
  assert.deepEqual(await world.broken(), []);
}

function hasWon(outcome: PromiseSettledResult<boolean> | undefined): boolean {
  return outcome?.status === 'fulfilled' && outcome.value;
}

function race(dialect: Dialect): void {
  describe(`racing for a file in ${dialect.name}`, () => {
    let database: TestDatabase;
    let worlds: readonly TransferWorld[];
    before(async () => {
      database = await dialect.open();
      worlds = [new TransferWorld(database), new TransferWorld({ ...database, metadata: database.openAnother() })];
    });
    after(() => database.remove());

    test(`of ${RACERS} that accept, withdraw, delete, move and hand over one wins, and no byte is lost`, async () => {
      const acts = fc.array(fc.constantFrom(...ACTS), { minLength: RACERS, maxLength: RACERS });
      await fc.assert(
        fc.asyncProperty(acts, async (each) => check(await prepare(worlds), each)),
        { numRuns: 20 },
      );
    });

    test('of fifty that accept at once one does', async () => {
      await check(await prepare(worlds), Array<Act>(RACERS).fill('accept'));
    });
  });
}

for (const dialect of dialects) race(dialect);
