import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type ApiUser, addApiUser } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { askRaw, type RawInit, type RawReply } from '../../support/raw-api.ts';

let gateway: TestGateway;
let cary: ApiUser;
before(async () => {
  gateway = await startGateway({ GATEHOUSE_MAX_FILE_SIZE: '3MiB' });
  cary = await addApiUser(gateway, 'cary');
});
after(() => gateway.stop());

const MIB = 1024 ** 2;
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest();
const md5 = (bytes: Buffer | string) => createHash('md5').update(bytes).digest();
const ask = (path: string, init: RawInit = {}) => askRaw(gateway, `/api/v1${path}`, { token: cary.token, ...init });
const put = (path: string, body: RawInit['body'], headers: RawInit['headers'] = {}) =>
  ask(`/files/${path}`, { method: 'PUT', headers, ...(body === undefined ? {} : { body }) });

function assertProblem(reply: RawReply, status: number, code: string): void {
  assert.equal(reply.status, status, reply.text);
  assert.match(reply.headers['content-type'] ?? '', /^application\/problem\+json/);
  assert.equal(reply.body.code, code);
}

async function assertNothing(path: string): Promise<void> {
  assertProblem(await ask(`/files/${path}`), 404, 'no-such-file');
}

describe('PUT of a file', () => {
  test('stores it: 201 with all that is known of it, and 200 in the place of another', async () => {
    const first = await put('notes/hello%20world.txt', 'hello');
    assert.equal(first.status, 201, first.text);
    assert.equal(first.headers.etag, `"${md5('hello').toString('hex')}"`);
    assert.equal(first.headers.location, '/api/v1/files/notes/hello%20world.txt');
    const { modified_at: modifiedAt, ...about } = first.body;
    assert.ok(Math.abs(Date.parse(modifiedAt) - Date.now()) < 60_000);
    assert.deepEqual(about, {
      path: 'notes/hello world.txt',
      name: 'hello world.txt',
      kind: 'file',
      size_bytes: 5,
      content_type: 'text/plain',
      etag: md5('hello').toString('hex'),
      sha256: sha256('hello').toString('hex'),
      version_id: null,
      owner: 'cary',
      metadata: {},
    });
    const second = await put('notes/hello%20world.txt', 'hello again');
    assert.equal(second.status, 200);
    assert.equal(second.body.size_bytes, 11);
    assert.equal((await ask('/files/notes/hello%20world.txt')).text, 'hello again');
  });

  test('takes a body of any length, announced or not', async () => {
    for (const size of [0, 1, 32 * 1024, 32 * 1024 + 1, MIB, 3 * MIB]) {
      const bytes = Buffer.alloc(size, `${size} `);
      for (const body of [bytes, Readable.from(size === 0 ? [] : [bytes.subarray(0, 10), bytes.subarray(10)])]) {
        const reply = await put('sized', body);
        assert.ok(reply.status === 201 || reply.status === 200, reply.text);
        assert.equal(reply.body.size_bytes, size);
        assert.equal(reply.body.sha256, sha256(bytes).toString('hex'));
        assert.ok((await ask('/files/sized')).bytes.equals(bytes), `${size} bytes`);
      }
    }
  });

  test('refuses what is too large, announced or found, and stores nothing of it', async () => {
    const large = Buffer.alloc(3 * MIB + 1);
    const announced = await put('large', large);
    assertProblem(announced, 413, 'body-too-large');
    assert.match(announced.body.detail, /3145728 bytes/);
    assertProblem(await put('large', Readable.from([large, large, large])), 413, 'body-too-large');
    await assertNothing('large');
  });

  test('takes the type that the client says, else the one that the name says', async () => {
    const typeOf = async (path: string, headers = {}) => (await put(path, 'x', headers)).body.content_type;
    assert.equal(await typeOf('typed.html'), 'text/html');
    assert.equal(await typeOf('typed.PDF'), 'application/pdf');
    assert.equal(await typeOf('typed'), 'application/octet-stream');
    assert.equal(await typeOf('typed.unheard-of'), 'application/octet-stream');
    assert.equal(
      await typeOf('typed.html', { 'content-type': 'Text/Plain; charset="utf-8"' }),
      'Text/Plain; charset="utf-8"',
    );
    assert.equal(await typeOf('typed.json', { 'content-type': 'application/json' }), 'application/json');
    assert.equal(await typeOf('typed.css', { 'content-type': '' }), 'text/css');
  });

  test('refuses a type that is none', async () => {
    for (const type of ['text', ';;;', 'text/html/xml', 'text/plain, text/html', `text/${'x'.repeat(300)}`]) {
      const reply = await put('no-type', 'x', { 'content-type': type });
      assertProblem(reply, 400, 'invalid-request');
      assert.match(reply.body.detail, /^A content type is of the form type\/subtype/, type);
    }
    await assertNothing('no-type');
  });

  test('takes JSON, forms and texts for files like others', async () => {
    for (const type of [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
    ]) {
      const reply = await put('any-type', '{"not": parsed', { 'content-type': type });
      assert.ok(reply.status < 300, reply.text);
      assert.equal((await ask('/files/any-type')).text, '{"not": parsed');
    }
  });

  test('keeps metadata of X-Meta headers, which S3 sees as user metadata', async () => {
    const reply = await put('described', 'x', {
      'X-Meta-Author': 'Cary',
      'x-meta-place': Buffer.from('Zürich').toString('latin1'),
    });
    assert.deepEqual(reply.body.metadata, { author: 'Cary', place: 'Zürich' });
    const head = await gateway.client().send(new HeadObjectCommand({ Bucket: 'drive-cary', Key: 'described' }));
    assert.deepEqual(head.Metadata, { author: 'Cary' });
  });

  test('holds digests to what came', async () => {
    const good = {
      'Content-MD5': md5('body').toString('base64'),
      'Repr-Digest': `sha-512=:AAAA:, sha-256=:${sha256('body').toString('base64')}:`,
      'Content-Digest': `sha-256=:${sha256('body').toString('base64')}:`,
      'X-Content-SHA256': sha256('body').toString('hex').toUpperCase(),
    };
    for (const [name, value] of Object.entries(good)) {
      assert.ok((await put('digested', 'body', { [name]: value })).status < 300, name);
      assertProblem(await put(`undigested-${name}`, 'Body', { [name]: value }), 400, 'bad-digest');
      await assertNothing(`undigested-${name}`);
    }
    assert.ok((await put('digested', 'body', good)).status < 300, 'all of them');
    const large = Buffer.alloc(MIB, 'b');
    assertProblem(await put('undigested', large, { 'X-Content-SHA256': good['X-Content-SHA256'] }), 400, 'bad-digest');
    await assertNothing('undigested');
  });

  test('refuses what is no digest, and two that are not the same', async () => {
    const bad: Record<string, string>[] = [
      { 'Content-MD5': 'AAAA' },
      { 'Content-MD5': 'nonsense' },
      { 'Repr-Digest': 'sha-256=AAAA' },
      { 'Repr-Digest': 'sha-256=:AAAA:' },
      { 'Content-Digest': 'sha-256=:%%%:' },
      { 'X-Content-SHA256': 'abc' },
      {
        'X-Content-SHA256': sha256('body').toString('hex'),
        'Repr-Digest': `sha-256=:${sha256('other').toString('base64')}:`,
      },
    ];
    for (const headers of bad) assertProblem(await put('no-digest', 'body', headers), 400, 'invalid-request');
    await assertNothing('no-digest');
  });

  test('is done on conditions, which the transaction decides', async () => {
    const { etag } = (await put('conditional', 'first')).headers;
    const other = '"00000000000000000000000000000000"';
    assertProblem(await put('conditional', 'x', { 'If-None-Match': '*' }), 412, 'precondition-failed');
    assertProblem(await put('conditional', 'x', { 'If-None-Match': etag }), 412, 'precondition-failed');
    assertProblem(await put('conditional', 'x', { 'If-Match': other }), 412, 'precondition-failed');
    assertProblem(await put('conditional', 'x', { 'If-Match': `W/${etag}` }), 412, 'precondition-failed');
    assertProblem(await put('nowhere', 'x', { 'If-Match': '*' }), 412, 'precondition-failed');
    assertProblem(await put('nowhere', 'x', { 'If-Match': etag }), 412, 'precondition-failed');
    assert.equal((await ask('/files/conditional')).text, 'first');
    assert.equal((await put('conditional', 'second', { 'If-Match': etag })).status, 200);
    assert.equal((await put('conditional', 'third', { 'If-None-Match': other })).status, 200);
    assert.equal((await put('conditional', 'fourth', { 'If-Match': '*' })).status, 200);
    assert.equal((await put('anew', 'x', { 'If-None-Match': '*' })).status, 201);
    for (const headers of [
      { 'If-Match': `${etag}, ${other}` },
      { 'If-None-Match': `${etag}, ${other}` },
      { 'If-Match': '' },
      { 'If-Match': etag, 'If-None-Match': other },
      { 'If-Unmodified-Since': new Date().toUTCString() },
    ]) {
      assertProblem(await put('conditional', 'x', headers), 400, 'invalid-request');
    }
    assert.equal((await ask('/files/conditional')).text, 'fourth');
  });

  test('of twenty that must be the first exactly one is', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) => put('race', `${index}`, { 'If-None-Match': '*' })),
    );
    assert.equal(replies.filter(({ status }) => status === 201).length, 1);
    assert.equal(replies.filter(({ status }) => status === 412).length, 19);
  });

  test('in `special/` keeps the version before', async () => {
    const first = await put('special/kept.txt', 'one');
    const second = await put('special/kept.txt', 'two');
    assert.equal(typeof first.body.version_id, 'string');
    assert.equal((await ask(`/files/special/kept.txt?version_id=${first.body.version_id}`)).text, 'one');
    const { body } = await ask('/files/special/kept.txt?versions');
    assert.deepEqual(
      body.items.map((item: Record<string, unknown>) => [item.version_id, item.size_bytes, item.is_current]),
      [
        [second.body.version_id, 3, true],
        [first.body.version_id, 3, false],
      ],
    );
    assertProblem(await ask('/files/special/kept.txt?version_id=nonsense'), 404, 'no-such-version');
    assertProblem(await ask(`/files/special/kept.txt?version_id=${'0'.repeat(31)}`), 404, 'no-such-version');
  });
});

