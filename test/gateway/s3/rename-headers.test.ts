import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  nameRequest,
  parseClientToken,
  parseRenamePreconditions,
  parseRenameSource,
  readingsOf,
} from '../../../gateway/s3/rename-headers.ts';
import type { BucketRow } from '../../../metadata/index.ts';

const BUCKET = { id: 7, name: 'photos' } as BucketRow; // nothing else of it is looked at

describe('parseRenameSource', () => {
  for (const [header, source] of [
    ['source.txt', 'source.txt'],
    ['/source.txt', 'source.txt'],
    ['photos/a%20b', 'photos/a b'],
    ['/photos/a', 'photos/a'],
    ['a%2Fb', 'a/b'],
    ['%2Fa', '/a'],
    ['//a', '/a'],
    ['a+b', 'a+b'],
    ['a%2Bb%25', 'a+b%'],
    ['a?versionId=1', 'a?versionId=1'],
    ['%D8%B3%D9%84%D8%A7%D9%85', 'سلام'],
    [Buffer.from('سلام').toString('latin1'), 'سلام'],
  ] as const) {
    test(`reads ${header} as ${source}`, () => {
      assert.equal(parseRenameSource({ 'x-amz-rename-source': header }), source);
    });
  }

  test('misses the header', () => {
    assert.throws(() => parseRenameSource({}), {
      code: 'InvalidRequest',
      status: 400,
      message: 'Missing required header for this request: x-amz-rename-source',
    });
  });

  for (const header of ['', '/']) {
    test(`needs a key in '${header}'`, () => {
      assert.throws(() => parseRenameSource({ 'x-amz-rename-source': header }), {
        code: 'InvalidArgument',
        status: 400,
        message: 'Rename Source must mention the source key.',
        detail: { ArgumentName: 'x-amz-rename-source', ArgumentValue: header },
      });
    });
  }

  for (const header of ['a%', 'a%2', '%zz', '%FF', '\u00ff']) {
    test(`refuses the encoding of '${header}'`, () => {
      assert.throws(() => parseRenameSource({ 'x-amz-rename-source': header }), {
        code: 'InvalidArgument',
        status: 400,
        message: 'Invalid rename source encoding.',
      });
    });
  }

  for (const header of ['folder/', '/photos/folder%2F', '//']) {
    test(`refuses '${header}', which ends with a slash`, () => {
      assert.throws(() => parseRenameSource({ 'x-amz-rename-source': header }), {
        code: 'InvalidRequest',
        status: 400,
        message: 'RenameObject is not supported for keys that end with a slash (/).',
      });
    });
  }
});

describe('readingsOf', () => {
  test('takes what begins with the bucket as a key, and then as a key of the bucket', () => {
    assert.deepEqual(readingsOf('photos/a', BUCKET), ['photos/a', 'a']);
    assert.deepEqual(readingsOf('photos/photos/a', BUCKET), ['photos/photos/a', 'photos/a']);
    assert.deepEqual(readingsOf('photos//a', BUCKET), ['photos//a', '/a']);
    for (const key of ['a', 'photos', 'other/a', 'photos2/a', '/photos/a']) {
      assert.deepEqual(readingsOf(key, BUCKET), [key]);
    }
  });

  test('knows how long a key may be', () => {
    const longest = 'k'.repeat(1024);
    assert.deepEqual(readingsOf(longest, BUCKET), [longest]);
    assert.deepEqual(readingsOf(`photos/${longest}`, BUCKET), [longest]);
    for (const source of [`${longest}k`, `photos/${longest}k`]) {
      assert.throws(() => readingsOf(source, BUCKET), { code: 'KeyTooLongError', status: 400 });
    }
    assert.throws(() => readingsOf('a\0', BUCKET), { code: 'InvalidArgument', status: 400 });
  });
});

describe('parseRenamePreconditions', () => {
  const NOON = 'Wed, 04 Mar 2026 12:00:00 GMT';

  test('tells the two ends apart', () => {
    const headers = {
      'if-match': '"a"',
      'if-modified-since': NOON,
      'x-amz-rename-source-if-none-match': '"b", W/"c"',
      'x-amz-rename-source-if-unmodified-since': NOON,
    };
    const none = { match: undefined, noneMatch: undefined };
    const dates = { modifiedSinceSeconds: undefined, unmodifiedSinceSeconds: undefined };
    const seconds = Date.UTC(2026, 2, 4, 12) / 1000;
    assert.deepEqual(parseRenamePreconditions(headers, 'destination'), {
      ...none,
      ...dates,
      match: ['a'],
      modifiedSinceSeconds: seconds,
    });
    assert.deepEqual(parseRenamePreconditions(headers, 'source'), {
      ...none,
      ...dates,
      noneMatch: ['b', 'c'],
      unmodifiedSinceSeconds: seconds,
    });
    assert.deepEqual(parseRenamePreconditions({}, 'source'), { ...none, ...dates });
  });

  test('knows any tag, tags without quotes, and that weak ones match nothing', () => {
    const match = (header: string) => parseRenamePreconditions({ 'if-match': header }, 'destination').match;
    assert.deepEqual(match('*'), '*');
    assert.deepEqual(match('9b2cf535f27731c974343645a3985328'), ['9b2cf535f27731c974343645a3985328']);
    assert.deepEqual(match('W/"a", "b"'), ['b']);
  });

  test('ignores what is no date', () => {
    const { modifiedSinceSeconds } = parseRenamePreconditions({ 'if-modified-since': 'yesterday' }, 'destination');
    assert.equal(modifiedSinceSeconds, undefined);
  });
});

describe('client tokens', () => {
  test('are 1 to 64 visible ASCII characters', () => {
    for (const token of ['!', '~'.repeat(64), '0b5c1a0e-7f5b-4a3f-9c3e-2f1d8f6b7a90']) {
      assert.equal(parseClientToken({ 'x-amz-client-token': token }), token);
    }
    assert.equal(parseClientToken({}), undefined);
    for (const token of ['', 'a b', 'a, b', '~'.repeat(65), '\u00e9', 'a\tb']) {
      assert.throws(() => parseClientToken({ 'x-amz-client-token': token }), {
        code: 'InvalidArgument',
        status: 400,
        message: 'The client token must have 1 to 64 ASCII characters in the range of 33 - 126.',
        detail: { ArgumentName: 'x-amz-client-token', ArgumentValue: token },
      });
    }
  });

  test('name a request by all that it asks for, and by nothing else', () => {
    const request = { bucket: BUCKET, key: 'new', headers: { 'x-amz-rename-source': 'old' } };
    const named = nameRequest('t', request);
    const unrelated = { ...request.headers, 'x-amz-date': '20260304T120000Z', authorization: 'AWS4-HMAC-SHA256' };
    assert.deepEqual(nameRequest('t', { ...request, headers: unrelated }), named);
    const others = [
      { ...request, bucket: { ...BUCKET, id: 8 } },
      { ...request, key: 'newer' },
      { ...request, headers: { 'x-amz-rename-source': 'older' } },
      { ...request, headers: { ...request.headers, 'if-match': '*' } },
      { ...request, headers: { ...request.headers, 'if-none-match': '*' } },
      { ...request, headers: { ...request.headers, 'x-amz-rename-source-if-match': '*' } },
    ];
    const digests = [request, ...others].map((each) => nameRequest('t', each).parameters);
    assert.equal(new Set(digests).size, digests.length);
  });
});
