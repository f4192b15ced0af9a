import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileGlob } from '../../../../gateway/services/policy/glob.ts';

/** Tries every way: slow, and plainly right. */
function oracle(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '*') return oracle(rest, text) || (text.length > 0 && oracle(pattern, text.slice(1)));
  return text.length > 0 && (first === '?' || first === text[0]) && oracle(rest, text.slice(1));
}

function* words(letters: readonly string[], longest: number): Generator<string[]> {
  yield [];
  if (longest === 0) return;
  for (const letter of letters) for (const rest of words(letters, longest - 1)) yield [letter, ...rest];
}

describe('a pattern', () => {
  test('matches what trying every way matches', () => {
    const texts = [...words(['a', 'b', '😀'], 4)];
    for (const pattern of words(['a', 'b', '*', '?'], 5)) {
      const glob = compileGlob(pattern.join(''));
      for (const text of texts) {
        assert.equal(glob.matches(text.join('')), oracle(pattern, text), `${pattern.join('')} on ${text.join('')}`);
      }
    }
  });

  test('takes every other character for itself', () => {
    for (const character of '.+^$()[]{}|\\/-') {
      assert.ok(compileGlob(`a${character}*`).matches(`a${character}b`));
      assert.ok(!compileGlob(`a${character}b`).matches('axb'));
    }
    assert.ok(!compileGlob('a').matches('A'));
    assert.ok(compileGlob('a*b').matches('a\n/b'));
  });

  test('tells how much of it has to be tried everywhere', () => {
    assert.equal(compileGlob('logs-????/*').tried, 0);
    assert.equal(compileGlob('*/????/*').tried, 6);
    assert.equal(compileGlob('*abc*def*').tried, 0);
  });
});
