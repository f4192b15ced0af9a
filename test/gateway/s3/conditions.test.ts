import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { checkReadConditions } from '../../../gateway/http/conditions.ts';
import { checkCopySourceConditions, parseWriteCondition } from '../../../gateway/s3/conditions.ts';

const ETAG = '9b2cf535f27731c974343645a3985328';
const CURRENT = { etag: ETAG, lastModified: '2024-05-01T12:00:00.750Z' };
const SAME_SECOND = 'Wed, 01 May 2024 12:00:00 GMT';
const BEFORE = 'Wed, 01 May 2024 11:59:59 GMT';
const AFTER = 'Wed, 01 May 2024 12:00:01 GMT';
const read = (headers: Record<string, string>) => checkReadConditions(headers, CURRENT);

describe('checkReadConditions', () => {
  test('proceeds without conditions', () => assert.equal(read({ range: 'bytes=0-1' }), 'proceed'));

  for (const [value, decision] of [
    [`"${ETAG}"`, 'proceed'],
    [ETAG, 'proceed'],
    ['*', 'proceed'],
    [`"other", "${ETAG}"`, 'proceed'],
    [`"a,b","${ETAG}"`, 'proceed'],
    [`other,${ETAG}`, 'proceed'],
    ['"other"', 'precondition-failed'],
    [`W/"${ETAG}"`, 'precondition-failed'],
    [`"${ETAG}-1"`, 'precondition-failed'],
    [`"${ETAG.toUpperCase()}"`, 'precondition-failed'],
    ['', 'precondition-failed'],
  ] as const) {
    test(`answers If-Match: ${value} with ${decision}`, () => assert.equal(read({ 'if-match': value }), decision));
  }

  for (const [value, decision] of [
    [`"${ETAG}"`, 'not-modified'],
    [ETAG, 'not-modified'],
    ['*', 'not-modified'],
    [`"other", W/"${ETAG}"`, 'not-modified'],
    ['"other"', 'proceed'],
  ] as const) {
    test(`answers If-None-Match: ${value} with ${decision}`, () => {
      assert.equal(read({ 'if-none-match': value }), decision);
    });
  }

  test('compares dates by whole seconds', () => {
    assert.equal(read({ 'if-modified-since': SAME_SECOND }), 'not-modified');
    assert.equal(read({ 'if-modified-since': AFTER }), 'not-modified');
    assert.equal(read({ 'if-modified-since': BEFORE }), 'proceed');
    assert.equal(read({ 'if-unmodified-since': SAME_SECOND }), 'proceed');
    assert.equal(read({ 'if-unmodified-since': AFTER }), 'proceed');
    assert.equal(read({ 'if-unmodified-since': BEFORE }), 'precondition-failed');
  });

  test('reads dates in all three formats', () => {
    assert.equal(read({ 'if-modified-since': 'Wednesday, 01-May-24 12:00:00 GMT' }), 'not-modified');
    assert.equal(read({ 'if-modified-since': 'Wed May  1 12:00:00 2024' }), 'not-modified');
  });

  test('ignores dates that are none', () => {
    for (const date of ['', 'tomorrow', '2030-01-01T00:00:00Z']) {
      assert.equal(read({ 'if-modified-since': date, 'if-unmodified-since': date }), 'proceed');
    }
  });

  // "Consideration 1" and "Consideration 2" of GetObject.
  test('lets a matching If-Match win over a failing If-Unmodified-Since', () => {
    assert.equal(read({ 'if-match': `"${ETAG}"`, 'if-unmodified-since': BEFORE }), 'proceed');
  });

  test('lets a matching If-None-Match win over a true If-Modified-Since', () => {
    assert.equal(read({ 'if-none-match': `"${ETAG}"`, 'if-modified-since': BEFORE }), 'not-modified');
  });

  test('lets an If-None-Match without a match win over a false If-Modified-Since', () => {
    assert.equal(read({ 'if-none-match': '"other"', 'if-modified-since': AFTER }), 'proceed');
  });

  test('fails before it finds anything unmodified', () => {
    assert.equal(read({ 'if-match': '"other"', 'if-none-match': `"${ETAG}"` }), 'precondition-failed');
    assert.equal(read({ 'if-unmodified-since': BEFORE, 'if-modified-since': AFTER }), 'precondition-failed');
    assert.equal(read({ 'if-match': `"${ETAG}"`, 'if-none-match': `"${ETAG}"` }), 'not-modified');
  });
});

