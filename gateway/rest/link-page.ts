import { createHash } from 'node:crypto';
import { parentOf } from '../services/drive/paths.ts';
import type { LinkEntry, LinkInfo } from './link-info.ts';
import type { Problem } from './problem.ts';

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 4rem auto; padding: 0 1rem; }
h1 { overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
td { padding: 0.25rem 0.5rem 0.25rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
td + td { white-space: nowrap; text-align: right; }
.button, button { display: inline-block; font: inherit; padding: 0.5rem 1rem; border: 1px solid; border-radius: 0.25rem; }
label, input { display: block; font: inherit; margin: 0 0 1rem; }
`;

/** Nothing runs, nothing is loaded, and the form goes to us. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What a link leads to. @param base the path of the link's own page */
export function linkPage(info: LinkInfo, base: string): string {
  const { path, kind, owner, expires_at: expiresAt, downloads_left: left } = info;
  const download = hrefOf(`${base}/file`, { ...(path ? { path } : {}), download: '' });
  const facts = [
    kind === 'folder' ? 'Folder' : `${sizeOf(info.size_bytes)}, ${escapeHtml(info.content_type ?? '')}`,
    `from ${named(owner)}`,
    ...(expiresAt === null ? [] : [`until ${timeOf(expiresAt)}`]),
    ...(left === null ? [] : [`${left} download${left === 1 ? '' : 's'} left`]),
  ];
  return pageOf(
    info.name,
    `<h1>${named(info.name)}</h1>
<p>${facts.join(' · ')}</p>
<p><a class="button" rel="nofollow" href="${download}">Download${kind === 'folder' ? ' all as a zip' : ''}</a></p>
${path ? `<p><a href="${hrefOf(base, folderQuery(parentOf(path)))}">Back</a></p>` : ''}
${info.entries === undefined ? '' : tableOf(info.entries, base)}
${info.next ? `<p><a href="${hrefOf(base, { ...folderQuery(path ?? ''), cursor: info.next })}">More</a></p>` : ''}`,
  );
}

/** Asks for the password of a link. */
export function passwordPage(base: string, problem?: Problem): string {
  return pageOf(
    'A link with a password',
    `<h1>This link has a password</h1>
${problem === undefined ? '' : `<p role="alert">${escapeHtml(problem.detail ?? problem.message)}</p>`}
<form method="post" action="${escapeHtml(base)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" required autofocus maxlength="1024" autocomplete="off">
<button>Open</button>
</form>`,
  );
}

/** Why a link does not lead anywhere. */
export function problemPage(problem: Problem): string {
  return pageOf(
    problem.message,
    `<h1>${escapeHtml(problem.message)}</h1>
<p>${escapeHtml(problem.detail ?? '')}</p>`,
  );
}

function pageOf(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

function tableOf(entries: readonly LinkEntry[], base: string): string {
  return `<table>
${entries.map((entry) => rowOf(entry, base)).join('\n')}
</table>`;
}

function rowOf({ name, path, kind, size_bytes: sizeBytes, modified_at: modifiedAt }: LinkEntry, base: string): string {
  const isFile = kind === 'file';
  const href = isFile ? hrefOf(`${base}/file`, { path }) : hrefOf(base, { path });
  const time = modifiedAt === null ? '' : timeOf(modifiedAt);
  return `<tr><td><a href="${href}">${named(name)}${isFile ? '' : '/'}</a></td><td>${isFile ? sizeOf(sizeBytes) : ''}</td><td>${time}</td></tr>`;
}

function folderQuery(path: string): Record<string, string> {
  return path === '' ? {} : { path };
}

function hrefOf(path: string, query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return escapeHtml(text === '' ? path : `${path}?${text}`);
}

/** On its own, so that its direction turns nothing else around. */
function named(name: string): string {
  return `<bdi>${escapeHtml(name)}</bdi>`;
}

function timeOf(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

function sizeOf(sizeBytes: number | null): string {
  let [size, unit] = [sizeBytes ?? 0, 0];
  while (size >= 1024 && unit < UNITS.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? mark);
}
