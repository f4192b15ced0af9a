import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { askApi } from '../../support/api.ts';
import { runCommand } from '../../support/command.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { temporaryFolder } from '../../support/trees.ts';

/** The requests as that API's own documentation has them: by curl, which calls its JSON a form. */
suite('the documents of the dialect `general`', () => {
  let gateway: TestGateway;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let token = '';
  before(async () => {
    folder = await temporaryFolder();
    gateway = await startGateway({ GATEHOUSE_PASSWORD_POLICY: 'off' });
    await curl('/api/v1/user/register', '{"name":"cary","password":"123456"}');
    token = (await curl('/api/v1/user/login', '{"name":"cary","password":"123456"}')).access_token;
  });
  after(async () => {
    await gateway.stop();
    await folder.remove();
  });

  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it
  async function curl(path: string, body: string): Promise<any> {
    const bearing = token === '' ? [] : ['-H', `If-Match: token ${token}`];
    const args = ['-s', '-X', 'POST', '-d', body, ...bearing, gateway.apiUrl + path];
    return JSON.parse((await runCommand('curl', args, { folder: folder.path })).text);
  }

  test('curl goes through the life of a collection', async () => {
    assert.deepEqual(await curl('/api/v1/db/create_col', '{"collection":"workers"}'), { _status: 'OK' });
    const again = await curl('/api/v1/db/create_col', '{"collection":"workers"}');
    assert.deepEqual([again._status, again._error.code], ['ERR', 409]);
    const inserted = await curl(
      '/api/v1/db/insert_one',
      '{"collection":"workers","document":{"name":"cary","age":30},"options":{"bypass_document_validation":false}}',
    );
    assert.equal(inserted._status, 'OK', JSON.stringify(inserted));
    assert.match(inserted.inserted_id.$oid, /^[0-9a-f]{24}$/);
    const many = await curl(
      '/api/v1/db/insert_many',
      '{"collection":"workers","documents":[{"_id":1,"name":"bob","age":20},{"_id":2,"name":"eve","age":40}]}',
    );
    assert.deepEqual(many, { _status: 'OK', inserted_ids: [1, 2] });
    const updated = await curl(
      '/api/v1/db/update_one',
      '{"collection":"workers","filter":{"name":"cary"},"update":{"$set":{"age":31}},"options":{"upsert":true,"bypass_document_validation":false}}',
    );
    assert.deepEqual([updated.matched_count, updated.modified_count, updated.upserted_id], [1, 1, null]);
    const upserted = await curl(
      '/api/v1/db/update_many',
      '{"collection":"workers","filter":{"_id":3},"update":{"$set":{"name":"dan","age":50}},"options":{"upsert":true}}',
    );
    assert.deepEqual([upserted.matched, upserted.modified, upserted.upserted_id], [0, 0, 3]);
    const found = await curl(
      '/api/v1/db/find',
      '{"collection":"workers","filter":{"age":{"$gte":31}},"options":{"skip":1,"limit":10,"sort":{"age":1},"projection":{"_id":0},"maxTimeMS":1000000000}}',
    );
    assert.deepEqual(found, {
      _status: 'OK',
      documents: [
        { name: 'eve', age: 40 },
        { name: 'dan', age: 50 },
      ],
    });
    const one = await curl('/api/v1/db/find_one', '{"collection":"workers","filter":{"name":"bob"}}');
    assert.deepEqual([one._status, one.documents], ['OK', [{ _id: 1, name: 'bob', age: 20 }]]);
    const count = await curl(
      '/api/v1/db/count_documents',
      '{"collection":"workers","filter":{},"options":{"skip":0,"limit":10,"maxTimeMS":1000000000}}',
    );
    assert.deepEqual(count, { _status: 'OK', count: 4 });
    const deleted = await curl('/api/v1/db/delete_one', '{"collection":"workers","filter":{"name":"bob"}}');
    assert.deepEqual(deleted, { _status: 'OK', deleted_count: 1 });
    const all = await curl('/api/v1/db/delete_many', '{"collection":"workers","filter":{"age":{"$gt":0}}}');
    assert.deepEqual(all, { _status: 'OK', deleted_count: 3 });
    assert.deepEqual(await curl('/api/v1/db/delete_col', '{"collection":"workers"}'), { _status: 'OK' });
    const gone = await curl('/api/v1/db/find', '{"collection":"workers","filter":{}}');
    assert.deepEqual([gone._status, gone._error.code], ['ERR', 404]);
  });

  test('what is wrong is told in its own words, with the right status', async () => {
    await curl('/api/v1/db/insert_one', '{"collection":"refused","document":{"_id":1}}');
    const cases: [number, string, string][] = [
      [409, 'insert_one', '{"collection":"refused","document":{"_id":1}}'],
      [400, 'insert_one', '{"collection":"refused"}'],
      [400, 'insert_one', '{"collection":"$no","document":{}}'],
      [400, 'find', '{"collection":"refused","filter":{"a":{"$near":1}}}'],
      [400, 'find', '{"collection":"refused","options":{"limit":-1}}'],
      [400, 'update_one', '{"collection":"refused","filter":{},"update":{"a":1}}'],
      [400, 'update_one', '{"collection":"refused","filter":{},"update":{"$inc":{"_id":1}}}'],
      [404, 'delete_one', '{"collection":"nothing","filter":{}}'],
      [404, 'delete_col', '{"collection":"nothing"}'],
      [400, 'find', 'no JSON'],
    ];
    for (const [status, call, body] of cases) {
      const reply = await curl(`/api/v1/db/${call}`, body);
      assert.equal(reply._status, 'ERR', `${call} ${body}`);
      assert.equal(reply._error.code, status, `${call} ${body} ${reply._error.message}`);
      assert.equal(typeof reply._error.message, 'string');
    }
    const nobody = await askApi(gateway, '/api/v1/db/find', { method: 'POST', body: { collection: 'refused' } });
    assert.equal(nobody.status, 401);
    assert.equal(nobody.body._error.code, 401);
  });

  test('what it writes the JSON API reads', async () => {
    await curl('/api/v1/db/insert_one', '{"collection":"both","document":{"_id":"x","n":1}}');
    const reply = await askApi(gateway, '/collections/both/documents/x', { token });
    assert.deepEqual([reply.status, reply.body], [200, { _id: 'x', n: 1 }]);
  });
});
