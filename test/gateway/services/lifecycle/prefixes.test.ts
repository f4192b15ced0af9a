import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileLifecycle, nextPrefix } from '../../../../gateway/services/lifecycle/index.ts';
import { coveringPrefixes } from '../../../../gateway/services/lifecycle/prefixes.ts';
import { configuration, rule } from './rules.ts';

const CHARACTERS = ['a', 'b', '/', '~', '\uffff', '😀', '\u{10ffff}'];
const text = fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 4 }).map((characters) => characters.join(''));

function scopes(prefixes: readonly string[]) {
  return prefixes.map((prefix) => ({ prefix }));
}

function inOrder(keys: readonly string[]): string[] {
  return [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

describe('the prefixes that a walk goes over', () => {
  test('are those of all enabled rules that do anything with objects, or with uploads', () => {
    const of = (prefix: string) => ({ form: 'filter' as const, prefix });
    const rules = compileLifecycle(
      configuration(
        rule({ scope: of('b/'), expiration: { days: 1 } }),
        rule({ scope: of('b/c/'), noncurrentExpiration: { days: 1 } }),
        rule({ scope: of('a/'), transitions: [{ days: 1, storageClass: 'GLACIER_IR' }] }),
        rule({ scope: of('d/'), isEnabled: false, expiration: { days: 1 } }),
        rule({ scope: of('e/'), expiration: { expiredObjectDeleteMarker: false } }),
        rule({ scope: of('u/'), abortUploadsAfterDays: 1 }),
      ),
    );
    assert.deepEqual([rules.objectPrefixes, rules.uploadPrefixes], [['a/', 'b/'], ['u/']]);
  });

  test('cover all that begins with any of them, once', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), fc.array(text, { maxLength: 20 }), (prefixes, keys) => {
        const covering = coveringPrefixes(scopes(prefixes));
        for (const key of keys) {
          const count = covering.filter((prefix) => key.startsWith(prefix)).length;
          assert.equal(count, prefixes.some((prefix) => key.startsWith(prefix)) ? 1 : 0);
        }
      }),
    );
  });

  test('are gone over in the order of keys, from any place on, and none twice', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), fc.uniqueArray(text, { maxLength: 20 }), (prefixes, keys) => {
        const covering = coveringPrefixes(scopes(prefixes));
        const met: string[] = [];
        let position: Parameters<typeof nextPrefix>[1];
        for (let steps = 0; steps < 100; steps += 1) {
          const prefix = nextPrefix(covering, position);
          if (prefix === undefined) break;
          // One key a page, and then the end of the prefix.
          const behind = (key: string) =>
            position === undefined ||
            ((position.isPrefix ? !key.startsWith(position.after) : true) &&
              Buffer.compare(Buffer.from(key), Buffer.from(position.after)) > 0);
          const [key] = inOrder(keys).filter((each) => each.startsWith(prefix) && behind(each));
          if (key !== undefined) met.push(key);
          position = key === undefined ? { after: prefix, isPrefix: true } : { after: key, isPrefix: false };
        }
        const expected = inOrder(keys).filter((key) => prefixes.some((prefix) => key.startsWith(prefix)));
        assert.deepEqual(met, expected);
      }),
    );
  });
});
