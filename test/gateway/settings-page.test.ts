import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../tools/project-root.ts';
import { renderSettingsPage } from '../tools/settings-page.ts';

test('docs/settings.md is what make docs writes today', () => {
  assert.equal(readFileSync(join(projectRoot, 'docs/settings.md'), 'utf8'), renderSettingsPage());
});