describe('The path of a file', () => {
  const keys: [raw: string, key: string][] = [
    ['a%2Fb', 'a/b'],
    ['a%20b', 'a b'],
    ['a+b', 'a+b'],
    ['a%2Bb', 'a+b'],
    ['100%25', '100%'],
    ['%2525', '%25'],
    ['%252F', '%2F'],
    ['%C3%BC/%F0%9F%94%91', 'ü/🔑'],
    ['a//b', 'a//b'],
    ['q%3Fa=b%26c', 'q?a=b&c'],
    ['%23hash', '#hash'],
    ['a;b,c:d@e$f!g', 'a;b,c:d@e$f!g'],
    ['...', '...'],
    ['.hidden', '.hidden'],
    ['constructor', 'constructor'],
    ['%E2%80%AEabc', '\u202eabc'],
    [`long/${'%C3%BC'.repeat(509)}x`, `long/${'ü'.repeat(509)}x`],
  ];
  for (const [raw, key] of keys) {
    test(`${raw.slice(0, 40)} is the key ${key.slice(0, 40)}`, async () => {
      const reply = await put(raw, key);
      assert.ok(reply.status < 300, reply.text);
      assert.equal(reply.body.path, key);
      const object = await gateway.client().send(new GetObjectCommand({ Bucket: 'drive-cary', Key: key }));
      assert.equal(await object.Body?.transformToString(), key);
      assert.equal((await ask(`/files/${raw}`)).text, key);
      if (reply.headers.location !== undefined) {
        assert.equal((await askRaw(gateway, reply.headers.location, { token: cary.token })).text, key);
      }
    });
  }

  const wrong = [
    '..',
    'a/../b',
    '%2e%2e/b',
    'a/%2E%2E',
    './a',
    'a/.',
    '../keys',
    'a%00b',
    'a%0Ab',
    'a%7Fb',
    'a%C2%85b',
    '/a',
    '',
    '.trash/x',
    '.trash',
    'x'.repeat(1025),
    `long/${'%C3%BC'.repeat(510)}`,
  ];
  for (const raw of wrong) {
    test(`'${raw.slice(0, 40)}' is refused for every method`, async () => {
      for (const method of ['PUT', 'GET', 'DELETE', 'PATCH']) {
        const init = method === 'PATCH' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
        const reply = await ask(`/files/${raw}`, { method, ...init });
        assertProblem(reply, 400, 'invalid-path');
        assert.equal(reply.body.errors[0].field, 'path');
      }
    });
  }

  test('of a folder is for deleting it alone', async () => {
    for (const method of ['PUT', 'GET', 'PATCH']) {
      const init = method === 'PATCH' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
      assertProblem(await ask('/files/a/', { method, ...init }), 400, 'invalid-path');
    }
  });

  test('that is not percent-encoded UTF-8 is refused', async () => {
    for (const raw of ['%', '%zz', '%ff', 'a%E2%82']) {
      assertProblem(await ask(`/files/${raw}`, { method: 'PUT' }), 400, 'invalid-request');
    }
  });
});

