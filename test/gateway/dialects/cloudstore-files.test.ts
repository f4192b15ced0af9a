import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { askApi } from '../../support/api.ts';
import { missing, runCommand } from '../../support/command.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { temporaryFolder } from '../../support/trees.ts';

/** What curl got. */
interface Reply {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it
  readonly body: any;
}

const PEOPLE = ['ann', 'bob', 'cat', 'dan'] as const;
type Person = (typeof PEOPLE)[number];
const JSON_TYPE = ['-H', 'Content-Type: application/json'];

describe('the files of the dialect `cloudstore`, with curl', { skip: missing('curl') }, () => {
  let gateway: TestGateway;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const tokens = {} as Record<Person, string>;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_PASSWORD_POLICY: 'off', GATEHOUSE_MAX_FILE_SIZE: '1MiB' });
    folder = await temporaryFolder();
    for (const username of PEOPLE) {
      const credentials = JSON.stringify({ username, password: 'secret' });
      await curl('/register', ...JSON_TYPE, '-d', credentials);
      const jar = join(folder.path, `${username}.jar`);
      const { body } = await curl('/login', '-c', jar, ...JSON_TYPE, '-d', credentials);
      tokens[username] = body.token;
    }
  });
  after(async () => {
    await gateway.stop();
    await folder.remove();
  });

  async function curl(path: string, ...args: string[]): Promise<Reply> {
    const written = ['-sS', '-g', '-w', '\n%{http_code}', ...args, gateway.apiUrl + path];
    const { output } = await runCommand('curl', written, { folder: folder.path });
    const [, text = '', status = ''] = /^([\s\S]*)\n(\d{3})$/.exec(output.toString()) ?? [];
    return { status: Number(status), text, body: text.startsWith('{') ? JSON.parse(text) : undefined };
  }

  const as = (who: Person, path: string, ...args: string[]) =>
    curl(path, '-H', `Authorization: Bearer ${tokens[who]}`, ...args);
  const send = (who: Person, request: string, body: object) => {
    const [method = '', path = ''] = request.split(' ');
    return as(who, path, '-X', method, ...JSON_TYPE, '-d', JSON.stringify(body));
  };
  const get = (who: Person, filename: string, more = '') =>
    as(who, `/cloud/my-drive/?filename=${encodeURIComponent(filename)}${more}`);

  /** Uploads a file of a name of its own; what it holds is what it is called, or that. */
  async function put(who: Person, filename: string, text = filename): Promise<Reply> {
    await writeFile(join(folder.path, filename), text);
    return as(who, '/cloud/my-drive/', '-F', `file=@${filename}`);
  }

  function assertError(reply: Reply, status: number, words: RegExp): void {
    assert.equal(reply.status, status, reply.text);
    assert.deepEqual(Object.keys(reply.body), ['error']);
    assert.match(reply.body.error, words);
  }

  test('an upload is stored under its own name, told of, and read back, over S3 too', async () => {
    const stored = await put('ann', 'hello.txt', 'Hello, cloud\n');
    assert.equal(stored.status, 201, stored.text);
    const { modified_at, ...about } = stored.body;
    assert.ok(Math.abs(Date.parse(modified_at) - Date.now()) < 60_000);
    assert.deepEqual(about, {
      filename: 'hello.txt',
      owner: 'ann',
      size: 13,
      content_type: 'text/plain',
      sha256: createHash('sha256').update('Hello, cloud\n').digest('hex'),
    });
    assert.equal((await get('ann', 'hello.txt')).text, 'Hello, cloud\n');
    const { Body } = await gateway.client().send(new GetObjectCommand({ Bucket: 'drive-ann', Key: 'hello.txt' }));
    assert.equal(await Body?.transformToString(), 'Hello, cloud\n');
    const again = await put('ann', 'hello.txt', 'Other');
    assert.equal(again.status, 200);
    assert.equal((await get('ann', 'hello.txt')).text, 'Other');
    const part = await as('ann', '/cloud/my-drive/?filename=hello.txt', '-r', '1-2');
    assert.deepEqual([part.status, part.text], [206, 'th']);
    const head = await as('ann', '/cloud/my-drive/?filename=hello.txt', '-I');
    assert.match(head.text, /content-length: 5\r/i);
  });

  test('what the native API wrote is read, in folders too, and the other way round', async () => {
    const body = 'native';
    await as('ann', '/api/v1/files/docs/deep/a.txt', '-X', 'PUT', '--data-binary', body);
    assert.equal((await get('ann', 'docs/deep/a.txt')).text, body);
    await put('ann', 'native.txt');
    assert.equal((await as('ann', '/api/v1/files/native.txt')).text, 'native.txt');
  });

  test('the same bytes are not stored again', async () => {
    const text = 'x'.repeat(100_000);
    await put('ann', 'twice-1.bin', text);
    await put('bob', 'twice-2.bin', text);
    const { sha256 } = (await as('bob', '/api/v1/files/twice-2.bin?info')).body;
    assert.equal(sha256, createHash('sha256').update(text).digest('hex'));
    assert.equal((await get('bob', 'twice-2.bin')).text, text);
    await send('ann', 'DELETE /cloud/my-drive/', { filename: 'twice-1.bin' });
    assert.equal((await get('bob', 'twice-2.bin')).text, text);
  });

  test('the token comes with or without Bearer, or in the cookie; the slash at the end may be left out', async () => {
    await put('ann', 'token.txt');
    for (const args of [
      ['-H', `Authorization: Bearer ${tokens.ann}`],
      ['-H', `Authorization: ${tokens.ann}`],
      ['-b', join(folder.path, 'ann.jar')],
    ]) {
      for (const path of ['/cloud/my-drive/?filename=token.txt', '/cloud/my-drive?filename=token.txt']) {
        assert.equal((await curl(path, ...args)).text, 'token.txt');
      }
    }
    const byCookie = await curl('/cloud/my-drive/', '-b', join(folder.path, 'ann.jar'), '-F', 'file=@token.txt');
    assert.equal(byCookie.status, 200, byCookie.text);
    for (const path of ['/cloud/drive-permit', '/cloud/drive-permit/', '/cloud/drive-share/token.txt']) {
      assert.equal((await as('ann', path)).status, 200);
    }
  });

  test('without a token, or with a wrong one, nobody gets anything', async () => {
    const body = JSON.stringify({ filename: 'token.txt', username: 'bob' });
    for (const args of [[], ['-H', 'Authorization: Bearer wrong'], ['-H', 'Authorization: wrong']]) {
      for (const [path, ...more] of [
        ['/cloud/my-drive/?filename=token.txt'],
        ['/cloud/my-drive/', '-F', 'file=@token.txt'],
        ['/cloud/my-drive/', '-X', 'DELETE', ...JSON_TYPE, '-d', body],
        ['/cloud/drive-permit/'],
        ['/cloud/drive-permit/', ...JSON_TYPE, '-d', body],
        ['/cloud/drive-permit/', '-X', 'PUT', ...JSON_TYPE, '-d', body],
        ['/cloud/drive-permit/', '-X', 'DELETE', ...JSON_TYPE, '-d', body],
        ['/cloud/drive-share/token.txt/'],
      ]) {
        assertError(await curl(path!, ...args, ...more), 401, /./);
      }
    }
  });

  test('a page of another origin does nothing with the cookie', async () => {
    const jar = ['-b', join(folder.path, 'ann.jar')];
    for (const header of ['Origin: https://evil.example', 'Sec-Fetch-Site: cross-site']) {
      assertError(await curl('/cloud/my-drive/', ...jar, '-H', header, '-F', 'file=@token.txt'), 403, /own pages/);
      const body = JSON.stringify({ filename: 'token.txt', username: 'bob' });
      assertError(await curl('/cloud/drive-permit/', ...jar, '-H', header, ...JSON_TYPE, '-d', body), 403, /own pages/);
    }
    assert.equal((await get('bob', 'token.txt')).status, 404);
  });

  test('a friend gets what is shared, sees it, and loses it again', async () => {
    await put('ann', 'friends.txt');
    assertError(await get('bob', 'friends.txt'), 404, /no such file/i);
    const shared = await send('ann', 'POST /cloud/drive-permit/', { filename: 'friends.txt', username: 'bob' });
    assert.equal(shared.status, 201, shared.text);
    const again = await send('ann', 'POST /cloud/drive-permit/', { filename: 'friends.txt', username: 'bob' });
    assert.equal(again.status, 200, again.text);
    assert.equal((await get('bob', 'friends.txt')).text, 'friends.txt');
    assertError(await get('cat', 'friends.txt'), 404, /no such file/i);
    const seen = (await as('ann', '/cloud/drive-share/friends.txt/')).body;
    assert.deepEqual([seen.filename, seen.friends, seen.shares.length], ['friends.txt', ['bob'], 1]);
    assertError(await as('bob', '/cloud/drive-share/friends.txt/'), 403, /owner/);
    assertError(await as('cat', '/cloud/drive-share/friends.txt/'), 404, /no such file/i);
    const taken = await send('ann', 'DELETE /cloud/drive-permit/', { filename: 'friends.txt', username: 'bob' });
    assert.equal(taken.status, 200, taken.text);
    assertError(await get('bob', 'friends.txt'), 404, /no such file/i);
    const gone = await send('ann', 'DELETE /cloud/drive-permit/', { filename: 'friends.txt', username: 'bob' });
    assertError(gone, 404, /not shared with 'bob'/);
  });

  test('a list tells of all that one reaches, and whose it is', async () => {
    for (const name of ['listed-a.txt', 'listed-b.txt']) await put('ann', name);
    await as('ann', '/api/v1/files/listed/in/c.txt', '-X', 'PUT', '--data-binary', 'c');
    await put('dan', 'listed-own.txt');
    await send('ann', 'POST /cloud/drive-permit/', { filename: 'listed-a.txt', username: 'dan' });
    const body = { path: 'listed/', with: 'dan', permission: 'write' };
    await as('ann', '/api/v1/shares', ...JSON_TYPE, '-d', JSON.stringify(body));
    const { files, is_truncated } = (await as('dan', '/cloud/drive-permit/')).body;
    assert.equal(is_truncated, false);
    assert.deepEqual(
      files.map((file: Record<string, unknown>) => [file.filename, file.owner, file.is_owner, file.permission]),
      [
        ['listed-own.txt', 'dan', true, 'owner'],
        ['listed-a.txt', 'ann', false, 'read'],
        ['listed/in/c.txt', 'ann', false, 'write'],
      ],
    );
    assert.equal((await get('dan', 'listed/in/c.txt')).text, 'c');
  });

  test('one’s own comes first, then the newest that was shared; an owner may be named', async () => {
    for (const [who, text] of [
      ['ann', 'of ann'],
      ['bob', 'of bob'],
    ] as const) {
      await put(who, 'same.txt', text);
      await send(who, 'POST /cloud/drive-permit/', { filename: 'same.txt', username: 'cat' });
    }
    assert.equal((await get('cat', 'same.txt')).text, 'of bob');
    assert.equal((await get('cat', 'same.txt', '&owner=ann')).text, 'of ann');
    await put('cat', 'same.txt', 'of cat');
    assert.equal((await get('cat', 'same.txt')).text, 'of cat');
    assert.equal((await get('cat', 'same.txt', '&owner=bob')).text, 'of bob');
    for (const owner of ['dan', 'nobody']) {
      assertError(await get('cat', 'same.txt', `&owner=${owner}`), 404, /no such file/i);
    }
  });

  test('only the owner deletes, and then every friend has lost it', async () => {
    await put('ann', 'doomed.txt');
    for (const username of ['bob', 'cat']) {
      await send('ann', 'POST /cloud/drive-permit/', { filename: 'doomed.txt', username });
    }
    assertError(await send('bob', 'DELETE /cloud/my-drive/', { filename: 'doomed.txt' }), 403, /owner/);
    assertError(await send('dan', 'DELETE /cloud/my-drive/', { filename: 'doomed.txt' }), 404, /no such file/i);
    const deleted = await send('ann', 'DELETE /cloud/my-drive/', { filename: 'doomed.txt' });
    assert.equal(deleted.status, 200, deleted.text);
    for (const who of ['ann', 'bob', 'cat'] as const) {
      assertError(await get(who, 'doomed.txt'), 404, /no such file/i);
    }
    await put('ann', 'doomed.txt');
    assertError(await get('bob', 'doomed.txt'), 404, /no such file/i);
  });

  test('the ownership is handed over at once, and friends keep what they have', async () => {
    await put('ann', 'given.txt');
    await send('ann', 'POST /cloud/drive-permit/', { filename: 'given.txt', username: 'cat' });
    const body = { filename: 'given.txt', username: 'bob' };
    assertError(await send('cat', 'PUT /cloud/drive-permit/', body), 403, /owner/);
    assertError(await send('dan', 'PUT /cloud/drive-permit/', body), 404, /no such file/i);
    const given = await send('ann', 'PUT /cloud/drive-permit/', body);
    assert.equal(given.status, 200, given.text);
    assert.equal((await get('bob', 'given.txt')).text, 'given.txt');
    assert.equal((await get('cat', 'given.txt')).text, 'given.txt');
    assertError(await get('ann', 'given.txt'), 404, /no such file/i);
    const { files } = (await as('bob', '/cloud/drive-permit/')).body;
    assert.ok(files.some((file: Record<string, unknown>) => file.filename === 'given.txt' && file.owner === 'bob'));
    assert.deepEqual((await as('bob', '/cloud/drive-share/given.txt/')).body.friends, ['cat']);
  });

  test('bad input is an error of this API, and nothing is stored', async () => {
    await put('ann', 'good.txt');
    const permit = (method: string, body: object) => send('ann', `${method} /cloud/drive-permit/`, body);
    for (const method of ['POST', 'PUT']) {
      assertError(await permit(method, { filename: 'good.txt', username: 'nobody' }), 404, /no account named 'nobody'/);
      assertError(await permit(method, { filename: 'none.txt', username: 'bob' }), 404, /no such file/i);
      assertError(await permit(method, { filename: 'good.txt', username: 'ann' }), 400, /./);
      assertError(await permit(method, { filename: 'good.txt' }), 400, /username/);
    }
    assertError(await permit('DELETE', { username: 'bob' }), 400, /filename/);
    assertError(await as('ann', '/cloud/my-drive/'), 400, /filename/);
    assertError(await as('ann', '/cloud/my-drive/', '-X', 'DELETE'), 400, /./);
    assertError(await as('ann', '/cloud/my-drive/', '-F', 'note=no file'), 400, /file/);
    assertError(await as('ann', '/cloud/my-drive/', ...JSON_TYPE, '-d', '{}'), 400, /form/);
    assertError(await as('ann', '/cloud/my-drive/', '-F', 'file=@good.txt;filename='), 400, /name/);
    for (const name of ['../x', '.trash/x', 'x'.repeat(1025), 'a\u0001b', 'folder/']) {
      assertError(await get('ann', name), 400, /path/);
    }
    await writeFile(join(folder.path, 'large.bin'), Buffer.alloc(1024 ** 2 + 1));
    assertError(await as('ann', '/cloud/my-drive/', '-F', 'file=@large.bin'), 413, /at most/);
    assertError(await get('ann', 'large.bin'), 404, /no such file/i);
    assert.equal((await as('ann', '/cloud/my-drive/', '-X', 'PATCH')).status, 405);
  });

  test('a body that is a form, or JSON that is called one, is read as well', async () => {
    await put('ann', 'formed.txt');
    const shared = await as('ann', '/cloud/drive-permit/', '-d', 'filename=formed.txt&username=bob');
    assert.equal(shared.status, 201, shared.text);
    const body = '{"filename":"formed.txt","username":"bob"}';
    const taken = await as('ann', '/cloud/drive-permit/', '-X', 'DELETE', '-d', body);
    assert.equal(taken.status, 200, taken.text);
  });

  test('an upload that is broken off stores nothing', async () => {
    const boundary = 'edge';
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="cut.txt"\r\n\r\nhalf`;
    await writeFile(join(folder.path, 'cut.form'), head);
    const type = ['-H', `Content-Type: multipart/form-data; boundary=${boundary}`];
    assertError(await as('ann', '/cloud/my-drive/', ...type, '--data-binary', '@cut.form'), 400, /cut off|form/i);
    assertError(await get('ann', 'cut.txt'), 404, /no such file/i);
    assert.equal(await readFile(join(folder.path, 'cut.form'), 'utf8'), head);
  });

  test('HTML is sent so that nothing in it runs here', async () => {
    await put('ann', 'page.html', '<script>alert(1)</script>');
    const { headers } = await askApi(gateway, '//cloud/my-drive/?filename=page.html', { token: tokens.ann });
    assert.match(headers.get('content-disposition') ?? '', /^attachment;/);
    assert.match(headers.get('content-security-policy') ?? '', /sandbox/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  });
});
