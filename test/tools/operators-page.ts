import type { OperatorCase } from '../gateway/services/documents/operator-cases.ts';
import { operatorCases } from '../gateway/services/documents/operators/index.ts';

const HEAD = `# Operators of documents

<!-- Written by \`make docs\` from test/gateway/services/documents/operators/. -->

What of MongoDB's query language the documents understand; each clause is shown by a test that runs it. An operator that is not
known is refused by its name (\`invalid-query\`, 400), never ignored. Regular expressions run on RE2, in a time that grows with
the text alone: lookaround and backreferences are refused. \`$where\`, \`$function\` and \`$accumulator\`, which would run
JavaScript, are refused as well.
`;

/** In the order of the page. */
const TITLES: Readonly<Record<OperatorCase['kind'], string>> = {
  filter: 'Filters',
  projection: 'Projections',
  sort: 'Sorts',
  update: 'Updates',
  stage: 'Stages of pipelines',
  accumulator: 'Accumulators',
  expression: 'Expressions',
};

/** The page of every operator of documents that a test shows, as Markdown. */
export function renderOperatorsPage(): string {
  const kinds = Object.keys(TITLES) as OperatorCase['kind'][]; // those are its names
  return [HEAD, ...kinds.map(renderKind).filter((part) => part !== '')].join('\n');
}

function renderKind(kind: OperatorCase['kind']): string {
  const cases = operatorCases.filter((each) => each.kind === kind);
  if (cases.length === 0) return '';
  const rows = [...groupByOperator(cases)].sort(([a], [b]) => compareNames(a, b)).map(renderRow);
  return `## ${TITLES[kind]}\n\n| operator | what it does | refused | MongoDB's manual |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

function groupByOperator(cases: readonly OperatorCase[]): Map<string, OperatorCase[]> {
  const groups = new Map<string, OperatorCase[]>();
  for (const each of cases) groups.set(each.operator, [...(groups.get(each.operator) ?? []), each]);
  return groups;
}

function compareNames(a: string, b: string): number {
  return Number(a.startsWith('$')) - Number(b.startsWith('$')) || (a < b ? -1 : 1);
}

function renderRow([operator, cases]: [string, readonly OperatorCase[]]): string {
  const shown = cases.filter((each) => 'expected' in each).map(({ title }) => title);
  const refused = cases.flatMap((each) => ('failure' in each ? [each.failure] : []));
  const references = [...new Set(cases.map(({ reference }) => reference))];
  const cells = [`\`${operator}\``, shown.join('; '), refused.map(quote).join('; '), references.join(', ')];
  return `| ${cells.map(asCell).join(' | ')} |`;
}

function quote(message: string): string {
  return `"${message}"`;
}

function asCell(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