describe('GET of a file', () => {
  test('HEAD tells the same, without the bytes', async () => {
    for (const bytes of [Buffer.from('small'), Buffer.alloc(100_000, 'l')]) {
      await put('headed', bytes);
      const got = await ask('/files/headed');
      const head = await ask('/files/headed', { method: 'HEAD' });
      assert.equal(head.status, 200);
      assert.equal(head.bytes.length, 0);
      for (const name of ['content-length', 'content-type', 'etag', 'last-modified', 'repr-digest', 'accept-ranges']) {
        assert.equal(head.headers[name], got.headers[name], name);
      }
      assert.equal(got.headers['content-length'], String(bytes.length));
      assert.equal(got.headers['repr-digest'], `sha-256=:${sha256(bytes).toString('base64')}:`);
    }
  });

  test('answers ranges and conditions', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    const { etag } = (await put('ranged', bytes)).headers;
    const part = await ask('/files/ranged', { headers: { range: 'bytes=40000-40009' } });
    assert.equal(part.status, 206);
    assert.equal(part.headers['content-range'], 'bytes 40000-40009/100000');
    assert.ok(part.bytes.equals(bytes.subarray(40_000, 40_010)));
    const tail = await ask('/files/ranged', { headers: { range: 'bytes=-5', 'if-range': etag } });
    assert.ok(tail.bytes.equals(bytes.subarray(-5)));
    const outside = await ask('/files/ranged', { headers: { range: 'bytes=100000-' } });
    assertProblem(outside, 416, 'range-not-satisfiable');
    assert.equal(outside.headers['content-range'], 'bytes */100000');
    const known = await ask('/files/ranged', { headers: { 'if-none-match': etag } });
    assert.equal(known.status, 304);
    assert.equal(known.headers.etag, etag);
    assertProblem(await ask('/files/ranged', { headers: { 'if-match': '"other"' } }), 412, 'precondition-failed');
  });

  test('what could run is sent so that it cannot', async () => {
    for (const [path, isShown] of [
      ['active/page.html', false],
      ['active/drawing.svg', false],
      ['active/script.js', false],
      ['active/page.xhtml', false],
      ['active/unknown', false],
      ['active/photo.png', true],
      ['active/notes.txt', true],
    ] as const) {
      await put(path, '<script>alert(1)</script>');
      const { headers } = await ask(`/files/${path}`);
      assert.match(String(headers['content-security-policy']), /^sandbox;.*default-src 'none'/, path);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.match(headers['content-disposition'] ?? '', isShown ? /^inline;/ : /^attachment;/, path);
      assert.match((await ask(`/files/${path}?download`)).headers['content-disposition'] ?? '', /^attachment;/);
    }
  });

  test('a name of any letters is one that a client can save it by', async () => {
    await put('r%C3%A9sum%C3%A9%20%22x%22.txt', 'x');
    const { headers } = await ask('/files/r%C3%A9sum%C3%A9%20%22x%22.txt?download');
    assert.equal(
      headers['content-disposition'],
      `attachment; filename="r_sum_ _x_.txt"; filename*=UTF-8''r%C3%A9sum%C3%A9%20%22x%22.txt`,
    );
  });

  test('?info tells all that is known of it, also of what S3 wrote', async () => {
    const client = gateway.client();
    await client.send(
      new PutObjectCommand({
        Bucket: 'drive-cary',
        Key: 'temporary/by-s3.bin',
        Body: 'by s3',
        ContentType: 'text/x-s3',
        Metadata: { author: 'S3' },
      }),
    );
    const { status, body } = await ask('/files/temporary/by-s3.bin?info');
    assert.equal(status, 200);
    assert.equal(body.content_type, 'text/x-s3');
    assert.equal(body.sha256, null);
    assert.deepEqual(body.metadata, { author: 'S3' });
    const days = (Date.parse(body.expires_at) - Date.now()) / 86_400_000;
    assert.ok(days > 6.9 && days < 8.1, `${days} days`);
    assert.deepEqual([body.shares, body.links], [[], []]);
    assert.equal((await ask('/files/temporary/by-s3.bin')).text, 'by s3');
  });

  test('a file that is not there, and a drive that is not there, are 404', async () => {
    await assertNothing('not/there');
    assertProblem(await ask('/files/not/there?info'), 404, 'no-such-file');
    assertProblem(await ask('/files/a?drive=nobody-at-all'), 404, 'no-such-file');
  });

  test("another's file is as if it were not there, whatever is asked of it", async () => {
    await put('private.txt', 'mine');
    const other = await addApiUser(gateway, 'other');
    const { token } = other;
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      for (const path of ['private.txt', 'not-there.txt']) {
        const init = method === 'PATCH' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
        const reply = await ask(`/files/${path}?drive=cary`, { method, token, ...init });
        assertProblem(reply, 404, 'no-such-file');
      }
    }
    assertProblem(await ask('/files?drive=cary', { token }), 404, 'no-such-file');
    assertProblem(await ask('/files/private.txt?drive=cary&info', { token }), 404, 'no-such-file');
    assertProblem(await ask('/files/private.txt?drive=cary&versions', { token }), 404, 'no-such-file');
    assertProblem(await ask('/files/private.txt', { token }), 404, 'no-such-file');
    assert.equal((await ask('/files/private.txt')).text, 'mine');
  });

  test('nobody gets anything without a token', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      assertProblem(await ask('/files/private.txt', { method, token: undefined }), 401, 'not-authenticated');
    }
  });
});

