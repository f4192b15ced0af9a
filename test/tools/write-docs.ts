import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCompatibilityPage } from './compatibility-page.ts';
import { renderOperatorsPage } from './operators-page.ts';
import { projectRoot } from './project-root.ts';
import { renderSettingsPage } from './settings-page.ts';

writeFileSync(join(projectRoot, 'docs/settings.md'), renderSettingsPage());
writeFileSync(join(projectRoot, 'docs/s3-compatibility.md'), renderCompatibilityPage());
writeFileSync(join(projectRoot, 'docs/operators.md'), renderOperatorsPage());
