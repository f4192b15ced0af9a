import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type CorsRule, type CrossOriginRequest, findCorsRule } from '../../../gateway/services/cors.ts';

const SHOP = 'https://shop.example.com';

function rule(changes: Partial<CorsRule> = {}): CorsRule {
  return { allowedOrigins: [SHOP], allowedMethods: ['GET'], allowedHeaders: [], exposeHeaders: [], ...changes };
}

function ask(changes: Partial<CrossOriginRequest> = {}): CrossOriginRequest {
  return { origin: SHOP, method: 'GET', headers: [], ...changes };
}

function isAllowed(rules: readonly CorsRule[], request: CrossOriginRequest): boolean {
  return findCorsRule({ rules }, request) !== undefined;
}

describe('the origin', () => {
  const cases: readonly [pattern: string, origin: string, fits: boolean][] = [
    [SHOP, SHOP, true],
    [SHOP, 'http://shop.example.com', false],
    [SHOP, 'https://shop.example.com:443', false],
    [SHOP, 'https://shop.example.com/', false],
    [SHOP, 'https://SHOP.example.com', false],
    ['*', SHOP, true],
    ['*', 'null', true],
    ['https://*.example.com', SHOP, true],
    ['https://*.example.com', 'https://a.b.example.com', true],
    ['https://*.example.com', 'https://example.com', false],
    ['https://*.example.com', 'https://shop.example.com.evil.org', false],
    ['https://*', 'https://', true],
    ['*suffix', 'suffix', true],
    ['*suffix', 'foo.suffix', true],
    ['*suffix', 'foo.suffix.get', false],
    ['start*end', 'startend', true],
    ['start*end', 'start12end', true],
    ['start*end', '0start12end', false],
    ['prefix*', 'prefix.suffix', true],
    ['prefix*', 'bla.prefix', false],
    ['aba*aba', 'aba', false],
    ['aba*aba', 'ababa', false],
    ['aba*aba', 'abaaba', true],
    ['', SHOP, false],
    ['null', 'null', true],
  ];
  for (const [pattern, origin, fits] of cases) {
    test(`"${origin}" ${fits ? 'fits' : 'does not fit'} "${pattern}"`, () => {
      assert.equal(isAllowed([rule({ allowedOrigins: [pattern] })], ask({ origin })), fits);
    });
  }

  test('fits a pattern as if the star were any text', () => {
    const text = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b'), maxLength });
    fc.assert(
      fc.property(text(2), text(2), text(6), (before, after, origin) => {
        const expected = new RegExp(`^${before}.*${after}$`).test(origin);
        assert.equal(isAllowed([rule({ allowedOrigins: [`${before}*${after}`] })], ask({ origin })), expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('is reported with the pattern that it fits first', () => {
    const rules = [rule({ allowedOrigins: ['https://*.org', 'https://*.com', '*'] })];
    assert.equal(findCorsRule({ rules }, ask())?.allowedOrigin, 'https://*.com');
  });
});

describe('the method', () => {
  test('is one of those of the rule, in its case', () => {
    const rules = [rule({ allowedMethods: ['GET', 'PUT'] })];
    assert.ok(isAllowed(rules, ask({ method: 'PUT' })));
    assert.ok(!isAllowed(rules, ask({ method: 'DELETE' })));
    assert.ok(!isAllowed(rules, ask({ method: 'put' })));
  });

  test('HEAD is not allowed by GET', () => {
    assert.ok(!isAllowed([rule()], ask({ method: 'HEAD' })));
  });
});

describe('the headers', () => {
  test('that nobody asks for need no permission', () => {
    assert.ok(isAllowed([rule()], ask()));
  });

  test('are not allowed by a rule without any', () => {
    assert.ok(!isAllowed([rule()], ask({ headers: ['authorization'] })));
  });

  test('must each fit a pattern, in whatever case that is written', () => {
    const rules = [rule({ allowedHeaders: ['X-Amz-*', 'AUTHORIZATION'] })];
    assert.ok(isAllowed(rules, ask({ headers: ['x-amz-date', 'authorization'] })));
    assert.ok(!isAllowed(rules, ask({ headers: ['x-amz-date', 'content-type'] })));
  });

  test('are all allowed by a star', () => {
    assert.ok(isAllowed([rule({ allowedHeaders: ['*'] })], ask({ headers: ['x-anything', 'authorization'] })));
  });

  test('are refused in a number that no page asks for', () => {
    const headers = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}`);
    assert.ok(isAllowed([rule({ allowedHeaders: ['*'] })], ask({ headers: headers(100) })));
    assert.ok(!isAllowed([rule({ allowedHeaders: ['*'] })], ask({ headers: headers(101) })));
  });
});

test('the first rule that fits in everything decides', () => {
  const rules = [
    rule({ id: 'other origin', allowedOrigins: ['https://other.example.com'] }),
    rule({ id: 'other method', allowedMethods: ['PUT'] }),
    rule({ id: 'other headers', allowedHeaders: ['x-other'] }),
    rule({ id: 'this', allowedHeaders: ['x-amz-*'] }),
    rule({ id: 'too late', allowedOrigins: ['*'], allowedHeaders: ['*'] }),
  ];
  assert.equal(findCorsRule({ rules }, ask({ headers: ['x-amz-date'] }))?.rule.id, 'this');
});

test('no rules allow nothing', () => {
  assert.ok(!isAllowed([], ask()));
});
