import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { openDatabase } from '../../../metadata/sqlite/driver.ts';
import { addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { addDocumentUser, type DocumentUser } from '../../support/documents.ts';
import { EventStream, type StreamedEvent } from '../../support/event-stream.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

describe('watching a collection', () => {
  let gateway: TestGateway;
  let user: DocumentUser;
  let count = 0;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  const fresh = async () => {
    count += 1;
    user = await addDocumentUser(gateway, `user${count}`);
    const made = await askApi(gateway, '/collections', {
      method: 'POST',
      token: user.token,
      body: { name: 'workers' },
    });
    assert.equal(made.status, 201, made.text);
  };
  const call = async (operation: string, body: object, collection = 'workers') => {
    const path = `/collections/${collection}/${operation}`;
    const reply = await askApi(gateway, path, { method: 'POST', token: user.token, body });
    assert.ok(reply.status < 300, reply.text);
  };
  const open = (query = '', lastEventId?: string, token = user.token) =>
    EventStream.open(`${gateway.apiUrl}/api/v1/collections/workers/watch${query}`, { token, lastEventId });
  const put = (Key: string, Body: string) => user.s3.send(new PutObjectCommand({ Bucket: user.bucket, Key, Body }));
  const remove = (Key: string, VersionId?: string) =>
    user.s3.send(new DeleteObjectCommand({ Bucket: user.bucket, Key, VersionId }));
  const brief = ({ data }: StreamedEvent) => [data.operationType, data.documentKey._id];

  test('inserts, updates, replaces and deletes are told in order, whatever surface they come by', async () => {
    await fresh();
    const stream = await open();
    await call('insertOne', { document: { _id: 'a', age: 1 } });
    await call('updateOne', { filter: { _id: 'a' }, update: { $set: { age: 2 } } });
    await call('replaceOne', { filter: { _id: 'a' }, replacement: { age: 3 } });
    await call('insertOne', { document: { _id: 'other' } }, 'others');
    await put('workers/b.json', '{"age":1}');
    await put('workers/b.json', '{"age":2}');
    await call('deleteOne', { filter: { _id: 'a' } });
    await remove('workers/b.json');
    const events = await stream.take(7);
    assert.deepEqual(events.map(brief), [
      ['insert', 'a'],
      ['update', 'a'],
      ['replace', 'a'],
      ['insert', 'b'],
      ['replace', 'b'],
      ['delete', 'a'],
      ['delete', 'b'],
    ]);
    const ids = events.map(({ id = '' }) => id);
    assert.deepEqual(ids, ids.toSorted());
    assert.deepEqual(
      events.map(({ data }) => data._id._data),
      ids,
    );
    stream.close();
  });

  test('an event has what those of MongoDB have', async () => {
    await fresh();
    const stream = await open();
    await call('insertOne', {
      document: { _id: { $oid: '507f1f77bcf86cd799439011' }, at: { $date: '2026-01-01T00:00:00.000Z' } },
    });
    const [event] = await stream.take(1);
    const { _id, clusterTime, wallTime, ...rest } = event?.data ?? {};
    assert.match(_id._data, /^[0-9a-f]{18}$/);
    assert.ok(Math.abs(clusterTime.$timestamp.t * 1000 - Date.now()) < 60_000);
    assert.match(wallTime.$date, /^2\d{3}-/);
    assert.deepEqual(rest, {
      operationType: 'insert',
      ns: { db: user.bucket, coll: 'workers' },
      documentKey: { _id: { $oid: '507f1f77bcf86cd799439011' } },
      fullDocument: { _id: { $oid: '507f1f77bcf86cd799439011' }, at: { $date: '2026-01-01T00:00:00.000Z' } },
    });
    stream.close();
  });

  test('updates have no document unless it is asked for, and then as it is by now', async () => {
    await fresh();
    const stream = await open();
    const looking = await open('?fullDocument=updateLookup&form=canonical');
    await call('insertOne', { document: { _id: 1, age: 1 } });
    await call('updateOne', { filter: { _id: 1 }, update: { $inc: { age: 1 } } });
    const [, update] = await stream.take(2);
    assert.equal('fullDocument' in (update?.data ?? {}), false);
    const [insert, looked] = await looking.take(2);
    assert.deepEqual(insert?.data.documentKey, { _id: { $numberInt: '1' } });
    assert.deepEqual(looked?.data.fullDocument, { _id: { $numberInt: '1' }, age: { $numberInt: '2' } });
    await call('deleteOne', { filter: { _id: 1 } });
    const [deleted] = await stream.take(1);
    assert.deepEqual(deleted?.data.documentKey, { _id: 1 }, 'the id of what is gone is in its key');
    stream.close();
    looking.close();
  });

  test('a rename is a deletion and an insertion, and a version that comes to light a replacement', async () => {
    await fresh();
    await user.s3.send(
      new PutBucketVersioningCommand({ Bucket: user.bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    const stream = await open();
    await put('workers/a.json', '{"age":1}');
    const { VersionId } = await put('workers/a.json', '{"age":2}');
    await remove('workers/a.json', VersionId);
    await gateway.fetchSigned(`/${user.bucket}/workers/z.json?renameObject`, {
      method: 'PUT',
      headers: { 'x-amz-rename-source': 'workers/a.json' },
      credentials: user.credentials,
    });
    const events = await stream.take(5);
    assert.deepEqual(events.map(brief), [
      ['insert', 'a'],
      ['replace', 'a'],
      ['replace', 'a'],
      ['delete', 'a'],
      ['insert', 'z'],
    ]);
    const resumed = await open('', events[3]?.id);
    assert.deepEqual((await resumed.take(1)).map(brief), [['insert', 'z']], 'between the two halves of the rename');
    stream.close();
    resumed.close();
  });

  test('2,000 concurrent writes are all told, each document in its order, to everybody who watches', async () => {
    await fresh();
    const streams = await Promise.all(Array.from({ length: 5 }, () => open()));
    const taken = Promise.all(streams.map((stream) => stream.take(2000)));
    const writers = Array.from({ length: 40 }, async (_, writer) => {
      for (let round = 0; round < 25; round += 1) {
        const id = `${writer}-${round}`;
        if (round % 2 === 0) await put(`workers/${id}.json`, '{"n":0}');
        else await call('insertOne', { document: { _id: id, n: 0 } });
        await call('updateOne', { filter: { _id: id }, update: { $inc: { n: 1 } } });
      }
    });
    await Promise.all(writers);
    const [first = [], ...others] = await taken;
    const byId = groupById(first);
    assert.equal(byId.size, 1000);
    for (const operations of byId.values()) assert.deepEqual(operations, ['insert', 'update']);
    for (const other of others)
      assert.deepEqual(
        other.map(({ id }) => id),
        first.map(({ id }) => id),
      );
    for (const stream of streams) stream.close();
  });

  test('after a disconnect nothing is lost and nothing told twice', async () => {
    await fresh();
    const seen: StreamedEvent[] = [];
    let stream = await open();
    const writing = (async () => {
      for (let n = 0; n < 200; n += 1) await call('insertOne', { document: { _id: n } });
    })();
    while (seen.length < 200) {
      seen.push(...(await stream.take(Math.min(20, 200 - seen.length))));
      const { lastEventId } = stream;
      stream.close();
      await sleep(5);
      stream = await open('', lastEventId);
    }
    await writing;
    assert.deepEqual(
      seen.map(({ data }) => data.documentKey._id),
      Array.from({ length: 200 }, (_, n) => n),
    );
    stream.close();
    for (const name of ['resumeAfter', 'startAfter']) {
      const token = name === 'startAfter' ? seen[197]?.id : JSON.stringify(seen[197]?.data._id);
      const again = await open(`?${name}=${encodeURIComponent(token ?? '')}`);
      assert.deepEqual((await again.take(2)).map(brief), [
        ['insert', 198],
        ['insert', 199],
      ]);
      again.close();
    }
  });

  test('only those operations are told that are asked for', async () => {
    await fresh();
    const stream = await open('?operationType=delete,update');
    await call('insertOne', { document: { _id: 'a' } });
    await call('updateOne', { filter: { _id: 'a' }, update: { $set: { x: 1 } } });
    await call('deleteOne', { filter: { _id: 'a' } });
    assert.deepEqual((await stream.take(2)).map(brief), [
      ['update', 'a'],
      ['delete', 'a'],
    ]);
    stream.close();
  });

  test('what cannot be watched is refused before the stream begins', async () => {
    await fresh();
    const ask = (query: string, token?: string) => askApi(gateway, `/collections/workers/watch${query}`, { token });
    assertProblem(await ask(''), 401, 'not-authenticated');
    assertProblem(await ask('?resumeAfter=xyz', user.token), 400, 'invalid-query');
    assertProblem(await ask('?resumeAfter=ffffffffffffffff01', user.token), 400, 'invalid-query');
    assertProblem(await ask('?resumeAfter=0000000fffffffff01', user.token), 400, 'invalid-query');
    const token = '000000000000000001';
    assertProblem(await ask(`?resumeAfter=${token}&startAfter=${token}`, user.token), 400, 'invalid-request');
    assertProblem(await ask('?operationType=drop', user.token), 400, 'invalid-request');
    assertProblem(await askApi(gateway, '/collections/none/watch', { token: user.token }), 404, 'no-such-collection');
    const stranger = await addApiUser(gateway, `stranger${count}`);
    assertProblem(await ask(`?database=${user.name}`, stranger.token), 404, 'no-such-collection');
  });

  test('who was granted a collection watches it, and no longer than that', async () => {
    await fresh();
    const owner = user;
    const reader = await addApiUser(gateway, `reader${count}`);
    const dcl = async (statements: string) => {
      const reply = await askApi(gateway, '/dcl', { method: 'POST', token: owner.token, body: { statements } });
      assert.equal(reply.status, 200, reply.text);
    };
    await dcl(`GRANT READ ON COLLECTION workers TO USER ${reader.name}`);
    const stream = await open(`?database=${owner.name}`, undefined, reader.token);
    await call('insertOne', { document: { _id: 'a' } });
    assert.deepEqual((await stream.take(1)).map(brief), [['insert', 'a']]);
    await dcl(`REVOKE READ ON COLLECTION workers FROM USER ${reader.name}`);
    await sleep(1100);
    await call('insertOne', { document: { _id: 'b' } });
    const last = await stream.next();
    assert.notEqual(last?.data.operationType, 'insert');
    assert.equal(await stream.next(), undefined);
  });

  test('the stream ends with the session', async () => {
    await fresh();
    const stream = await open();
    const actor = { accountId: user.id, address: '127.0.0.1', userAgent: 'test' };
    await gateway.services.sessions.end(user.sessionId, { accountId: user.id, actor });
    await sleep(1100);
    await put('workers/a.json', '{}');
    const last = await stream.next();
    assert.deepEqual([last?.event, last?.data.code, last?.data.status], ['error', 'invalid-token', 401]);
    assert.equal(await stream.next(), undefined);
  });

  test('the stream ends when the collection is dropped', async () => {
    await fresh();
    await call('insertOne', { document: { _id: 'a' } });
    const stream = await open();
    const dropped = await askApi(gateway, '/collections/workers', { method: 'DELETE', token: user.token });
    assert.ok(dropped.status < 300, dropped.text);
    assert.deepEqual((await stream.take(1)).map(brief), [['delete', 'a']]);
    await sleep(1100);
    const last = await stream.next();
    assert.equal(last?.data.operationType, 'invalidate');
    assert.equal(await stream.next(), undefined);
  });

  test('who has waited for too long learns that the log was forgotten', async () => {
    const own = await startGateway({ GATEHOUSE_EVENT_RETENTION: '1' });
    try {
      const watcher = await addDocumentUser(own, 'ann');
      const send = (name: string) =>
        watcher.s3.send(new PutObjectCommand({ Bucket: watcher.bucket, Key: `workers/${name}.json`, Body: '{}' }));
      await send('a');
      const url = `${own.apiUrl}/api/v1/collections/workers/watch`;
      const stream = await EventStream.open(url, watcher);
      const { lastEventId } = stream;
      await send('b');
      await send('c');
      await stream.take(2);
      stream.close();
      const database = openDatabase(join(own.dataFolder, 'metadata.db'), { timeout: 10_000 });
      database.exec("UPDATE events SET at = '2020-01-01T00:00:00.000Z'");
      database.close();
      await own.sweep();
      const path = `/collections/workers/watch?resumeAfter=${lastEventId}`;
      assertProblem(await askApi(own, path, { token: watcher.token }), 410, 'history-lost');
      await send('d');
      const again = await EventStream.open(url, watcher);
      await send('e');
      assert.equal((await again.take(1))[0]?.data.documentKey._id, 'e', 'who begins anew is told what comes');
      again.close();
    } finally {
      await own.stop();
    }
  });

  test('closing the gateway ends all streams', async () => {
    const own = await startGateway();
    const watcher = await addDocumentUser(own, 'ann');
    await watcher.s3.send(new PutObjectCommand({ Bucket: watcher.bucket, Key: 'workers/a.json', Body: '{}' }));
    const stream = await EventStream.open(`${own.apiUrl}/api/v1/collections/workers/watch`, watcher);
    const ended = stream.next();
    const startedAt = performance.now();
    await own.stop();
    assert.equal(await ended, undefined);
    assert.ok(performance.now() - startedAt < 5000);
  });

  test('who does not read is not read for: what waits for a slow client does not grow', async () => {
    await fresh();
    const gone = new AbortController();
    const bucket = await gateway.services.buckets.find(user.bucket);
    assert.ok(bucket);
    const { account } = await gateway.services.sessions.authenticate(user.token);
    const caller = { account, sessionId: user.sessionId, methods: 'password' };
    const told = await gateway.services.documentWatch.open({
      asked: { asker: askerOf(account), bucket, name: 'workers' },
      caller,
      form: 'relaxed',
      looksUp: false,
      signal: gone.signal,
    });
    await told.next();
    for (let batch = 0; batch < 12; batch += 1) {
      const documents = Array.from({ length: 1000 }, (_, n) => ({ _id: batch * 1000 + n }));
      await call('insertMany', { documents });
    }
    const ids: unknown[] = [];
    for await (const each of told) {
      if (each.kind === 'change') ids.push(each.event.documentKey._id);
      if (ids.length === 12_000) break;
    }
    assert.deepEqual(
      ids.toSorted((a, b) => Number(a) - Number(b)),
      Array.from({ length: 12_000 }, (_, n) => n),
    );
    gone.abort();
  });
});

function groupById(events: readonly StreamedEvent[]): Map<string, string[]> {
  const byId = new Map<string, string[]>();
  for (const { data } of events) {
    const id = String(data.documentKey._id);
    byId.set(id, [...(byId.get(id) ?? []), data.operationType]);
  }
  return byId;
}

function askerOf(account: Awaited<ReturnType<TestGateway['services']['accounts']['get']>>) {
  return {
    principal: { kind: 'account', account, accessKey: undefined } as const,
    actor: { accountId: account.id, address: '127.0.0.1', userAgent: 'test' },
    context: { get: () => undefined },
  };
}
