import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseAddress, parseQuery } from '../../../gateway/s3/address.ts';

const INVALID_URI = { code: 'InvalidURI', status: 400, message: "Couldn't parse the specified URI." };
const address = (target: string, host = '127.0.0.1:9000', domain?: string) => {
  const { bucket, key, resource } = parseAddress({ target, host, domain });
  return { bucket, key, resource };
};
const keyOf = (target: string) => parseAddress({ target, host: 'localhost' }).key;

describe('parseAddress in path style', () => {
  test('finds the service, a bucket and an object', () => {
    assert.deepEqual(address('/'), { bucket: undefined, key: undefined, resource: '/' });
    assert.deepEqual(address('/photos'), { bucket: 'photos', key: undefined, resource: '/photos' });
    assert.deepEqual(address('/photos/'), { bucket: 'photos', key: undefined, resource: '/photos' });
    assert.deepEqual(address('/photos/2006/a.jpg'), {
      bucket: 'photos',
      key: '2006/a.jpg',
      resource: '/photos/2006/a.jpg',
    });
  });

  for (const [target, key] of [
    ['/b//', '/'],
    ['/b//a', '/a'],
    ['/b/a//b', 'a//b'],
    ['/b/a/', 'a/'],
    ['/b/.', '.'],
    ['/b/../c', '../c'],
    ['/b/a/./../c', 'a/./../c'],
    ['/b/a+b', 'a+b'],
    ['/b/a%2Bb', 'a+b'],
    ['/b/a%20b', 'a b'],
    ['/b/a%2Fb', 'a/b'],
    ['/b/%25', '%'],
    ['/b/%2525', '%25'],
    ['/b/%E6%97%A5', '日'],
    ['/b/%e6%97%a5', '日'],
    ['/b/%F0%9F%97%9D', '🗝'],
    ['/b/\u00E6\u0097\u00A5%20', '日 '],
    ['/b/%EF%BB%BFa', '\uFEFFa'],
    ['/b/a&b=c', 'a&b=c'],
    ['/b/a?x', 'a'],
    ['/b/a%3Fx', 'a?x'],
    ['/b/%00', '\0'],
  ] as const) {
    test(`reads the key of ${JSON.stringify(target)} as ${JSON.stringify(key)}`, () =>
      assert.equal(keyOf(target), key));
  }

  for (const target of [
    '/b/%',
    '/b/%2',
    '/b/%zz',
    '/b/%FF',
    '/b/%C0%80',
    '/b/%ED%A0%80',
    '/b/\u00FF',
    '/%',
    '',
    '*',
    'b/k',
  ]) {
    test(`refuses ${JSON.stringify(target)}`, () => assert.throws(() => address(target), INVALID_URI));
  }

  test('does not take an escaped slash for the end of the bucket', () => {
    assert.equal(address('/a%2Fb/c').bucket, 'a/b');
  });

  test('refuses an empty bucket name', () => {
    assert.throws(() => address('//key'), { code: 'InvalidBucketName', detail: { BucketName: '' } });
  });

  test('reads back whatever encodeURIComponent wrote', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(fc.property(text, (key) => keyOf(`/b/${encodeURIComponent(key)}`) === key));
    fc.assert(fc.property(text, (key) => keyOf(`/b/${key.split('/').map(encodeURIComponent).join('/')}`) === key));
  });
});

describe('parseAddress in absolute form', () => {
  test('takes path and host from the target', () => {
    assert.deepEqual(address('http://x:9000/photos/a?x'), { bucket: 'photos', key: 'a', resource: '/photos/a' });
    assert.equal(address('http://x').bucket, undefined);
    assert.equal(address('HTTPS://photos.s3.local/a', 'other', 's3.local').bucket, 'photos');
    assert.equal(parseAddress({ target: 'http://x?list-type=2', host: '' }).query.get('list-type'), '2');
  });
});

describe('parseAddress in virtual-host style', () => {
  const at = (host: string, target = '/a/b') => address(target, host, 's3.example.com');

  test('finds the bucket before the domain', () => {
    assert.deepEqual(at('photos.s3.example.com'), { bucket: 'photos', key: 'a/b', resource: '/photos/a/b' });
    assert.deepEqual(at('photos.s3.example.com:9000', '/'), { bucket: 'photos', key: undefined, resource: '/photos' });
    assert.equal(at('Photos.S3.Example.COM').bucket, 'photos');
    assert.equal(at('www.photos.s3.example.com').bucket, 'www.photos');
    assert.equal(at('photos.s3.example.com', '//a').key, '/a');
  });

  test('falls back to path style on the domain itself and on other hosts', () => {
    for (const host of [
      's3.example.com',
      's3.example.com:9000',
      'xs3.example.com',
      'localhost',
      '[::1]:9000',
      '',
      '.s3.example.com',
    ]) {
      assert.deepEqual(at(host), { bucket: 'a', key: 'b', resource: '/a/b' });
    }
  });

  test('is off without a domain', () => assert.equal(address('/a/b', 'photos.s3.example.com').bucket, 'a'));
});

describe('parseQuery', () => {
  test('decodes names and values, and a plus as a space', () => {
    const query = parseQuery('uploads&prefix=a%2Bb+c&x%20y=%E6%97%A5&empty=&a==b');
    assert.deepEqual([...query.names()], ['uploads', 'prefix', 'x y', 'empty', 'a']);
    assert.equal(query.get('uploads'), '');
    assert.equal(query.get('prefix'), 'a+b c');
    assert.equal(query.get('x y'), '日');
    assert.equal(query.get('empty'), '');
    assert.equal(query.get('a'), '=b');
    assert.equal(query.get('Uploads'), undefined);
    assert.equal(query.has('uploads'), true);
    assert.equal(query.has('__proto__'), false);
  });

  test('keeps the first of two values', () => assert.equal(parseQuery('a=1&a=2').get('a'), '1'));

  test('skips empty pairs', () => assert.deepEqual([...parseQuery('&&a&').names()], ['a']));

  for (const raw of ['a=%', 'a=%F', '%=a', 'a=%FF', 'a=1&a=%']) {
    test(`refuses ${raw}`, () => assert.throws(() => parseQuery(raw), INVALID_URI));
  }

  test('agrees with URLSearchParams on what that wrote', () => {
    const pair = fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(pair), (pairs) => {
        const params = new URLSearchParams(pairs);
        const query = parseQuery(params.toString());
        return [...query.names()].every((name) => query.get(name) === params.get(name));
      }),
    );
  });
});
