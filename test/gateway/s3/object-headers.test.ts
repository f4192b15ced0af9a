import assert from 'node:assert/strict';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeHeaderText, encodeHeaderText } from '../../../gateway/http/header-text.ts';
import {
  parseObjectAttributes,
  parseResponseOverrides,
  renderObjectHeaders,
} from '../../../gateway/s3/object-headers.ts';
import { parseQuery } from '../../../gateway/s3/query.ts';

/** The octets of UTF-8 text as node hands them over. */
const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
const OBJECT = { etag: '9b2cf535f27731c974343645a3985328', lastModified: '2024-05-01T12:00:00.750Z' };

describe('parseObjectAttributes', () => {
  test('keeps content headers and user metadata, and nothing else', () => {
    const attributes = parseObjectAttributes({
      host: 'localhost',
      'content-length': '5',
      'content-md5': 'x',
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'max-age=60',
      'content-disposition': 'attachment; filename="a.txt"',
      'content-encoding': 'gzip',
      'content-language': 'mi, en',
      expires: 'never',
      'x-amz-meta-reviewed-by': 'joe@example.org, jane@example.org',
      'x-amz-meta-empty': '',
      'x-amz-acl': 'private',
    });
    assert.deepEqual(attributes, {
      contentType: 'text/plain; charset=utf-8',
      cacheControl: 'max-age=60',
      contentDisposition: 'attachment; filename="a.txt"',
      contentEncoding: 'gzip',
      contentLanguage: 'mi, en',
      expires: 'never',
      userMetadata: { 'reviewed-by': 'joe@example.org, jane@example.org', empty: '' },
    });
  });

  test('takes empty content headers for none', () => {
    assert.deepEqual(parseObjectAttributes({ 'content-type': '', expires: '' }), { userMetadata: {} });
  });

  for (const [sent, stored] of [
    ['aws-chunked', undefined],
    ['aws-chunked,gzip', 'gzip'],
    ['gzip, aws-chunked', 'gzip'],
    ['AWS-Chunked, gzip , br', 'gzip,br'],
    ['aws-chunked,aws-chunked', undefined],
    ['aws-chunked,', undefined],
    ['gzip, br', 'gzip, br'],
  ] as const) {
    test(`stores Content-Encoding: ${sent} as ${stored}`, () => {
      assert.equal(parseObjectAttributes({ 'content-encoding': sent }).contentEncoding, stored);
    });
  }

  test('limits user metadata to 2 KiB of names and values', () => {
    const headers = { 'x-amz-meta-name': 'v'.repeat(1000), 'x-amz-meta-more': 'v'.repeat(1040) };
    assert.equal(parseObjectAttributes(headers).userMetadata.more?.length, 1040);
    assert.throws(() => parseObjectAttributes({ ...headers, 'x-amz-meta-a': '' }), {
      code: 'MetadataTooLarge',
      status: 400,
      message: 'Your metadata headers exceed the maximum allowed metadata size',
      detail: { Size: '2049', MaxSizeAllowed: '2048' },
    });
  });

  test('measures metadata in bytes of UTF-8', () => {
    assert.doesNotThrow(() => parseObjectAttributes({ 'x-amz-meta-abcd': latin1('ü'.repeat(1022)) }));
    assert.throws(() => parseObjectAttributes({ 'x-amz-meta-abcd': latin1(`${'ü'.repeat(1022)}x`) }), {
      code: 'MetadataTooLarge',
    });
  });

  test('reads UTF-8 and keeps what looks like RFC 2047', () => {
    const { userMetadata } = parseObjectAttributes({
      'x-amz-meta-nonascii': latin1('ÄMÄZÕÑ S3 🗝'),
      'x-amz-meta-encoded': '=?UTF-8?Q?=C3=84?=',
    });
    assert.deepEqual(userMetadata, { nonascii: 'ÄMÄZÕÑ S3 🗝', encoded: '=?UTF-8?Q?=C3=84?=' });
  });

  test('keeps a name that means something to JavaScript', () => {
    const { userMetadata } = parseObjectAttributes(JSON.parse('{"x-amz-meta-__proto__":"a"}'));
    assert.deepEqual(Object.entries(userMetadata), [['__proto__', 'a']]);
    assert.deepEqual(Object.entries(JSON.parse(JSON.stringify(userMetadata))), [['__proto__', 'a']]);
  });

  for (const value of ['a\r\nset-cookie: x', 'a\nb', 'a\0', '\u007F']) {
    test(`refuses ${JSON.stringify(value)} in a header`, () => {
      for (const header of ['content-type', 'x-amz-meta-a']) {
        assert.throws(() => parseObjectAttributes({ [header]: value }), {
          code: 'InvalidArgument',
          status: 400,
          detail: { ArgumentName: header, ArgumentValue: value },
        });
      }
    });
  }
});

