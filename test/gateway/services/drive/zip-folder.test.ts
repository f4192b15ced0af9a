import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { zipFolder } from '../../../../gateway/services/drive/zip-folder.ts';
import type { BucketRow } from '../../../../metadata/index.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { unzip } from '../../../support/unzip.ts';

const MIB = 1024 * 1024;

describe('a folder as a zip', () => {
  let gateway: TestGateway;
  let bucket: BucketRow;
  let s3: S3Client;

  before(async () => {
    gateway = await startGateway();
    const { id, ...credentials } = await gateway.addUser('cary');
    const account = await gateway.services.accounts.get('cary');
    bucket = await gateway.services.drives.open(account, { accountId: id, address: null, userAgent: null });
    s3 = gateway.client(credentials);
  });
  after(() => gateway.stop());

  const put = (key: string, body: Buffer | string = '') =>
    s3.send(new PutObjectCommand({ Bucket: bucket.name, Key: key, Body: body }));
  const zip = (folder: string) => zipFolder(gateway.services.objects, { bucket, folder });

  test('has its files by their names in it, whatever their size and language, and its empty folders', async () => {
    const large = randomBytes(3 * MIB + 7);
    await put('photos/');
    await put('photos/a.txt', 'text');
    await put('photos/empty.txt');
    await put('photos/عکس/تابستان ☀.jpg', 'picture');
    await put('photos/large.bin', large);
    await put('photos/nothing here/');
    await put('photos2/other.txt', 'other');
    const files = await unzip(await buffer(zip('photos/')));
    assert.deepEqual(
      new Map([...files].sort()),
      new Map(
        [
          ['a.txt', Buffer.from('text')] as const,
          ['empty.txt', Buffer.alloc(0)] as const,
          ['عکس/تابستان ☀.jpg', Buffer.from('picture')] as const,
          ['large.bin', large] as const,
          ['nothing here/', Buffer.alloc(0)] as const,
        ].sort(),
      ),
    );
  });

  test('names nothing so that unpacking leads out of its place', async () => {
    const keys = ['../../etc/passwd', '/etc/passwd', 'C:/x', 'a\\..\\b', '..', 'x//y', './z', 'nul\u0001'];
    for (const key of keys) await put(`hostile/${key}`, key);
    const files = await unzip(await buffer(zip('hostile/')));
    assert.deepEqual([...files.values()].map(String).sort(), keys.toSorted());
    for (const name of files.keys()) {
      assert.doesNotMatch(name, /(^|\/)\.{0,2}(\/|$)|\\|^[A-Za-z]:|\p{Cc}/u);
    }
  });

  test('keeps a file and a folder of the same name apart', async () => {
    const keys = ['x', 'x-y', 'x/', 'x/a', 'x/a/b', 'x/c', 'y/x/d'];
    for (const key of keys) await put(`twice/${key}`, key.endsWith('/') ? '' : key);
    const files = await unzip(await buffer(zip('twice/')));
    const names = [...files.keys()];
    assert.equal(new Set(names).size, keys.length);
    for (const name of names) assert.ok(!names.some((other) => other.startsWith(`${name}/`)), name);
    assert.deepEqual([...files.values()].map(String).filter(Boolean).sort(), keys.filter((key) => key !== 'x/').sort());
    assert.ok(['x', 'x-y', 'y/x/d'].every((name) => files.has(name)));
    const [folder] = names.find((name) => /^x~[0-9a-f]{8}\/$/.test(name))?.split('/') ?? [];
    assert.equal(files.get(`${folder}/c`)?.toString(), 'x/c');
  });

  test('of the whole drive leaves the trash out', async () => {
    await put('.trash/1/gone.txt', 'gone');
    const names = [...(await unzip(await buffer(zip('')))).keys()];
    assert.ok(names.includes('photos/a.txt'));
    assert.ok(!names.some((name) => name.includes('gone.txt')));
  });

  test('leaves out what its asker may not read', async () => {
    const mayRead = async (key: string) => !key.endsWith('.txt');
    const archive = await buffer(zipFolder(gateway.services.objects, { bucket, folder: 'photos/', mayRead }));
    assert.deepEqual([...(await unzip(archive)).keys()].sort(), ['large.bin', 'nothing here/', 'عکس/تابستان ☀.jpg']);
  });

  test('is cut off where a file goes while it is read', async () => {
    await put('going/1.bin', randomBytes(4 * MIB));
    await put('going/2.bin', randomBytes(4 * MIB));
    const stream = zip('going/');
    await once(stream, 'readable');
    await s3.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: 'going/2.bin' }));
    await assert.rejects(buffer(stream), /A file went while its folder was read/);
  });

  test('opens nothing more for who stops reading', async () => {
    await put('stopped/1.bin', randomBytes(8 * MIB));
    for (let index = 0; index < 20; index += 1) await put(`stopped/small ${index}`, 'small');
    let asked = 0;
    const mayRead = async () => {
      asked += 1;
      return true;
    };
    const stream = zipFolder(gateway.services.objects, { bucket, folder: 'stopped/', mayRead });
    await once(stream, 'readable');
    stream.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(asked, 1);
  });

  test('waits for a reader that is slow', async () => {
    for (let index = 0; index < 40; index += 1) await put(`many/${index}`, randomBytes(30_000));
    let asked = 0;
    const mayRead = async () => {
      asked += 1;
      return true;
    };
    const stream = zipFolder(gateway.services.objects, { bucket, folder: 'many/', mayRead });
    await once(stream, 'readable');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(asked < 10, `${asked} files were opened for a reader who took none`);
    assert.equal((await unzip(await buffer(stream))).size, 40);
  });

  test('of nothing is an empty archive', async () => {
    assert.equal((await unzip(await buffer(zip('nothing/')))).size, 0);
  });
});