describe('PATCH of a file', () => {
  const patch = (path: string, body: unknown, headers: RawInit['headers'] = {}) =>
    ask(`/files/${path}`, {
      method: 'PATCH',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });

  test('changes what is said of it, and nothing else', async () => {
    const before = (await put('patched.txt', 'body', { 'x-meta-a': '1', 'x-meta-b': '2' })).body;
    const reply = await patch('patched.txt', {
      content_type: 'text/markdown; charset=utf-8',
      metadata: { a: null, Größe: 'XL\nXXL', Author: 'Cary', 'two\nlines': 'x' },
    });
    assert.equal(reply.status, 200, reply.text);
    const metadata = { b: '2', Größe: 'XL\nXXL', Author: 'Cary', 'two\nlines': 'x' };
    assert.deepEqual(reply.body, { ...before, content_type: 'text/markdown; charset=utf-8', metadata });
    assert.equal(reply.headers.etag, `"${before.etag}"`);
    const head = await gateway.client().send(new HeadObjectCommand({ Bucket: 'drive-cary', Key: 'patched.txt' }));
    assert.equal(head.ContentType, 'text/markdown; charset=utf-8');
    assert.deepEqual(head.Metadata, { author: 'Cary', b: '2' });
    assert.equal(head.LastModified?.getTime(), Math.floor(Date.parse(before.modified_at) / 1000) * 1000);
    assert.equal((await patch('patched.txt', { content_type: null })).body.content_type, 'text/plain');
  });

  test('makes no version', async () => {
    await put('special/patched.txt', 'one');
    await patch('special/patched.txt', { metadata: { a: 'b' } });
    const { body } = await ask('/files/special/patched.txt?versions');
    assert.equal(body.items.length, 1);
    assert.deepEqual(body.items[0].metadata, { a: 'b' });
  });

  test('is done on a condition', async () => {
    const { etag } = (await put('patched.txt', 'body')).headers;
    assertProblem(
      await patch('patched.txt', { metadata: { a: 'b' } }, { 'if-match': '"x"' }),
      412,
      'precondition-failed',
    );
    assert.equal((await patch('patched.txt', { metadata: { a: 'b' } }, { 'if-match': etag })).status, 200);
    assertProblem(await patch('not-there', {}), 404, 'no-such-file');
  });

  test('refuses what cannot be a type or metadata, and changes nothing', async () => {
    await put('patched.txt', 'body');
    const fields = (count: number, value: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, value]));
    for (const body of [
      { content_type: 'text' },
      { content_type: 'text/plain\r\nSet-Cookie: a=b' },
      { content_type: 'text/plain; ü' },
      { content_type: '' },
      { metadata: { '': 'x' } },
      { metadata: { a: 1 } },
      { metadata: fields(101, 'x') },
      { metadata: fields(17, 'x'.repeat(1024)) },
      { path: 'elsewhere' },
    ]) {
      assertProblem(await patch('patched.txt', body), 400, 'invalid-request');
    }
    assertProblem(await patch('patched.txt', { metadata: { a: '\ud800' } }), 400, 'invalid-json');
    assert.deepEqual((await ask('/files/patched.txt?info')).body.metadata, {});
    assert.equal((await patch('patched.txt', { metadata: fields(100, 'x'.repeat(150)) })).status, 200);
  });

  test('twenty at once all count', async () => {
    await put('patched-at-once', 'body');
    const replies = await Promise.all(
      Array.from({ length: 4 }, (_, index) => patch('patched-at-once', { metadata: { [`f${index}`]: 'x' } })),
    );
    assert.deepEqual(
      replies.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    assert.equal(Object.keys((await ask('/files/patched-at-once?info')).body.metadata).length, 4);
  });
});

