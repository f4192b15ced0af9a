import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import { runCommand } from '../../support/command.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { askRaw, type RawInit, type RawReply } from '../../support/raw-api.ts';
import { temporaryFolder } from '../../support/trees.ts';

/** The requests as that API's own documentation has them: by curl, and with passwords of five and six characters. */
suite('the files of the dialect `general`', () => {
  let gateway: TestGateway;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let token = '';
  before(async () => {
    folder = await temporaryFolder();
    gateway = await startGateway({ GATEHOUSE_PASSWORD_POLICY: 'off', GATEHOUSE_MAX_FILE_SIZE: '1MiB' });
    await writeFile(join(folder.path, 'test.txt'), 'some text');
    await curl('-X', 'POST', '-d', '{"name":"cary","password":"123456"}', url('/api/v1/user/register'));
    const text = await curl('-X', 'POST', '-d', '{"name":"cary","password":"123456"}', url('/api/v1/user/login'));
    token = JSON.parse(text).access_token;
  });
  after(async () => {
    await gateway.stop();
    await folder.remove();
  });

  const url = (path: string) => gateway.apiUrl + path;
  const bearing = () => ['-H', `If-Match: token ${token}`];

  async function curl(...args: string[]): Promise<string> {
    return (await runCommand('curl', ['-s', ...args], { folder: folder.path })).text;
  }

  function ask(path: string, init: RawInit = {}): Promise<RawReply> {
    return askRaw(gateway, path, { ...init, headers: { 'if-match': `token ${token}`, ...init.headers } });
  }

  test('curl uploads a raw body and a form, and downloads what it uploaded', async () => {
    const sent: [string[], string][] = [
      [['-X', 'POST', '--data-binary', '@test.txt', '-H', 'Content-Type:'], 'raw.txt'],
      [['-T', 'test.txt'], 'put.txt'],
      [['-F', 'file=@test.txt', '-F', 'note=by form'], 'form.txt'],
      [['-X', 'PUT', '-F', 'file=@test.txt'], 'put-form.txt'],
    ];
    for (const [args, name] of sent) {
      const reply = JSON.parse(await curl(...args, ...bearing(), url(`/api/v1/file/upload/docs/${name}`)));
      assert.equal(reply._status, 'OK', JSON.stringify(reply));
      assert.deepEqual([reply.path, reply.size, reply.type], [`docs/${name}`, 9, 'text/plain']);
      assert.equal(reply.sha256, createHash('sha256').update('some text').digest('hex'));
      assert.deepEqual(reply.metadata, name === 'form.txt' ? { note: 'by form' } : {});
      const got = await curl(...bearing(), url(`/api/v1/file/download?path=/docs/${name}`));
      assert.equal(got, 'some text');
    }
    await curl('-o', 'got.txt', ...bearing(), url('/api/v1/file/download?path=docs/raw.txt'));
    assert.equal(await readFile(join(folder.path, 'got.txt'), 'utf8'), 'some text');
  });

  test('curl lists files, asks for information, and deletes', async () => {
    await curl('-T', 'test.txt', ...bearing(), url('/api/v1/file/upload/test.txt'));
    const listed = JSON.parse(await curl(...bearing(), url('/api/v1/file/list')));
    assert.equal(listed._status, 'OK');
    assert.ok(listed.files.some(({ path }: { path: string }) => path === 'test.txt'));
    const about = JSON.parse(await curl(...bearing(), url('/api/v1/file/information?path=test.txt')));
    assert.deepEqual([about._status, about.size, about.type], ['OK', 9, 'text/plain']);
    const total = JSON.parse(await curl(...bearing(), url('/api/v1/file/information')));
    assert.equal(total._status, 'OK');
    assert.ok(total.size >= 9 && total.files >= 1);
    const deleted = await curl('-X', 'POST', '-d', '{"file":"test.txt"}', ...bearing(), url('/api/v1/file/delete'));
    assert.deepEqual(JSON.parse(deleted), { _status: 'OK' });
    assertError(await ask('/api/v1/file/information?path=test.txt'), 404);
    assertError(await ask('/api/v1/file/download?path=test.txt'), 404);
  });

  test('ranges and conditional requests work, though the token is in If-Match', async () => {
    const stored = await ask('/api/v1/file/upload/ranged', { method: 'PUT', body: '0123456789' });
    const etag = `"${stored.body.etag}"`;
    const part = await ask('/api/v1/file/download?path=ranged', { headers: { range: 'bytes=2-4' } });
    assert.deepEqual([part.status, part.text], [206, '234']);
    const known = await ask('/api/v1/file/download?path=ranged', { headers: { 'if-none-match': etag } });
    assert.equal(known.status, 304);
    const outside = await ask('/api/v1/file/download?path=ranged', { headers: { range: 'bytes=10-' } });
    assertError(outside, 416);
    const bearer = { authorization: `Bearer ${token}`, 'if-match': '"other"' };
    assertError(await ask('/api/v1/file/download?path=ranged', { headers: bearer }), 412);
    const head = await ask('/api/v1/file/download?path=ranged', { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers['content-length']], [200, '10']);
    assertError(
      await ask('/api/v1/file/upload/ranged', { method: 'PUT', body: 'x', headers: { 'if-none-match': '*' } }),
      412,
    );
  });

  test('a list of a folder is of what is in it, in pages', async () => {
    for (const name of ['a', 'b', 'c']) await ask(`/api/v1/file/upload/paged/${name}`, { method: 'PUT', body: name });
    await ask('/api/v1/file/upload/paged2', { method: 'PUT', body: 'x' });
    const paths: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const reply = await ask(`/api/v1/file/list?path=/paged&limit=2${cursor && `&cursor=${cursor}`}`);
      assert.equal(reply.status, 200, reply.text);
      paths.push(...reply.body.files.map(({ path }: { path: string }) => path));
      cursor = reply.body.cursor;
    }
    assert.deepEqual(paths, ['paged/a', 'paged/b', 'paged/c']);
    assertError(await ask('/api/v1/file/list?cursor=nonsense'), 400);
    assertError(await ask('/api/v1/file/list?limit=0'), 400);
  });

  test('what it wrote S3 reads, and the other way round', async () => {
    const client = gateway.client();
    await ask('/api/v1/file/upload/to%20s3.txt', { method: 'PUT', body: 'hello s3' });
    const got = await client.send(new GetObjectCommand({ Bucket: 'drive-cary', Key: 'to s3.txt' }));
    assert.equal(await got.Body?.transformToString(), 'hello s3');
    await client.send(new PutObjectCommand({ Bucket: 'drive-cary', Key: 'by/s3', Body: 'hello' }));
    assert.equal((await ask('/api/v1/file/download?path=by/s3')).text, 'hello');
  });

  test('errors are told in the words of that API', async () => {
    const none = { headers: { 'if-match': '' } };
    assertError(await ask('/api/v1/file/list', none), 401);
    assertError(await ask('/api/v1/file/upload/x', { method: 'PUT', body: 'x', ...none }), 401);
    assertError(await ask('/api/v1/file/list', { headers: { 'if-match': 'token nonsense' } }), 401);
    assertError(await ask('/api/v1/file/download'), 400);
    assertError(await ask('/api/v1/file/download?path='), 400);
    assertError(await ask('/api/v1/file/download?path=../x'), 400);
    assertError(await ask('/api/v1/file/download?path=not-there'), 404);
    assertError(await ask('/api/v1/file/upload/', { method: 'PUT', body: 'x' }), 400);
    assertError(await ask('/api/v1/file/upload/a/../b', { method: 'PUT', body: 'x' }), 400);
    assertError(await ask(`/api/v1/file/upload/${'x'.repeat(1025)}`, { method: 'PUT', body: 'x' }), 400);
    assertError(await ask('/api/v1/file/upload/large', { method: 'PUT', body: Buffer.alloc(1024 ** 2 + 1) }), 413);
    assertError(await ask('/api/v1/file/upload/x', { method: 'GET' }), 405);
    const json = { 'content-type': 'application/json' };
    assertError(await ask('/api/v1/file/delete', { method: 'POST', body: '{"file":"not-there"}', headers: json }), 404);
    assertError(await ask('/api/v1/file/delete', { method: 'POST', body: '{}', headers: json }), 400);
    assertError(await ask('/api/v1/file/delete', { method: 'POST', body: '{', headers: json }), 400);
    const form = { 'content-type': 'multipart/form-data; boundary=x' };
    assertError(await ask('/api/v1/file/upload/x', { method: 'POST', body: '--x--\r\n', headers: form }), 400);
  });

  test('over its quota an account is told so', async () => {
    const { id } = await gateway.services.accounts.get('cary');
    await gateway.services.administration.change(id, { quotaBytes: 1 }, OPERATOR);
    assertError(await ask('/api/v1/file/upload/over', { method: 'PUT', body: 'some more' }), 507);
  });
});

function assertError(reply: RawReply, status: number): void {
  assert.equal(reply.status, status, reply.text);
  if (reply.bytes.length === 0) return;
  assert.equal(reply.body._status, 'ERR');
  assert.equal(reply.body._error.code, status);
  assert.equal(typeof reply.body._error.message, 'string');
}
