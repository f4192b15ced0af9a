import type { Tx, Value } from '../tx.ts';

/** Rows of one statement: with so many it costs little more than what is in them. */
const ROWS = 50;

/** Where rows go: `INSERT INTO ...`, how one of them is written, and what may follow them. */
export interface ManyRows {
  readonly insert: string;
  readonly row: string;
  readonly end?: string;
}

/** Makes a statement for many rows, and one for those that are left over: texts of statements are few. */
export function manyRows({ insert, row, end = '' }: ManyRows): (count: number) => string {
  const many = `${insert} VALUES ${Array.from({ length: ROWS }, () => row).join(', ')} ${end}`;
  const one = `${insert} VALUES ${row} ${end}`;
  return (count) => (count === ROWS ? many : one);
}

/** Slices of as many rows as a statement of {@link manyRows} takes. */
export function* slices<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  let at = 0;
  for (; at + ROWS <= rows.length; at += ROWS) yield rows.slice(at, at + ROWS);
  for (; at < rows.length; at += 1) yield rows.slice(at, at + 1);
}

/** Inserts rows. */
export async function insertRows(
  tx: Tx,
  statement: (count: number) => string,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  for (const slice of slices(rows)) await tx.run(statement(slice.length), ...slice.flat());
}

/** As `insertRows`; resolves to what the statement returns of the rows, in no order that could be relied on. */
export async function insertReturning<Returned extends readonly Value[]>(
  tx: Tx,
  statement: (count: number) => string,
  rows: readonly (readonly Value[])[],
): Promise<Returned[]> {
  const returned: Returned[] = [];
  for (const slice of slices(rows))
    returned.push(...(await tx.rows<Returned>(statement(slice.length), ...slice.flat())));
  return returned;
}

/** Those of the keys that there are. */
export async function findKeys(
  tx: Tx,
  { bucketId, keys }: { readonly bucketId: number; readonly keys: readonly string[] },
): Promise<string[]> {
  const found: string[] = [];
  for (const slice of slices(keys)) {
    const sql = slice.length === ROWS ? FIND_MANY : FIND_ONE;
    found.push(...(await tx.rows<[string]>(sql, bucketId, ...slice)).map(([key]) => key));
  }
  return found;
}

const FIND_ONE = 'SELECT key FROM objects WHERE bucket_id = ? AND key IN (?)';
const FIND_MANY = FIND_ONE.replace('(?)', `(${Array.from({ length: ROWS }, () => '?').join(', ')})`);
