import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { renderOperatorsPage } from '../../../tools/operators-page.ts';
import { projectRoot } from '../../../tools/project-root.ts';
import { operatorCases } from './operators/index.ts';

describe('the page of operators', () => {
  test('is the one in docs/', () => {
    const page = readFileSync(join(projectRoot, 'docs/operators.md'), 'utf8');
    assert.equal(page, renderOperatorsPage(), 'run `make docs`');
  });

  test('tells each thing once', () => {
    const told = operatorCases.map(({ kind, operator, title }) => `${kind} ${operator} ${title}`);
    const twice = told.filter((each, at) => told.indexOf(each) !== at);
    assert.deepEqual(twice, []);
  });
});
