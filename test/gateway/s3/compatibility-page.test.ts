import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { renderCompatibilityPage } from '../../tools/compatibility-page.ts';
import { projectRoot } from '../../tools/project-root.ts';

test('docs/s3-compatibility.md is what make docs writes today', () => {
  const page = readFileSync(join(projectRoot, 'docs/s3-compatibility.md'), 'utf8');
  assert.equal(page, renderCompatibilityPage(), 'Run `make docs` and commit the page.');
});
