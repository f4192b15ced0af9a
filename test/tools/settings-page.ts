import type { Setting } from '../../gateway/settings/setting.ts';
import { settings } from '../../gateway/settings/settings.ts';

const HEAD = `# Settings

<!-- Written by \`make docs\` from gateway/settings/settings.ts. -->

Settings are environment variables; a \`.env\` file in the working folder may add to them, and the real environment wins.
An empty variable counts as absent. A value that is not allowed, and a name beginning with \`GATEHOUSE_\` that is not in
this table, stop the start with a message that names it.

| variable | default | meaning | allowed |
|---|---|---|---|
`;

/** The page of every setting, as Markdown. */
export function renderSettingsPage(): string {
  return `${HEAD}${Object.values(settings).map(renderRow).join('\n')}\n`;
}

function renderRow({ name, kind, fallback, whenAbsent, description }: Setting<unknown>): string {
  const standard = fallback === undefined ? whenAbsent : `\`${fallback}\``;
  return `| \`${name}\` | ${standard} | ${description} | ${kind.allowed.replaceAll('<', '&lt;')} |`;
}
