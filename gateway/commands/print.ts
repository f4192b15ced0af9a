/** Prints a result: as one line of JSON where the user asked for it, otherwise as text. */
export function print(value: unknown, { json, text }: { json: true | undefined; text: string }): void {
  process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
}

/** Rows in columns, with a head; the head alone when there are none. */
export function table<Row extends Record<string, string | number>>(
  columns: (keyof Row & string)[],
  rows: Row[],
): string {
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column])))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
