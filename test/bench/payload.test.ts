import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { PayloadSeries } from './payload.ts';

test('bodies of a series have the size and the digest that they say, and all differ', () => {
  const series = new PayloadSeries(1024);
  const bodies = Array.from({ length: 50 }, () => series.next());
  for (const { pieces, sizeBytes, sha256 } of bodies) {
    const bytes = Buffer.concat(pieces);
    assert.deepEqual([bytes.length, sizeBytes], [1024, 1024]);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
  }
  assert.equal(new Set(bodies.map(({ sha256 }) => sha256)).size, 50);
});
