import assert from 'node:assert/strict';
import { validateHeaderValue } from 'node:http';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { renderAbortion, renderExpiration } from '../../../../gateway/s3/lifecycle/headers.ts';

const DUE_MS = Date.parse('2012-12-21T00:00:00.000Z');
const EXPIRY = 'expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"';

const expirationBy = (ruleId: string) => renderExpiration({ dueMs: DUE_MS, ruleId })['x-amz-expiration'];

describe('x-amz-expiration', () => {
  test('tells the date and the rule', () => {
    assert.equal(expirationBy('picture-deletion-rule'), `${EXPIRY}, rule-id="picture-deletion-rule"`);
  });

  test('leaves an id as it is as far as a header can carry it', () => {
    assert.equal(expirationBy('Rule for testfile.txt'), `${EXPIRY}, rule-id="Rule for testfile.txt"`);
    assert.equal(expirationBy('a+b=c/d&e;f'), `${EXPIRY}, rule-id="a+b=c/d&e;f"`);
  });

  for (const [id, encoded] of [
    ['"quoted"', '%22quoted%22'],
    ['back\\slash', 'back%5Cslash'],
    ['100%', '100%25'],
    ['two\nlines', 'two%0Alines'],
    ['سلام', '%D8%B3%D9%84%D8%A7%D9%85'],
    ['🎉', '%F0%9F%8E%89'],
  ] as const) {
    test(`encodes ${JSON.stringify(id)}`, () => assert.equal(expirationBy(id), `${EXPIRY}, rule-id="${encoded}"`));
  }

  test('tells no later date than HTTP has', () => {
    const { 'x-amz-expiration': value } = renderExpiration({ dueMs: 2_147_483_647 * 86_400_000, ruleId: 'a' });
    assert.equal(value, 'expiry-date="Fri, 31 Dec 9999 00:00:00 GMT", rule-id="a"');
  });

  test('is not there where nothing expires', () => assert.deepEqual(renderExpiration(undefined), {}));
});

describe('x-amz-abort-date', () => {
  test('comes with the rule', () => {
    assert.deepEqual(renderAbortion({ dueMs: DUE_MS, ruleId: 'abort "all"' }), {
      'x-amz-abort-date': 'Fri, 21 Dec 2012 00:00:00 GMT',
      'x-amz-abort-rule-id': 'abort %22all%22',
    });
  });

  test('is not there where nothing is aborted', () => assert.deepEqual(renderAbortion(undefined), {}));
});

test('any id makes a header that node sends, and from which it can be read again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 255 }), (ruleId) => {
      const value = expirationBy(ruleId) ?? '';
      validateHeaderValue('x-amz-expiration', value);
      const [, encoded = ''] = /^expiry-date="[^"]+", rule-id="([^"]*)"$/.exec(value) ?? [];
      assert.equal(decodeURIComponent(encoded), ruleId);
      const aborted = renderAbortion({ dueMs: DUE_MS, ruleId })['x-amz-abort-rule-id'] ?? '';
      validateHeaderValue('x-amz-abort-rule-id', aborted);
    }),
  );
});
