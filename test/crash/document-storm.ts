import { documents, openTestWriter } from '../support/document-writers.ts';

/** How many documents a call writes. */
export const CALL = 120;

/** Writes until it is killed, each call after the other, and tells of each by a line: what was told is durable. */
export async function storm(folder: string): Promise<never> {
  const { writer, place, metadata, bucket, indexes, databases } = await openTestWriter({ folder, durability: 'full' });
  const things = place('things');
  const collection = await databases.ensure(bucket, 'things');
  const { row } = collection;
  if ((await metadata.queries.listDocumentIndexes(row.id)).length === 0) {
    await indexes.create(collection, { keys: { batch: 1, at: 1 }, unique: true });
  }
  for (let batch = Date.now(); ; batch += 1) {
    const numbered = Array.from({ length: CALL }, (_, at) => ({ batch, at, state: 'new' }));
    await writer.insertMany(things, { documents: documents(...numbered) });
    console.log(`inserted ${batch}`);
    await writer.updateMany(things, { filter: { batch }, update: { $set: { state: 'done' } } });
    console.log(`updated ${batch}`);
    if (batch % 3 !== 0) continue;
    await writer.bulkWrite(things, {
      operations: [{ deleteMany: { filter: { batch } } }, { insertOne: { document: { batch, state: 'moved' } } }],
    });
    console.log(`moved ${batch}`);
  }
}

const [, , folder] = process.argv;
if (folder !== undefined && import.meta.filename === process.argv[1]) await storm(folder);
