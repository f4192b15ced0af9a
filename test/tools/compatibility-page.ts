import type { Endpoint, Scope } from '../../gateway/s3/operation.ts';
import { notImplementedOperations, operations } from '../../gateway/s3/operations/index.ts';

const HEAD = `# S3 compatibility

<!-- Written by \`make docs\` from gateway/s3/operations/. -->

Which operations of the S3 API the gateway does. What it does not do answers \`501 NotImplemented\` with the name of the
operation, as does any subresource that is not listed here and any header that would change what a request means and
that the gateway does not obey.
`;

const PATHS: Readonly<Record<Scope, string>> = { service: '/', bucket: '/{bucket}', object: '/{bucket}/{key}' };

/** The page of every S3 operation, as Markdown. */
export function renderCompatibilityPage(): string {
  return [HEAD, renderTable('Works', operations), renderTable('Answers 501', notImplementedOperations)].join('\n');
}

function renderTable(title: string, endpoints: readonly Endpoint[]): string {
  const rows = [...endpoints].sort((a, b) => (a.name < b.name ? -1 : 1)).map(renderRow);
  return `## ${title}\n\n| operation | request |\n|---|---|\n${rows.join('\n')}\n`;
}

function renderRow({ name, method, scope, query = [], header }: Endpoint): string {
  const search = query.length === 0 ? '' : `?${query.join('&')}`;
  const condition = header === undefined ? '' : ` with \`${header}\``;
  return `| ${name} | \`${method} ${PATHS[scope]}${search}\`${condition} |`;
}
