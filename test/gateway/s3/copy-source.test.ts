import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCopySource } from '../../../gateway/s3/copy-source-name.ts';
import { S3Error } from '../../../gateway/s3/errors.ts';

/** The header, and what it names: bucket, key, version. */
const ACCEPTED: readonly [header: string, bucket: string, key: string, versionId?: string][] = [
  ['bucket/key', 'bucket', 'key'],
  ['/bucket/key', 'bucket', 'key'],
  ['bucket/a/b//c/', 'bucket', 'a/b//c/'],
  ['/bucket//leading', 'bucket', '/leading'],
  ['bucket%2Fa%2Fb', 'bucket', 'a/b'],
  ['bucket/a%20b', 'bucket', 'a b'],
  ['bucket/a+b', 'bucket', 'a b'],
  ['bucket/a%2Bb', 'bucket', 'a+b'],
  ['bucket/100%25', 'bucket', '100%'],
  ['bucket/%D9%81%D8%A7', 'bucket', 'فا'],
  [Buffer.from('bucket/فا').toString('latin1'), 'bucket', 'فا'],
  ['bucket/what%3F', 'bucket', 'what?'],
  ['bucket/what%3FversionId=1', 'bucket', 'what?versionId=1'],
  ['bucket/key?versionId=null', 'bucket', 'key', 'null'],
  ['bucket/key?versionId=3%2Fx', 'bucket', 'key', '3/x'],
];

for (const [header, bucket, key, versionId] of ACCEPTED) {
  test(`the copy source ${JSON.stringify(header)} names the key ${JSON.stringify(key)}`, () => {
    assert.deepEqual(parseCopySource(header), { bucket, key, versionId });
  });
}

for (const header of [
  '',
  '/',
  'bucket',
  '/bucket',
  'bucket/',
  '/bucket/',
  '//key',
  'bucket/%',
  'bucket/%zz',
  'bucket/%ff',
]) {
  test(`the copy source ${JSON.stringify(header)} is refused`, () => {
    assert.throws(
      () => parseCopySource(header),
      (error) =>
        error instanceof S3Error &&
        error.code === 'InvalidArgument' &&
        error.detail.ArgumentName === 'x-amz-copy-source',
    );
  });
}