describe('DELETE of a file', () => {
  const remove = (path: string, headers: RawInit['headers'] = {}) =>
    ask(`/files/${path}`, { method: 'DELETE', headers });

  test('takes it away, once', async () => {
    await put('gone.txt', 'x');
    assert.equal((await remove('gone.txt')).status, 204);
    await assertNothing('gone.txt');
    assertProblem(await remove('gone.txt'), 404, 'no-such-file');
  });

  test('for good gives the quota back', async () => {
    const used = async () => (await ask('/drive')).body.usage.used_bytes;
    const before = await used();
    await put('gone.txt', 'x'.repeat(1000));
    assert.equal(await used(), before + 1000);
    const reply = await remove('gone.txt?permanent=true');
    assert.deepEqual(reply.body, { deleted_versions: 1, deleted_bytes: 1000 });
    assert.equal(await used(), before);
    await assertNothing('gone.txt');
    assertProblem(await remove('gone.txt?permanent=true'), 404, 'no-such-file');
  });

  test('for good where versions are kept asks first, and says what would go', async () => {
    await put('special/precious', 'one');
    await put('special/precious', 'three');
    const asked = await remove('special/precious?permanent=true');
    assertProblem(asked, 409, 'confirmation-required');
    assert.match(asked.body.detail, /2 versions of 8 bytes/);
    assert.equal((await ask('/files/special/precious')).text, 'three');
    const done = await remove('special/precious?permanent=true&confirm=true');
    assert.deepEqual(done.body, { deleted_versions: 2, deleted_bytes: 8 });
    assert.deepEqual((await ask('/files/special/precious?versions')).body.items, []);
  });

  test('of one version asks first, too', async () => {
    const { version_id: id } = (await put('special/two', 'one')).body;
    await put('special/two', 'three');
    assertProblem(await remove(`special/two?version_id=${id}`), 409, 'confirmation-required');
    assert.deepEqual((await remove(`special/two?version_id=${id}&confirm`)).body, {
      deleted_versions: 1,
      deleted_bytes: 3,
    });
    assertProblem(await remove(`special/two?version_id=${id}&confirm`), 404, 'no-such-version');
    assert.equal((await ask('/files/special/two?versions')).body.items.length, 1);
  });

  test('is done on a condition', async () => {
    const { etag } = (await put('conditionally-gone', 'x')).headers;
    assertProblem(await remove('conditionally-gone', { 'if-match': '"x"' }), 412, 'precondition-failed');
    assertProblem(await remove('conditionally-gone?permanent', { 'if-match': '"x"' }), 412, 'precondition-failed');
    assert.equal((await remove('conditionally-gone', { 'if-match': etag })).status, 204);
  });
});

