import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileFilter } from '../../../../gateway/services/documents/filter/compile-filter.ts';
import { documentFromJson } from '../../../../gateway/services/documents/values/read.ts';
import { operatorCases } from './operators/index.ts';

describe('filters', () => {
  for (const each of operatorCases) {
    if (each.kind !== 'filter') continue;
    const { operator, title, filter, documents } = each;
    test(`${operator}: ${title} (${JSON.stringify(filter)})`, () => {
      if ('failure' in each) {
        const { failure: message } = each;
        assert.throws(() => compileFilter(documentFromJson(filter)), {
          name: 'Failure',
          code: 'InvalidQuery',
          message,
        });
        return;
      }
      const compiled = compileFilter(documentFromJson(filter));
      assert.deepEqual(
        documents.filter((document) => compiled.test(documentFromJson(document))),
        each.expected,
      );
    });
  }
});
