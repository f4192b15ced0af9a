import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prefersHtml } from '../../../gateway/http/accept.ts';

const CASES: readonly (readonly [accept: string | undefined, isHtml: boolean])[] = [
  [undefined, false],
  ['', false],
  ['*/*', false],
  ['application/json', false],
  ['text/html', true],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', true],
  ['text/html, application/json', false],
  ['application/json, text/html;q=0.9', false],
  ['application/json;q=0.5, text/html;q=0.9', true],
  ['TEXT/HTML ; Q=1.0, */*;q=0.1', true],
  ['text/*, application/json;q=0.2', true],
  ['text/html;q=0, */*', false],
  ['text/html;q=nonsense', false],
  [',,;;=', false],
];

for (const [accept, isHtml] of CASES) {
  test(`${accept === undefined ? 'no Accept' : `Accept '${accept}'`} ${isHtml ? 'prefers' : 'does not prefer'} HTML`, () => {
    assert.equal(prefersHtml(accept), isHtml);
  });
}