describe('The drive', () => {
  test('tells its bucket, where S3 is, what is used, and how long what is kept', async () => {
    const { status, body } = await ask('/drive');
    assert.equal(status, 200);
    assert.equal(body.account, 'cary');
    assert.equal(body.bucket, 'drive-cary');
    assert.equal(body.s3_endpoint, gateway.s3Url);
    assert.deepEqual(body.fields, ['mere/', 'special/', 'temporary/']);
    assert.deepEqual([body.temporary_days, body.trash_days], [7, 30]);
    assert.equal(body.usage.quota_bytes, null);
    assert.equal(body.usage.remaining_bytes, null);
    assert.ok(body.usage.object_count > 0);
  });

  test('its owner says how long', async () => {
    const keeper = await addApiUser(gateway, 'keeper');
    const change = (body: unknown) =>
      ask('/drive', {
        method: 'PATCH',
        token: keeper.token,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
    const daysOf = ({ body }: RawReply) => [body.temporary_days, body.trash_days];
    assert.deepEqual(daysOf(await change({ temporary_days: 1 })), [1, 30]);
    assert.deepEqual(daysOf(await change({ trash_days: null })), [1, null]);
    assert.deepEqual(daysOf(await change({ temporary_days: null, trash_days: 2 })), [null, 2]);
    assert.deepEqual(daysOf(await change({})), [null, 2]);
    for (const body of [{ temporary_days: 0 }, { trash_days: 36_501 }, { trash_days: 1.5 }, { days: 1 }]) {
      assertProblem(await change(body), 400, 'invalid-request');
    }
  });

  test('an auditor changes nothing', async () => {
    const auditor = await addApiUser(gateway, 'auditor', { role: 'auditor' });
    const init = { token: auditor.token, headers: { 'content-type': 'application/json' } };
    assertProblem(await ask('/drive', { ...init, method: 'PATCH', body: '{"trash_days":1}' }), 403, 'not-allowed');
    assertProblem(await ask('/files/x', { ...init, method: 'PUT', body: 'x' }), 403, 'not-allowed');
    assert.equal((await ask('/files/private.txt?drive=cary', { token: auditor.token })).text, 'mine');
    assertProblem(await ask('/files/private.txt?drive=cary', { ...init, method: 'DELETE' }), 403, 'not-allowed');
  });
});
