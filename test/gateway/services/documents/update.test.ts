import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileFilter } from '../../../../gateway/services/documents/filter/compile-filter.ts';
import {
  type CompiledUpdate,
  compileReplacement,
  compileUpdate,
} from '../../../../gateway/services/documents/update/compile-update.ts';
import { upsertedDocument } from '../../../../gateway/services/documents/update/upserted-document.ts';
import { documentFromJson } from '../../../../gateway/services/documents/values/read.ts';
import type { Document } from '../../../../gateway/services/documents/values/value.ts';
import { documentText, toJson } from '../../../../gateway/services/documents/values/write.ts';
import type { UpdateCase } from './operator-cases.ts';
import { operatorCases } from './operators/index.ts';

const now = new Date('2026-01-02T03:04:05.678Z');

/** What becomes of a document, or is inserted where there is none. */
function update({ update, filter = {}, arrayFilters, document }: UpdateCase): Document {
  const stages = Array.isArray(update) ? update.map(documentFromJson) : documentFromJson(update);
  const compiled = compileUpdate(stages, { arrayFilters: arrayFilters?.map(documentFromJson) });
  const asked = documentFromJson(filter);
  if (document === undefined) return upsertedDocument(asked, { update: compiled, now });
  return applied(compiled, documentFromJson(document), compileFilter(asked).matchedIndex);
}

function applied(
  compiled: CompiledUpdate,
  before: Document,
  matchedIndex: (document: Document) => number | undefined = () => undefined,
): Document {
  const text = documentText(before);
  try {
    return compiled.apply(before, { isInsert: false, matchedIndex: matchedIndex(before), now });
  } finally {
    assert.equal(documentText(before), text, 'what was given is never changed');
  }
}

const canonical = (document: Document) => JSON.stringify(toJson(document, 'canonical'));

describe('updates', () => {
  for (const each of operatorCases) {
    if (each.kind !== 'update') continue;
    test(`${each.operator}: ${each.title} (${JSON.stringify(each.update)})`, () => {
      if ('failure' in each) {
        assert.throws(() => update(each), { name: 'Failure', code: 'InvalidQuery', message: each.failure });
      } else {
        assert.equal(canonical(update(each)), canonical(documentFromJson(each.expected)));
      }
    });
  }

  test('that change nothing give the same document back', () => {
    const document = { _id: 1, a: 1, b: ['x'], c: { d: 'y' } };
    for (const operators of [
      { $set: { a: 1, 'c.d': 'y' } },
      { $unset: { none: '' } },
      { $min: { a: 2 } },
      { $addToSet: { b: 'x' } },
      { $pull: { b: 'z' } },
      { $rename: { none: 'some' } },
      { $setOnInsert: { z: 1 } },
    ]) {
      assert.equal(applied(compileUpdate(operators as never as Document), document), document);
    }
  });

  test('of more than 100 levels are refused', () => {
    const path = Array.from({ length: 101 }, () => 'a').join('.');
    assert.throws(() => applied(compileUpdate({ $set: { [path]: {} } }), { _id: 1 }), {
      code: 'InvalidDocument',
      message: 'A document has at most 100 levels.',
    });
  });

  test('that no filter could be as large as are refused', () => {
    const text = 'x'.repeat(17 * 1024 ** 2);
    assert.throws(() => compileUpdate({ $set: { text } }), { code: 'DocumentTooLarge' });
  });
});

describe('replacements', () => {
  test('keep the _id, and nothing else of what was there', () => {
    const replacement = compileReplacement({ b: 2 });
    assert.deepEqual(applied(replacement, { _id: 1, a: 1 }), { _id: 1, b: 2 });
    assert.deepEqual(upsertedDocument({ _id: 7, a: 1 }, { update: replacement, now }), { _id: 7, b: 2 });
  });

  test('have no other _id', () => {
    assert.throws(() => applied(compileReplacement({ _id: 2 }), { _id: 1 }), {
      code: 'InvalidQuery',
      message: "Performing an update on the path '_id' would modify the immutable field '_id'",
    });
  });

  test('have no operators', () => {
    assert.throws(() => compileReplacement({ $set: { a: 1 } }), {
      code: 'InvalidQuery',
      message:
        "The dollar ($) prefixed field '$set' in '$set' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.",
    });
  });

  test('that are inserted without an _id are given one, as their first field', () => {
    const inserted = upsertedDocument({ a: { $gt: 1 } }, { update: compileReplacement({ b: 2 }), now });
    assert.deepEqual(Object.keys(inserted), ['_id', 'b']);
  });
});
