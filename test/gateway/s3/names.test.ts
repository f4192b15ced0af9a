import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { S3Error } from '../../../gateway/s3/errors.ts';
import { parseBucketName, parseObjectKey } from '../../../gateway/s3/names.ts';

describe('parseBucketName', () => {
  // "General purpose bucket naming rules" lists these as examples of valid names.
  for (const name of ['docexamplebucket', 'log-delivery-march-2020', 'my-hosted-content', 'docexamplewebsite.com']) {
    test(`takes ${name}`, () => assert.equal(parseBucketName(name), name));
  }
  for (const name of ['www.docexamplewebsite.com', 'my.example.s3.bucket', '123', 'a-1', 'x'.repeat(63), '1.2.3']) {
    test(`takes ${name}`, () => assert.equal(parseBucketName(name), name));
  }

  const refused: Record<string, string> = {
    doc_example_bucket: 'an underscore',
    DocExampleBucket: 'an upper-case letter',
    'doc-example-bucket-': 'a hyphen at the end',
    '-doc-example-bucket': 'a hyphen at the start',
    '.doc': 'a dot at the start',
    'doc.': 'a dot at the end',
    'doc..example': 'two dots in a row',
    '192.168.5.4': 'the form of an IP address',
    ab: 'two characters',
    '': 'no character',
    ['x'.repeat(64)]: '64 characters',
    'büro-bucket': 'a letter outside ASCII',
    'doc example': 'a space',
    'abc\n': 'a line feed at the end',
    'xn--bucket': 'the prefix xn--',
    'sthree-bucket': 'the prefix sthree-',
    'amzn-s3-demo-bucket': 'the prefix amzn-s3-demo-',
    'bucket-s3alias': 'the suffix -s3alias',
    'bucket--ol-s3': 'the suffix --ol-s3',
    'bucket.mrap': 'the suffix .mrap',
    'bucket--x-s3': 'the suffix --x-s3',
    'bucket--table-s3': 'the suffix --table-s3',
  };
  for (const [name, reason] of Object.entries(refused)) {
    test(`refuses a name with ${reason}`, () => {
      assert.throws(() => parseBucketName(name), {
        code: 'InvalidBucketName',
        status: 400,
        message: 'The specified bucket is not valid.',
        detail: { BucketName: name },
      });
    });
  }
});

describe('parseObjectKey', () => {
  for (const key of ['a', '/', '//', '.', '../x', 'a b+c%20', 'schlüssel', '🗝', '\u0001', 'a\r\n', 'x'.repeat(1024)]) {
    test(`takes ${JSON.stringify(key.slice(0, 12))}`, () => assert.equal(parseObjectKey(key), key));
  }

  test('counts bytes of UTF-8, not characters', () => {
    assert.equal(parseObjectKey('ü'.repeat(512)).length, 512);
    assert.throws(() => parseObjectKey(`${'ü'.repeat(512)}x`), {
      code: 'KeyTooLongError',
      status: 400,
      message: 'Your key is too long',
      detail: { Size: '1025', MaxSizeAllowed: '1024' },
    });
    assert.equal(Buffer.byteLength(parseObjectKey('🗝'.repeat(256))), 1024);
    assert.throws(() => parseObjectKey('🗝'.repeat(257)), { code: 'KeyTooLongError' });
  });

  for (const [key, reason] of [
    ['', 'an empty key'],
    ['a\0b', 'NUL'],
    ['a\uD83D', 'a lone high surrogate'],
    ['\uDDDDb', 'a lone low surrogate'],
  ] as const) {
    test(`refuses ${reason}`, () => {
      assert.throws(
        () => parseObjectKey(key),
        (error) => error instanceof S3Error && error.code === 'InvalidArgument',
      );
    });
  }
});