describe('checkCopySourceConditions', () => {
  const copy = (headers: Record<string, string>) =>
    checkCopySourceConditions(
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [`x-amz-copy-source-${name}`, value])),
      CURRENT,
    );

  // The two combinations that CopyObject documents.
  test('copies when the tag matches although the source was modified', () => {
    assert.equal(copy({ 'if-match': ETAG, 'if-unmodified-since': BEFORE }), 'proceed');
  });

  test('answers 412 when If-None-Match is false although the source was modified', () => {
    assert.equal(copy({ 'if-none-match': ETAG, 'if-modified-since': BEFORE }), 'precondition-failed');
  });

  test('answers 412 where a read would answer 304', () => {
    assert.equal(copy({ 'if-modified-since': AFTER }), 'precondition-failed');
    assert.equal(copy({ 'if-none-match': '*' }), 'precondition-failed');
  });

  test('disagrees with a read in nothing else', () => {
    const tag = fc.constantFrom(undefined, `"${ETAG}"`, '"other"', '*', `W/"${ETAG}"`);
    const date = fc.constantFrom(undefined, BEFORE, SAME_SECOND, AFTER, 'never');
    const conditions = fc.record({
      'if-match': tag,
      'if-none-match': tag,
      'if-modified-since': date,
      'if-unmodified-since': date,
    });
    fc.assert(
      fc.property(conditions, (all) => {
        const headers = Object.fromEntries(
          Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
        );
        return (copy(headers) === 'proceed') === (read(headers) === 'proceed');
      }),
    );
  });

  test('does not look at the conditions of the destination', () => {
    assert.equal(checkCopySourceConditions({ 'if-match': '"other"' }, CURRENT), 'proceed');
  });
});

describe('parseWriteCondition', () => {
  test('finds none without the headers', () => assert.equal(parseWriteCondition({ 'x-amz-meta-a': 'b' }), undefined));

  test('reads If-None-Match: * as absent', () => {
    assert.deepEqual(parseWriteCondition({ 'if-none-match': '*' }), { kind: 'absent' });
  });

  test('reads If-Match', () => {
    assert.deepEqual(parseWriteCondition({ 'if-match': '*' }), { kind: 'exists' });
    assert.deepEqual(parseWriteCondition({ 'if-match': `"${ETAG}"` }), { kind: 'match', etag: ETAG });
    assert.deepEqual(parseWriteCondition({ 'if-match': ETAG }), { kind: 'match', etag: ETAG });
  });

  for (const [headers, header] of [
    [{ 'if-none-match': `"${ETAG}"` }, 'If-None-Match'],
    [{ 'if-none-match': '' }, 'If-None-Match'],
    [{ 'if-match': '' }, 'If-Match'],
    [{ 'if-match': '"a", "b"' }, 'If-Match'],
    [{ 'if-match': 'W/"a"' }, 'If-Match'],
    [{ 'if-match': '"a"', 'if-none-match': '*' }, 'If-Match,If-None-Match'],
  ] as const) {
    test(`answers ${JSON.stringify(headers)} with NotImplemented`, () => {
      assert.throws(() => parseWriteCondition(headers), {
        code: 'NotImplemented',
        status: 501,
        message: 'A header you provided implies functionality that is not implemented',
        detail: { Header: header },
      });
    });
  }
});
