import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DocumentWrite } from '../../metadata/index.ts';
import type { BucketRow } from '../../metadata/queries/buckets.ts';
import type { CollectionRow, DocumentIndexRow } from '../../metadata/queries/documents.ts';
import { INVARIANTS } from '../support/row-invariants.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, failure, NOON } from './support/fixture.ts';

/** A collection in a database of its own. */
class DocumentBench {
  readonly database: TestDatabase;
  readonly bucket: BucketRow;
  readonly collection: CollectionRow;

  constructor(parts: { database: TestDatabase; bucket: BucketRow; collection: CollectionRow }) {
    this.database = parts.database;
    this.bucket = parts.bucket;
    this.collection = parts.collection;
  }

  get mutations() {
    return this.database.metadata.mutations;
  }

  /** As it is now. */
  async row(): Promise<CollectionRow> {
    const row = await this.database.metadata.queries.findCollection({ bucketId: this.bucket.id, name: 'things' });
    return row as CollectionRow; // it was made
  }

  async apply(...writes: DocumentWrite[]): Promise<readonly number[]> {
    const { version, id: collectionId } = await this.row();
    return this.applyTo(version, collectionId, ...writes);
  }

  async applyTo(version: number, collectionId: number, ...writes: DocumentWrite[]): Promise<readonly number[]> {
    const { id: bucketId, account_id: accountId } = this.bucket;
    const result = await this.mutations.applyDocuments({
      bucketId,
      collectionId,
      version,
      accountId,
      at: NOON,
      writes,
    });
    return result.seqs;
  }

  /** An index that is read. */
  async index(isUnique: boolean): Promise<DocumentIndexRow> {
    const { id: collectionId } = this.collection;
    const definition = JSON.stringify({ fields: [{ path: 'a', isDescending: false }], isUnique, isSparse: false });
    const index = { collectionId, name: `a_1_${isUnique}`, definition, isUnique, at: NOON };
    const row = await this.mutations.createDocumentIndex(index);
    await this.mutations.finishDocumentIndex({ collectionId, indexId: row.id });
    return row;
  }

  /** The texts of all documents, by their keys. */
  async texts(): Promise<Record<string, string>> {
    const { queries } = this.database.metadata;
    const scan = { bucketId: this.bucket.id, prefix: 'things/', after: '', limit: 1000 };
    const rows = await queries.scanDocuments(scan);
    return Object.fromEntries(rows.map(([key, , text]) => [key, Buffer.from(text).toString()]));
  }

  entries(): Promise<{ entry: string; key: string }[]> {
    return this.database.rows(
      `SELECT CAST(e.entry AS TEXT) AS entry, e.key FROM index_entries e JOIN document_indexes i ON i.id = e.index_id
       WHERE i.collection_id = ? ORDER BY e.index_id, e.entry, e.key`,
      this.collection.id,
    );
  }

  async usage(): Promise<unknown> {
    const sql = 'SELECT object_count AS objects, logical_bytes AS bytes FROM usage WHERE account_id = ?';
    const [row] = await this.database.rows<{ objects: number; bytes: number }>(sql, this.bucket.account_id);
    const { document_count, size_bytes } = await this.row();
    return { ...row, documents: document_count, documentBytes: size_bytes };
  }

  /** All that a refusal must leave as it was. */
  async state(): Promise<unknown> {
    return {
      texts: await this.texts(),
      entries: await this.entries(),
      usage: await this.usage(),
      events: await this.database.rows('SELECT count(*) AS count FROM events'),
      blobs: await this.database.rows('SELECT id, refs FROM blobs ORDER BY id'),
    };
  }

  async refused(act: () => Promise<unknown>, expected: Parameters<typeof assert.rejects>[1]): Promise<void> {
    const before = await this.state();
    await assert.rejects(act(), expected);
    assert.deepEqual(await this.state(), before);
  }
}

const NO_ENTRIES = { removed: [], added: [] };

function insert(name: string, text: string, added: DocumentWrite['added'] = []): DocumentWrite {
  return { key: `things/${name}.json`, before: null, after: { text, etag: `etag of ${text}` }, removed: [], added };
}

function entry(index: DocumentIndexRow, text: string): readonly [number, Buffer] {
  return [index.id, Buffer.from(text)];
}

