import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.ts';
import { renderSettingsPage } from './settings-page.ts';

writeFileSync(join(projectRoot, 'docs/settings.md'), renderSettingsPage());
