import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileExpression } from '../../../../gateway/services/documents/expressions/compile-expression.ts';
import { documentFromJson, fromJson } from '../../../../gateway/services/documents/values/read.ts';
import { toJson } from '../../../../gateway/services/documents/values/write.ts';
import type { ExpressionCase } from './operator-cases.ts';
import { operatorCases } from './operators/index.ts';

function evaluate({ expression, document }: ExpressionCase): unknown {
  const value = compileExpression(fromJson(expression))(documentFromJson(document));
  return value === undefined ? undefined : toJson(value, 'canonical');
}

describe('expressions', () => {
  for (const each of operatorCases) {
    if (each.kind !== 'expression') continue;
    test(`${each.operator}: ${each.title} (${JSON.stringify(each.expression)})`, () => {
      if ('failure' in each) {
        assert.throws(() => evaluate(each), { name: 'Failure', message: each.failure });
        return;
      }
      assert.deepEqual(evaluate(each), each.expected);
    });
  }

  test('have the same time for all documents', () => {
    const now = compileExpression('$$NOW');
    assert.deepEqual(now({}), now({ a: 1 }));
  });
});
