import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ResponseReader } from './response-reader.ts';

interface Expected {
  readonly status: number;
  readonly bodyBytes: number;
}

/** Feeds a reply cut at every place, and checks that it ends exactly at its last byte. */
function assertReads(text: string, expected: Expected, isHead = false): void {
  const bytes = Buffer.from(text);
  for (let cut = 1; cut <= bytes.length; cut++) {
    const reader = new ResponseReader();
    reader.expect(isHead);
    const parts = [bytes.subarray(0, cut), bytes.subarray(cut)].filter(({ length }) => length > 0);
    const ends = parts.map((part) => reader.read(part));
    assert.deepEqual(ends, [...parts.slice(1).map(() => false), true], `cut at ${cut}`);
    assert.deepEqual({ status: reader.status, bodyBytes: reader.bodyBytes }, expected);
  }
}

describe('a reply ends', () => {
  test('with its content length', () => {
    assertReads('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', { status: 200, bodyBytes: 5 });
    assertReads('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', { status: 200, bodyBytes: 0 });
  });

  test('with its head when it is 204 or answers HEAD', () => {
    assertReads('HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n', { status: 204, bodyBytes: 0 });
    assertReads('HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n', { status: 200, bodyBytes: 0 }, true);
  });

  test('with its last chunk and the trailers', () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    assertReads(`${head}5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n`, { status: 200, bodyBytes: 15 });
    assertReads(`${head}1\r\n\n\r\n0\r\nx-trailer: 1\r\n\r\n`, { status: 200, bodyBytes: 1 });
  });
});

test('one reader reads reply after reply', () => {
  const reader = new ResponseReader();
  for (const size of [3, 0, 7]) {
    reader.expect(false);
    assert.ok(reader.read(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`)));
    assert.equal(reader.bodyBytes, size);
  }
});

test('a failure keeps the beginning of its body and tells that the connection closes', () => {
  const reader = new ResponseReader();
  reader.expect(false);
  reader.read(Buffer.from('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 9\r\n\r\n<Error/>!'));
  assert.deepEqual([reader.status, reader.excerpt, reader.closes], [403, '<Error/>!', true]);
});