for (const dialect of dialects) {
  describe(`documents in ${dialect.name}`, () => {
    let database: TestDatabase;
    let count = 0;
    before(async () => {
      database = await dialect.open();
    });
    after(async () => {
      for (const [name, sql] of Object.entries(INVARIANTS)) assert.deepEqual(await database.rows(sql), [], name);
      await database.remove();
    });

    async function bench({ quotaBytes = null }: { quotaBytes?: number | null } = {}): Promise<DocumentBench> {
      count += 1;
      const { mutations } = database.metadata;
      const accountId = await addAccount(database.metadata, `owner-${count}`);
      await mutations.changeAccount({ accountId, changes: { quotaBytes }, spareName: 'spare', audit: AUDIT });
      const names = [`db-owner-${count}`];
      const bucket = await mutations.ensureDatabase({ accountId, names, region: '', at: NOON, audit: AUDIT });
      const collection = await mutations.createCollection({
        bucketId: bucket.id,
        name: 'things',
        options: '{}',
        at: NOON,
      });
      return new DocumentBench({ database, bucket, collection });
    }

    test('are objects, whose bytes are charged and counted, each with an event of its own', async () => {
      const here = await bench();
      const seqs = await here.apply(insert('a', '{"a":1}'), insert('b', '{"b":"é"}'));
      assert.deepEqual(await here.texts(), { 'things/a.json': '{"a":1}', 'things/b.json': '{"b":"é"}' });
      assert.deepEqual(await here.usage(), { objects: 2, bytes: 17, documents: 2, documentBytes: 17 });
      const events = await here.database.rows<{ seq: number; key: string }>(
        "SELECT seq, key FROM events WHERE bucket = ? AND type = 'object.created' ORDER BY key",
        here.bucket.name,
      );
      assert.deepEqual(
        events.map(({ seq, key }) => [key, seq]),
        [
          ['things/a.json', seqs[0]],
          ['things/b.json', seqs[1]],
        ],
      );
      const object = await here.database.metadata.queries.findObject(here.bucket.id, 'things/b.json');
      assert.equal(object?.etag, 'etag of {"b":"é"}');
      assert.deepEqual(JSON.parse(object?.attributes ?? ''), { contentType: 'application/json', userMetadata: {} });
    });

    test('are inserted by the hundred as one by one', async () => {
      const here = await bench();
      const index = await here.index(false);
      const writes = Array.from({ length: 237 }, (_, at) =>
        insert(`n${at}`, `{"n":"${'x'.repeat(at % 7)}"}`, [entry(index, `e${at}`)]),
      );
      const seqs = await here.apply(...writes);
      assert.equal(new Set(seqs).size, 237);
      const texts = await here.texts();
      for (const { key, after } of writes) assert.equal(texts[key], after?.text);
      assert.equal((await here.entries()).length, 237);
      const bytes = writes.reduce((sum, { after }) => sum + (after?.text.length ?? 0), 0);
      assert.deepEqual(await here.usage(), { objects: 237, bytes, documents: 237, documentBytes: bytes });
    });

    test('are replaced and deleted, and what they were is let go of', async () => {
      const here = await bench();
      const [a = 0, b = 0] = await here.apply(insert('a', '{"a":1}'), insert('b', '{"b":1}'));
      const [next = 0] = await here.apply(
        { key: 'things/a.json', before: a, after: { text: '{"a":12345}', etag: 'x' }, ...NO_ENTRIES },
        { key: 'things/b.json', before: b, after: null, ...NO_ENTRIES },
        insert('c', '{}'),
      );
      assert.ok(next > b);
      assert.deepEqual(await here.texts(), { 'things/a.json': '{"a":12345}', 'things/c.json': '{}' });
      assert.deepEqual(await here.usage(), { objects: 2, bytes: 13, documents: 2, documentBytes: 13 });
    });

    test('that are not as they were read change nothing of what goes with them', async () => {
      const here = await bench();
      const [seq = 0] = await here.apply(insert('a', '{}'));
      const stale: DocumentWrite = {
        key: 'things/a.json',
        before: seq - 1,
        after: { text: '[]', etag: 'x' },
        ...NO_ENTRIES,
      };
      await here.refused(() => here.apply(insert('b', '{}'), stale), failure('ConditionalRequestConflict'));
      const gone: DocumentWrite = { key: 'things/none.json', before: seq, after: null, ...NO_ENTRIES };
      await here.refused(() => here.apply(insert('b', '{}'), gone), failure('ConditionalRequestConflict'));
    });

    test('are there once: of an _id that is taken nothing is inserted', async () => {
      const here = await bench();
      await here.apply(insert('a', '{}'));
      await here.refused(() => here.apply(insert('b', '{}'), insert('a', '{}')), {
        code: 'DuplicateKey',
        detail: { Key: 'things/a.json', Index: '_id_' },
      });
    });

    test('written for indexes that are others now are refused', async () => {
      const here = await bench();
      const { version, id } = await here.row();
      await here.index(false);
      await here.refused(() => here.applyTo(version, id, insert('a', '{}')), failure('ConditionalRequestConflict'));
      await here.refused(() => here.applyTo(1, 999_999, insert('a', '{}')), failure('NoSuchCollection'));
    });

    test('have entries that come and go with them', async () => {
      const here = await bench();
      const index = await here.index(false);
      const [seq = 0] = await here.apply(insert('a', '{}', [entry(index, 'x'), entry(index, 'y')]));
      const [row] = await here.database.metadata.queries.listDocumentIndexes(here.collection.id);
      assert.equal(row?.is_multikey, 1, 'it has several entries of a document');
      await here.apply({
        key: 'things/a.json',
        before: seq,
        after: { text: '{}', etag: 'x' },
        removed: [entry(index, 'x')],
        added: [entry(index, 'z')],
      });
      assert.deepEqual(
        (await here.entries()).map((each) => each.entry),
        ['y', 'z'],
      );
    });

    test('share no entry of a unique index: neither with others nor among themselves', async () => {
      const here = await bench();
      const index = await here.index(true);
      await here.apply(insert('a', '{}', [entry(index, 'x')]));
      const taken = { code: 'DuplicateKey', detail: { Key: 'things/c.json', Index: index.name } };
      await here.refused(() => here.apply(insert('b', '{}'), insert('c', '{}', [entry(index, 'x')])), taken);
      await here.refused(
        () => here.apply(insert('b', '{}', [entry(index, 'y')]), insert('c', '{}', [entry(index, 'y')])),
        taken,
      );
    });

    test('may have an entry that another one lets go of in the same call', async () => {
      const here = await bench();
      const index = await here.index(true);
      const [a = 0, b = 0] = await here.apply(
        insert('a', '{}', [entry(index, 'x')]),
        insert('b', '{}', [entry(index, 'y')]),
      );
      const after = { text: '{}', etag: 'x' };
      await here.apply(
        { key: 'things/a.json', before: a, after, removed: [entry(index, 'x')], added: [entry(index, 'y')] },
        { key: 'things/b.json', before: b, after, removed: [entry(index, 'y')], added: [entry(index, 'x')] },
      );
      assert.deepEqual(
        (await here.entries()).map(({ entry: text, key }) => [text, key]),
        [
          ['x', 'things/b.json'],
          ['y', 'things/a.json'],
        ],
      );
    });

    test('fill a quota to the byte, and none of a call goes beyond it', async () => {
      const here = await bench({ quotaBytes: 20 });
      const [seq = 0] = await here.apply(insert('a', '{"a":1234}'));
      await here.refused(() => here.apply(insert('b', '{}'), insert('c', '{"c":123}')), failure('QuotaExceeded'));
      await here.apply(insert('b', '{}'), insert('c', '{"c":12}'));
      const write = (text: string): DocumentWrite => ({
        key: 'things/a.json',
        before: seq,
        after: { text, etag: 'x' },
        ...NO_ENTRIES,
      });
      await here.refused(() => here.apply(write('{"a":12345}')), failure('QuotaExceeded'));
      await here.apply(write('{"a":4321}'));
      assert.deepEqual(await here.usage(), { objects: 3, bytes: 20, documents: 3, documentBytes: 20 });
    });

    test('keep older versions where the bucket does', async () => {
      const here = await bench();
      await here.database.write("UPDATE buckets SET versioning = 'Enabled' WHERE id = ?", here.bucket.id);
      const [seq = 0] = await here.apply(insert('a', '{"a":1}'));
      const [next = 0] = await here.apply({
        key: 'things/a.json',
        before: seq,
        after: { text: '{"a":2}', etag: 'x' },
        ...NO_ENTRIES,
      });
      assert.deepEqual(await here.usage(), { objects: 2, bytes: 14, documents: 1, documentBytes: 7 });
      await here.apply({ key: 'things/a.json', before: next, after: null, ...NO_ENTRIES });
      assert.deepEqual(await here.usage(), { objects: 2, bytes: 14, documents: 0, documentBytes: 0 });
    });

    test('are refused alone, beside others of the same moment', async () => {
      const here = await bench();
      await here.apply(insert('a', '{}'));
      const results = await Promise.allSettled([
        here.apply(insert('b', '{}')),
        here.apply(insert('c', '{}'), insert('a', '{}')),
        here.apply(insert('d', '{}')),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      assert.deepEqual(Object.keys(await here.texts()), ['things/a.json', 'things/b.json', 'things/d.json']);
    });
  });
}
