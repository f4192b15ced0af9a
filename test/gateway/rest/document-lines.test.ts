import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { splitArray, splitLines } from '../../../gateway/services/documents/lines/split-documents.ts';
import { type ApiReply, type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let ann: ApiUser;
before(async () => {
  gateway = await startGateway();
  ann = await addApiUser(gateway, 'ann');
});
after(() => gateway.stop());

async function send(name: string, text: string, query = ''): Promise<ApiReply> {
  const reply = await fetch(`${gateway.apiUrl}/api/v1/collections/${name}/import${query}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${ann.token}`, 'Content-Type': 'application/x-ndjson' },
    body: text,
  });
  const body = await reply.text();
  return { status: reply.status, headers: reply.headers, body: JSON.parse(body), text: body };
}

/** JSON lines are no JSON. */
async function receive(name: string, query = ''): Promise<Pick<ApiReply, 'status' | 'headers' | 'text'>> {
  const url = `${gateway.apiUrl}/api/v1/collections/${name}/export${query}`;
  const reply = await fetch(url, { headers: { Authorization: `Bearer ${ann.token}` } });
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
}

const LINES = [
  '{"_id":{"$oid":"507f1f77bcf86cd799439011"},"at":{"$date":"2026-01-02T03:04:05.678Z"},"price":{"$numberDecimal":"1.10"}}',
  '{"_id":"a","n":1}',
  '{"_id":"b","n":{"$numberLong":"9007199254740993"}}',
];

describe('Import and export', () => {
  test('are what mongoexport writes: a document of relaxed Extended JSON a line', async () => {
    const imported = await send('lines', `${LINES[0]}\n\r\n  ${LINES[1]}\r\n${LINES[2]}`);
    assert.deepEqual([imported.status, imported.body], [200, { imported: 3, failed: 0, errors: [] }]);
    const exported = await receive('lines');
    assert.equal(exported.headers.get('content-type'), 'application/x-ndjson');
    assert.deepEqual(exported.text.split('\n'), [...LINES, '']);
    const array = await receive('lines', '?jsonArray=true');
    assert.deepEqual(
      JSON.parse(array.text),
      LINES.map((line) => JSON.parse(line)),
    );
    const copied = await send('copied', array.text, '?jsonArray=true');
    assert.deepEqual(copied.body, { imported: 3, failed: 0, errors: [] });
    assert.equal((await receive('copied')).text, exported.text);
  });

  test('tell by the line what is wrong, and import the rest', async () => {
    await send('partly', '{"_id":1}\n');
    const reply = await send('partly', '{"_id":2}\n{"_id":1}\nnonsense\n{"_id":3,"a":1,"a":2}\n[1]\n{"_id":4}\n');
    assert.equal(reply.status, 200, reply.text);
    const { imported, failed, errors } = reply.body;
    assert.deepEqual([imported, failed], [2, 4]);
    assert.deepEqual(
      errors.map(({ line, code }: { line: number; code: string }) => [line, code]),
      [
        [2, 'duplicate-key'],
        [3, 'invalid-document'],
        [4, 'invalid-document'],
        [5, 'invalid-document'],
      ],
    );
    assert.equal((await receive('partly')).text, '{"_id":1}\n{"_id":2}\n{"_id":4}\n');
  });

  test('replace what is there in the mode `upsert`', async () => {
    await send('upserted', '{"_id":"a","n":1}\n');
    const reply = await send('upserted', '{"_id":"a","n":2}\n{"_id":"b"}\n{"n":3}\n', '?mode=upsert');
    assert.deepEqual(reply.body, { imported: 3, failed: 0, errors: [] });
    const { documents } = (
      await askApi(gateway, '/collections/upserted/find', {
        method: 'POST',
        token: ann.token,
        body: { projection: { n: 1 } },
      })
    ).body;
    assert.equal(documents.length, 3);
    assert.ok(documents.some(({ _id, n }: { _id: unknown; n: unknown }) => _id === 'a' && n === 2));
  });

  test('of many documents go in batches', async () => {
    const text = Array.from({ length: 5000 }, (_, at) => `{"_id":${at},"text":"${'x'.repeat(at % 50)}"}\n`).join('');
    assert.deepEqual((await send('many', text)).body, { imported: 5000, failed: 0, errors: [] });
    const exported = await receive('many');
    assert.deepEqual(exported.text.trimEnd().split('\n').sort(), text.trimEnd().split('\n').sort());
  });

  test('are for who may', async () => {
    const bob = await addApiUser(gateway, 'bob');
    await send('private', '{}');
    const read = await askApi(gateway, '/collections/private/export?database=ann', { token: bob.token });
    assertProblem(read, 404, 'no-such-collection');
    assert.equal((await receive('nothing')).status, 404);
    const write = await askApi(gateway, '/collections/private/import?database=ann', {
      method: 'POST',
      token: bob.token,
    });
    assertProblem(write, 404, 'no-such-collection');
  });
});

async function* cut(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

describe('Splitting', () => {
  test('finds the documents however the bytes come, in lines and in arrays', async () => {
    const document = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(document),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(3),
        async (documents, length, spaces) => {
          const lines = documents.map((each) => JSON.stringify(each));
          const found: unknown[] = [];
          for await (const { line, bytes } of splitLines(cut(Buffer.from(lines.join('\n')), length))) {
            found.push(JSON.parse(bytes.toString()));
            assert.equal(line, found.length);
          }
          const array: unknown[] = [];
          const text = JSON.stringify(documents, undefined, spaces);
          for await (const { bytes } of splitArray(cut(Buffer.from(text), length)))
            array.push(JSON.parse(bytes.toString()));
          assert.deepEqual([found, array], [JSON.parse(`[${lines}]`), JSON.parse(text)]);
        },
      ),
    );
  });
});
