import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { type ApiUser, addApiUser } from '../../support/api.ts';
import { type FormPart, formBody } from '../../support/forms.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { askRaw, type RawInit, type RawReply } from '../../support/raw-api.ts';
import { blobFiles } from '../../support/stored-files.ts';

let gateway: TestGateway;
let cary: ApiUser;
before(async () => {
  gateway = await startGateway({ GATEHOUSE_MAX_FILE_SIZE: '2MiB' });
  cary = await addApiUser(gateway, 'cary');
});
after(() => gateway.stop());

const ask = (path: string, init: RawInit = {}) => askRaw(gateway, `/api/v1${path}`, { token: cary.token, ...init });

function post(parts: readonly FormPart[], { query = '', cut = 0, isChunked = false } = {}): Promise<RawReply> {
  const { body, type } = formBody(parts);
  const sent = body.subarray(0, body.length - cut);
  return ask(`/files${query}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: isChunked ? Readable.from([sent.subarray(0, 100), sent.subarray(100)]) : sent,
  });
}

function assertProblem(
  reply: RawReply,
  ...[status, code, words = /./]: [status: number, code: string, words?: RegExp]
): void {
  assert.equal(reply.status, status, reply.text);
  assert.equal(reply.body.code, code);
  assert.match(reply.body.detail ?? '', words);
}

const SMALL = Buffer.from('small');
const LARGE = Buffer.alloc(200_000, 'large ');
const file = (content: Buffer, about: Partial<FormPart> = {}): FormPart => ({
  name: 'file',
  fileName: 'f.txt',
  content,
  ...about,
});
const named = (identifier: string): FormPart => ({ name: 'identifier', content: Buffer.from(identifier) });
const field = (name: string, value: string): FormPart => ({ name, content: Buffer.from(value) });

describe('POST of a form', () => {
  for (const content of [Buffer.alloc(0), SMALL, Buffer.alloc(32 * 1024), LARGE]) {
    for (const isChunked of [false, true]) {
      test(`stores a file of ${content.length} bytes, fields before and behind it${isChunked ? ', chunked' : ''}`, async () => {
        const path = `forms/${content.length}${isChunked}.bin`;
        const before = await post([named(`${path}-1`), field('Größe', 'Ü'), file(content), field('later', 'yes')], {
          isChunked,
        });
        const behind = await post([file(content), field('Größe', 'Ü'), field('later', 'yes'), named(`${path}-2`)], {
          isChunked,
        });
        for (const [reply, number] of [
          [before, 1],
          [behind, 2],
        ] as const) {
          assert.equal(reply.status, 201, reply.text);
          assert.equal(reply.body.path, `${path}-${number}`);
          assert.equal(reply.body.size_bytes, content.length);
          assert.equal(reply.body.sha256, createHash('sha256').update(content).digest('hex'));
          assert.deepEqual(reply.body.metadata, { Größe: 'Ü', later: 'yes' });
          assert.ok((await ask(`/files/${path}-${number}`)).bytes.equals(content));
        }
      });
    }
  }

  test('an identifier in use is 409, unless what is there is to give way', async () => {
    await post([named('taken'), file(SMALL)]);
    assertProblem(await post([named('taken'), file(LARGE)]), 409, 'file-exists', /'taken'/);
    assertProblem(await post([file(LARGE), named('taken')]), 409, 'file-exists', /'taken'/);
    assertProblem(await post([named('taken'), file(LARGE)], { query: '?overwrite=false' }), 409, 'file-exists');
    assert.equal((await ask('/files/taken')).text, 'small');
    assert.equal((await post([named('taken'), file(LARGE)], { query: '?overwrite=true' })).status, 200);
    const byField = await post([named('taken'), file(SMALL), field('overwrite', 'true')]);
    assert.equal(byField.status, 200);
    assert.deepEqual(byField.body.metadata, {});
  });

  test('of many that want one identifier exactly one has it', async () => {
    const replies = await Promise.all(Array.from({ length: 10 }, () => post([file(LARGE), named('wanted')])));
    assert.deepEqual(replies.map(({ status }) => status).sort(), [201, ...Array<number>(9).fill(409)]);
  });

  test('its path may be called so, and both only where they are the same', async () => {
    assert.equal((await post([field('path', 'by-path'), file(SMALL)])).status, 201);
    assert.equal((await post([field('path', 'both'), named('both'), file(SMALL)])).status, 201);
    assertProblem(await post([field('path', 'a'), named('b'), file(SMALL)]), 400, 'invalid-request', /two ways/);
  });

  test('the type is that of the part, else by the name', async () => {
    const typeOf = async (path: string, type?: string) =>
      (await post([named(path), file(SMALL, type === undefined ? {} : { type })], { query: '?overwrite' })).body
        .content_type;
    assert.equal(await typeOf('t.png'), 'image/png');
    assert.equal(await typeOf('t.png', 'image/webp'), 'image/webp');
    assert.equal(await typeOf('html'), 'text/plain');
    assert.equal(await typeOf('a.png/.html'), 'text/plain');
    assert.equal(await typeOf('t', 'application/octet-stream'), 'application/octet-stream');
  });

  test('metadata of any name is kept as it is, and S3 sees what can be a header', async () => {
    const reply = await post([
      named('meta'),
      field('Author', 'Cary'),
      field('two words', 'x'),
      field('__proto__', 'polluted'),
      field('constructor', 'c'),
      field('lines', 'one\r\ntwo'),
      field('ключ', 'значение'),
      field('unicode-value', 'значение'),
      field('empty', ''),
      file(SMALL),
    ]);
    assert.equal(reply.status, 201, reply.text);
    const entries = Object.entries(reply.body.metadata).sort();
    assert.deepEqual(entries, [
      ['Author', 'Cary'],
      ['__proto__', 'polluted'],
      ['constructor', 'c'],
      ['empty', ''],
      ['lines', 'one\r\ntwo'],
      ['two words', 'x'],
      ['unicode-value', 'значение'],
      ['ключ', 'значение'],
    ]);
    assert.deepEqual(Object.entries((await ask('/files/meta?info')).body.metadata).sort(), entries);
    const head = await gateway.client().send(new HeadObjectCommand({ Bucket: 'drive-cary', Key: 'meta' }));
    assert.deepEqual(Object.entries(head.Metadata ?? {}).sort(), [
      ['author', 'Cary'],
      ['constructor', 'c'],
      ['empty', ''],
    ]);
  });

  test('100 fields and 16 KiB of them are taken, and of them S3 sees 2 KB', async () => {
    const many = Array.from({ length: 100 }, (_, index) => field(`f${index}`, 'x'.repeat(150)));
    const reply = await post([named('many'), ...many, file(SMALL)]);
    assert.equal(reply.status, 201, reply.text);
    assert.equal(Object.keys(reply.body.metadata).length, 100);
    const head = await gateway.client().send(new HeadObjectCommand({ Bucket: 'drive-cary', Key: 'many' }));
    const bytes = Object.entries(head.Metadata ?? {}).reduce(
      (sum, [name, value]) => sum + name.length + value.length,
      0,
    );
    assert.ok(bytes > 1500 && bytes <= 2048, `${bytes} bytes`);
  });
});

describe('A form that cannot be stored leaves nothing:', () => {
  const refused: [what: string, parts: FormPart[], status: number, code: string, words: RegExp][] = [
    ['no file', [named('refused'), field('a', 'b')], 400, 'invalid-request', /needs a file/],
    ['nothing at all', [], 400, 'invalid-request', /needs a file/],
    ['two files', [named('refused'), file(LARGE), file(LARGE)], 400, 'invalid-request', /several files/],
    ['a file in another field', [named('refused'), file(LARGE, { name: 'upload' })], 400, 'invalid-request', /'file'/],
    ['no identifier', [file(LARGE)], 400, 'invalid-request', /'identifier'/],
    [
      'a field twice',
      [named('refused'), field('a', '1'), field('a', '2'), file(LARGE)],
      400,
      'invalid-request',
      /twice/,
    ],
    [
      'a field twice behind the file',
      [named('refused'), file(LARGE), field('a', '1'), field('a', '2')],
      400,
      'invalid-request',
      /twice/,
    ],
    ['a path that is none', [named('../refused'), file(LARGE)], 400, 'invalid-path', /'\.\.'/],
    ['a path that is none behind the file', [file(LARGE), named('re\0fused')], 400, 'invalid-path', /control/],
    ['the path of a folder', [file(LARGE), named('refused/')], 400, 'invalid-path', /'\/'/],
    ['an empty path', [file(LARGE), named('')], 400, 'invalid-path', /empty/],
    [
      'a file over the limit',
      [named('refused'), file(Buffer.alloc(2 * 1024 ** 2 + 1))],
      413,
      'body-too-large',
      /2097152/,
    ],
    [
      'a field too long',
      [named('refused'), field('a', 'x'.repeat(30_000)), file(LARGE)],
      400,
      'invalid-request',
      /too long/,
    ],
    [
      'too much metadata',
      [named('refused'), file(LARGE), field('a', 'x'.repeat(17_000))],
      400,
      'invalid-request',
      /16384/,
    ],
    [
      'too many fields',
      [named('refused'), file(LARGE), ...Array.from({ length: 101 }, (_, index) => field(`f${index}`, ''))],
      400,
      'invalid-request',
      /100/,
    ],
    ['a field without a name', [named('refused'), file(LARGE), field('', 'x')], 400, 'invalid-request', /./],
    [
      'a type that is none',
      [named('refused'), file(LARGE, { type: 'nonsense' })],
      400,
      'invalid-request',
      /content type/,
    ],
  ];
  for (const [what, parts, status, code, words] of refused) {
    test(what, async () => {
      const before = await blobFiles(gateway);
      for (const isChunked of [false, true]) assertProblem(await post(parts, { isChunked }), status, code, words);
      assert.equal((await ask('/files/refused')).status, 404);
      assert.deepEqual(await blobFiles(gateway), before);
    });
  }

  test('one that is cut off', async () => {
    const before = await blobFiles(gateway);
    for (const cut of [3, 4, 10, 60, 100_000]) {
      const reply = await post([named('refused'), field('a', 'b'), file(LARGE)], { cut });
      // What is missing is the closing delimiter, a part of it, or the end of the file.
      assertProblem(reply, 400, 'incomplete-body');
    }
    assert.equal((await ask('/files/refused')).status, 404);
    assert.deepEqual(await blobFiles(gateway), before);
  });

  test('what is no form', async () => {
    for (const type of ['application/json', 'multipart/form-data', 'multipart/mixed; boundary=x', 'text/plain']) {
      const reply = await ask('/files', { method: 'POST', body: '{}', headers: { 'content-type': type } });
      assertProblem(reply, 400, 'invalid-request');
    }
    assertProblem(await ask('/files', { method: 'POST' }), 400, 'invalid-request');
  });

  test("another's drive", async () => {
    const other = await addApiUser(gateway, 'other');
    const before = await blobFiles(gateway);
    const { body, type } = formBody([named('refused'), file(LARGE)]);
    const headers = { 'content-type': type };
    const reply = await ask('/files?drive=cary', { method: 'POST', token: other.token, body, headers });
    assertProblem(reply, 404, 'no-such-file');
    assert.deepEqual(await blobFiles(gateway), before);
  });
});
