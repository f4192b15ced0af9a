import type { Value } from '../tx.ts';

/**
 * What a database can tell of a document by its JSON alone. Of what it cannot tell (numbers in wrappers, elements of arrays)
 * it says yes: whoever asks looks again.
 */
export type DocumentCondition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly DocumentCondition[] }
  | { readonly kind: 'field'; readonly path: readonly string[]; readonly test: JsonTest };

export type JsonTest =
  /** A number from one to another, which are too far apart rather than too near. */
  | { readonly kind: 'number'; readonly from?: number | undefined; readonly to?: number | undefined }
  | { readonly kind: 'text'; readonly operator: TextOperator; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** Null, or not there. */
  | { readonly kind: 'null' }
  /** There, or not. */
  | { readonly kind: 'exists'; readonly isThere: boolean }
  /** An object, which a wrapper is, too. */
  | { readonly kind: 'object' }
  /** Only an array. */
  | { readonly kind: 'array' };

export type TextOperator = '=' | '<' | '<=' | '>' | '>=' | 'contains';

/** A condition as SQL over a column of JSON, with what it takes. */
export interface ConditionSql {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** Writes a condition for SQLite. */
export function writeCondition(condition: DocumentCondition, json: string): ConditionSql {
  if (condition.kind === 'field') return writeField(condition, json);
  const parts = condition.of.map((each) => writeCondition(each, json));
  const sql = parts.map((part) => part.sql).join(condition.kind === 'all' ? ' AND ' : ' OR ');
  return { sql: `(${sql})`, values: parts.flatMap(({ values }) => values) };
}

function writeField({ path, test }: Extract<DocumentCondition, { kind: 'field' }>, json: string): ConditionSql {
  const where = pathOf(path);
  const { sql, values } = writeTest(test, {
    type: `json_type(${json}, ?)`,
    value: `json_extract(${json}, ?)`,
    json,
    where,
  });
  const onTheWay = path.slice(1).map((_, at) => pathOf(path.slice(0, at + 1)));
  const arrays = onTheWay.map(() => ` OR json_type(${json}, ?) = 'array'`).join('');
  return { sql: `(${sql}${arrays})`, values: [...values, ...onTheWay] };
}

function pathOf(names: readonly string[]): string {
  return `$${names.map((name) => `."${name}"`).join('')}`;
}

interface Field {
  readonly type: string;
  readonly value: string;
  readonly json: string;
  readonly where: string;
}

function writeTest(test: JsonTest, { type, value, json, where }: Field): ConditionSql {
  switch (test.kind) {
    case 'number':
      return writeNumber(test, { type, value, json, where });
    case 'text':
      return writeText(test, { type, value, json, where });
    case 'boolean':
      return { sql: `coalesce(${type} IN ('array', '${test.value}'), 0)`, values: [where] };
    case 'null':
      return { sql: `coalesce(${type} IN ('array', 'null'), 1)`, values: [where] };
    case 'exists':
      return { sql: `${type} IS ${test.isThere ? 'NOT NULL' : 'NULL'}`, values: [where] };
    case 'object':
      return { sql: `coalesce(${type} IN ('array', 'object'), 0)`, values: [where] };
    case 'array':
      return { sql: `coalesce(${type} = 'array', 0)`, values: [where] };
  }
}

function writeNumber({ from, to }: Extract<JsonTest, { kind: 'number' }>, { type, value, where }: Field): ConditionSql {
  const bounds: [string, number][] = [];
  if (from !== undefined) bounds.push([`${value} >= ?`, from]);
  if (to !== undefined) bounds.push([`${value} <= ?`, to]);
  const inBounds = bounds.map(([sql]) => sql).join(' AND ');
  return {
    sql: `CASE ${type} WHEN 'integer' THEN ${inBounds} WHEN 'real' THEN ${inBounds} WHEN 'array' THEN 1 WHEN 'object' THEN 1 ELSE 0 END`,
    values: [where, ...twice(bounds.flatMap(([, bound]) => [where, bound]))],
  };
}

function twice(values: readonly Value[]): Value[] {
  return [...values, ...values];
}

/** Half a surrogate pair has another place in our order than in that of SQLite: JSON has it escaped. */
function writeText({ operator, value: text }: Extract<JsonTest, { kind: 'text' }>, field: Field): ConditionSql {
  const { type, value, json, where } = field;
  const isOrder = operator !== '=' && operator !== 'contains';
  const matches = operator === 'contains' ? `instr(${value}, ?) > 0` : `${value} ${operator} ?`;
  const halves = isOrder ? ` OR instr(${json}, '\\ud') > 0` : '';
  return {
    sql: `CASE ${type} WHEN 'text' THEN (${matches}${halves}) WHEN 'array' THEN 1 ELSE 0 END`,
    values: [where, where, text],
  };
}
