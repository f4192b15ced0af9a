import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { contentRange, parseRange } from '../../../gateway/http/range.ts';
import { parseCopyRange } from '../../../gateway/s3/range.ts';

describe('parseRange', () => {
  // The examples of RFC 9110 section 14.1.2, for a representation of 10,000 bytes.
  for (const [header, range] of [
    ['bytes=0-499', { start: 0, end: 499 }],
    ['bytes=500-999', { start: 500, end: 999 }],
    ['bytes=-500', { start: 9500, end: 9999 }],
    ['bytes=9500-', { start: 9500, end: 9999 }],
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=-1', { start: 9999, end: 9999 }],
    ['bytes=9999-', { start: 9999, end: 9999 }],
    ['bytes=0-', { start: 0, end: 9999 }],
    ['bytes=9500-20000', { start: 9500, end: 9999 }],
    ['bytes=0-99999999999999999999999', { start: 0, end: 9999 }],
    ['bytes=-20000', { start: 0, end: 9999 }],
    ['Bytes=1-2', { start: 1, end: 2 }],
  ] as const) {
    test(`reads ${header} of 10,000 bytes`, () => assert.deepEqual(parseRange(header, 10_000), range));
  }

  for (const header of ['bytes=10000-', 'bytes=10000-10001', 'bytes=-0', 'bytes=99999999999999999999-']) {
    test(`finds ${header} of 10,000 bytes unsatisfiable`, () => {
      assert.equal(parseRange(header, 10_000), 'unsatisfiable');
    });
  }

  for (const header of [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=a-b',
    'bytes=1',
    'bytes=--1',
    'bytes=0x1-2',
    'bytes=1.5-2',
    'bytes=0 -1',
    'bytes=0-1,5-6',
    'bytes=0-0,-1',
    'items=0-1',
    '0-1',
  ]) {
    test(`takes ${JSON.stringify(header)} for the whole object`, () => {
      assert.equal(parseRange(header, 10_000), undefined);
    });
  }

  test('finds no byte of an empty object, but takes its suffix for the whole of it', () => {
    assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable');
    assert.equal(parseRange('bytes=0-0', 0), 'unsatisfiable');
    assert.equal(parseRange('bytes=-0', 0), 'unsatisfiable');
    assert.equal(parseRange('bytes=-1', 0), undefined);
  });

  test('selects what slicing selects', () => {
    const bytes = Buffer.from(Array.from({ length: 20 }, (_, index) => index));
    const position = fc.nat({ max: 30 });
    const slice = (header: string, size: number) => {
      const range = parseRange(header, size);
      return typeof range === 'object' ? [...bytes.subarray(range.start, range.end + 1)] : range;
    };
    fc.assert(
      fc.property(position, position, fc.nat({ max: 20 }), (first, last, size) => {
        const whole = [...bytes.subarray(0, size)];
        const bounded = whole.slice(first, last + 1);
        const open = whole.slice(first);
        if (first <= last)
          assert.deepEqual(slice(`bytes=${first}-${last}`, size), bounded.length ? bounded : 'unsatisfiable');
        assert.deepEqual(slice(`bytes=${first}-`, size), open.length ? open : 'unsatisfiable');
        if (last > 0 && size > 0) assert.deepEqual(slice(`bytes=-${last}`, size), whole.slice(-last));
      }),
    );
  });
});

describe('contentRange', () => {
  test('tells the range and the whole size', () => {
    assert.equal(contentRange({ start: 0, end: 499 }, 1234), 'bytes 0-499/1234');
  });
});

describe('parseCopyRange', () => {
  test('reads first and last byte', () => {
    assert.deepEqual(parseCopyRange('bytes=0-9', 10), { start: 0, end: 9 });
    assert.deepEqual(parseCopyRange('bytes=5-5', 10), { start: 5, end: 5 });
    assert.equal(parseCopyRange(undefined, 10), undefined);
  });

  for (const header of [
    'bytes=0-',
    'bytes=-5',
    'bytes=5-2',
    '0-2',
    'bytes=hello-world',
    'bytes=0-1,2-3',
    'bytes= 0-1',
    '',
  ]) {
    test(`refuses the form of ${JSON.stringify(header)}`, () => {
      assert.throws(() => parseCopyRange(header, 10), {
        code: 'InvalidArgument',
        status: 400,
        message: /^The x-amz-copy-source-range value must be of the form bytes=first-last/,
        detail: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
      });
    });
  }

  for (const header of ['bytes=0-10', 'bytes=10-10', 'bytes=100-200']) {
    test(`refuses ${header} of ten bytes`, () => {
      assert.throws(() => parseCopyRange(header, 10), {
        code: 'InvalidArgument',
        status: 400,
        message: 'Range specified is not valid for source object of size: 10',
        detail: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
      });
    });
  }
});
