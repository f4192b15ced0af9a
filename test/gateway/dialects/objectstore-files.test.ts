import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { runCommand } from '../../support/command.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { askRaw, type RawInit, type RawReply } from '../../support/raw-api.ts';
import { temporaryFolder } from '../../support/trees.ts';

suite('the files of the dialect `objectstore`', () => {
  let gateway: TestGateway;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let token = '';
  before(async () => {
    folder = await temporaryFolder();
    gateway = await startGateway({ GATEHOUSE_PASSWORD_POLICY: 'off', GATEHOUSE_MAX_FILE_SIZE: '1MiB' });
    await writeFile(join(folder.path, 'photo.png'), 'a photo');
    await curl('-d', '{"username":"cary","password":"123456"}', url('/users/register'));
    token = JSON.parse(await curl('-d', 'username=cary&password=123456', url('/users/login'))).token;
  });
  after(async () => {
    await gateway.stop();
    await folder.remove();
  });

  const url = (path: string) => gateway.apiUrl + path;
  const bearing = () => ['-H', `Authorization: Bearer ${token}`];

  async function curl(...args: string[]): Promise<string> {
    return (await runCommand('curl', ['-s', ...args], { folder: folder.path })).text;
  }

  const ask = (path: string, init: RawInit = {}) => askRaw(gateway, path, { token, ...init });

  test('curl uploads under an identifier of its own, downloads, lists, asks for metadata and deletes', async () => {
    const form = ['-F', 'file=@photo.png', '-F', 'file_identifier=my-photo', '-F', 'Place=Zürich', '-F', 'year=2020'];
    const stored = JSON.parse(await curl(...form, ...bearing(), url('/data/file')));
    assert.equal(stored.file_identifier, 'my-photo', JSON.stringify(stored));
    assert.equal(await curl(...bearing(), url('/data/file/my-photo')), 'a photo');
    const listed = JSON.parse(await curl(...bearing(), url('/data/user_file')));
    assert.deepEqual(listed, { file_identifiers: ['my-photo'], is_truncated: false });
    const about = JSON.parse(await curl(...bearing(), url('/data/metadata/my-photo')));
    assert.deepEqual(about.metadata, { Place: 'Zürich', year: '2020' });
    assert.equal(about.sha256, createHash('sha256').update('a photo').digest('hex'));
    assert.deepEqual([about.size, about.content_type], [7, 'image/png']);

    const status = ['-o', 'refusal.json', '-w', '%{http_code}'];
    assert.equal(await curl(...status, ...form, ...bearing(), url('/data/file')), '409');
    assert.match(await curl(...form, ...bearing(), url('/data/file')), /^\{"detail":".*my-photo.*"\}$/);
    const head = await gateway.client().send(new HeadObjectCommand({ Bucket: 'drive-cary', Key: 'my-photo' }));
    assert.deepEqual(head.Metadata, { year: '2020' });

    assert.equal(await curl(...status, '-X', 'DELETE', ...bearing(), url('/data/file/my-photo')), '200');
    assertError(await ask('/data/file/my-photo'), 404);
    assertError(await ask('/data/metadata/my-photo'), 404);
    assert.deepEqual(JSON.parse(await curl(...bearing(), url('/data/user_file'))).file_identifiers, []);
    assert.equal(JSON.parse(await curl(...form, ...bearing(), url('/data/file'))).file_identifier, 'my-photo', 'again');
  });

  test('an identifier is a path of the drive, also of what S3 wrote', async () => {
    await gateway.client().send(new PutObjectCommand({ Bucket: 'drive-cary', Key: 'a b/ü', Body: 'by s3' }));
    assert.equal((await ask('/data/file/a%20b/%C3%BC')).text, 'by s3');
    assert.equal((await ask('/data/file/a%20b%2F%C3%BC')).text, 'by s3');
    assert.ok((await ask('/data/user_file')).body.file_identifiers.includes('a b/ü'));
  });

  test('ranges and conditional requests work', async () => {
    const part = await ask('/data/file/a%20b/%C3%BC', { headers: { range: 'bytes=-2' } });
    assert.deepEqual([part.status, part.text], [206, 's3']);
    const { etag } = part.headers;
    assert.equal((await ask('/data/file/a%20b/%C3%BC', { headers: { 'if-none-match': String(etag) } })).status, 304);
    assertError(await ask('/data/file/a%20b/%C3%BC', { headers: { 'if-match': '"x"' } }), 412);
    assertError(await ask('/data/file/a%20b/%C3%BC', { headers: { range: 'bytes=9-' } }), 416);
  });

  test('errors are told in the words of that API', async () => {
    const without = { token: undefined };
    for (const path of ['/data/file/x', '/data/user_file', '/data/metadata/x'])
      assertError(await ask(path, without), 401);
    assertError(await ask('/data/file', { ...without, method: 'POST' }), 401);
    assertError(await ask('/data/user_file', { ...without, headers: { cookie: `gatehouse_access=${token}` } }), 401);
    assertError(await ask('/data/file/not-there'), 404);
    assertError(await ask('/data/file/not-there', { method: 'DELETE' }), 404);
    assertError(await ask('/data/file/..%2Fx'), 400);
    assertError(await ask('/data/file/'), 400);
    assertError(await ask('/data/user_file', { method: 'POST' }), 405);
    assertError(
      await ask('/data/file', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }),
      400,
    );
    const refused: [string[], RegExp][] = [
      [['-F', 'file=@photo.png'], /file_identifier/],
      [['-F', 'file_identifier=x'], /needs a file/],
      [['-F', 'file_identifier=x', '-F', 'file=@photo.png', '-F', 'file=@photo.png'], /several files/],
      [['-F', 'file_identifier=a/../b', '-F', 'file=@photo.png'], /'\.\.'/],
    ];
    for (const [form, words] of refused) {
      assert.match(JSON.parse(await curl(...form, ...bearing(), url('/data/file'))).detail, words);
    }
    assertError(await ask('/data/file/x'), 404);
    await writeFile(join(folder.path, 'large'), Buffer.alloc(1024 ** 2 + 1));
    const large = ['-F', 'file_identifier=large', '-F', 'file=@large', '-o', 'refusal.json', '-w', '%{http_code}'];
    assert.equal(await curl(...large, ...bearing(), url('/data/file')), '413');
  });
});

function assertError(reply: RawReply, status: number): void {
  assert.equal(reply.status, status, reply.text);
  assert.deepEqual(Object.keys(reply.body), ['detail']);
  assert.equal(typeof reply.body.detail, 'string');
}