describe('names of user metadata', () => {
  for (const name of ['a b', 'a:b', 'é', 'a\r\nb', 'a(b)']) {
    test(`cannot be ${JSON.stringify(name)}, which no header can carry`, () => {
      assert.throws(() => parseObjectAttributes({ [`x-amz-meta-${name}`]: 'x' }), {
        code: 'InvalidArgument',
        detail: { ArgumentName: `x-amz-meta-${name}` },
      });
    });
  }
});

describe('header text', () => {
  test('survives in both directions, whatever the octets', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        const value = Buffer.from(octets).toString('latin1');
        const stored: string = JSON.parse(JSON.stringify(decodeHeaderText(value)));
        return encodeHeaderText(stored) === value;
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => decodeHeaderText(latin1(text)) === text));
  });

  test('is something that node sends', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        (text) => validateHeaderValue('x-amz-meta-a', encodeHeaderText(text)) === undefined,
      ),
    );
  });
});

describe('renderObjectHeaders', () => {
  test('gives S3 defaults to an object without attributes', () => {
    assert.deepEqual(renderObjectHeaders({ ...OBJECT, attributes: { userMetadata: {} } }), {
      'accept-ranges': 'bytes',
      'content-type': 'binary/octet-stream',
      etag: '"9b2cf535f27731c974343645a3985328"',
      'last-modified': 'Wed, 01 May 2024 12:00:00 GMT',
    });
  });

  test('gives back what was sent', () => {
    const sent = {
      'content-type': 'text/html',
      'cache-control': 'no-store',
      'content-disposition': latin1('inline; filename="é.txt"'),
      'content-encoding': 'gzip',
      'content-language': 'de',
      expires: 'Thu, 01 Dec 1994 16:00:00 GMT',
      'x-amz-meta-a': latin1('ü'),
      'x-amz-meta-raw': '\u00E9',
    };
    const stored = JSON.parse(JSON.stringify(parseObjectAttributes(sent)));
    const headers = renderObjectHeaders({ ...OBJECT, attributes: stored });
    for (const [name, value] of Object.entries(sent)) assert.equal(headers[name], value);
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
  });

  test('prefers the overrides to what is stored', () => {
    const headers = renderObjectHeaders({
      ...OBJECT,
      attributes: { contentType: 'text/html', cacheControl: 'no-store', userMetadata: {} },
      overrides: { contentType: 'text/plain', expires: 'soon' },
    });
    assert.equal(headers['content-type'], 'text/plain');
    assert.equal(headers.expires, 'soon');
    assert.equal(headers['cache-control'], 'no-store');
  });
});

describe('parseResponseOverrides', () => {
  test('reads the six parameters that GetObject documents', () => {
    const query = parseQuery(
      'response-cache-control=no-cache&response-content-disposition=attachment%3B+filename%3D%C3%A9&' +
        'response-content-encoding=gzip&response-content-language=mi&response-content-type=text%2Fplain&response-expires=0&x=1',
    );
    assert.deepEqual(parseResponseOverrides(query, false), {
      cacheControl: 'no-cache',
      contentDisposition: 'attachment; filename=é',
      contentEncoding: 'gzip',
      contentLanguage: 'mi',
      contentType: 'text/plain',
      expires: '0',
    });
  });

  test('finds none in other queries, signed or not', () => {
    for (const raw of ['', 'partNumber=1&versionId=null', 'response-etag=x']) {
      assert.equal(parseResponseOverrides(parseQuery(raw), true), undefined);
    }
  });

  test('refuses them to anonymous readers', () => {
    assert.throws(() => parseResponseOverrides(parseQuery('response-expires=0'), true), {
      code: 'InvalidRequest',
      status: 400,
      message: 'Request specific response headers cannot be used for anonymous GET requests.',
    });
  });

  test('refuses to split a response', () => {
    const query = parseQuery('response-content-type=text%2Fhtml%0D%0ASet-Cookie%3A%20a%3Db');
    assert.throws(() => parseResponseOverrides(query, false), {
      code: 'InvalidArgument',
      status: 400,
      detail: { ArgumentName: 'response-content-type', ArgumentValue: 'text/html\r\nSet-Cookie: a=b' },
    });
  });
});
