/** Lines of columns, numbers under the right end of their titles. */
export function textTable(titles: readonly string[], rows: readonly (readonly number[])[]): string {
  const cells = rows.map((row) => row.map((value) => value.toLocaleString('en')));
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ');
  return [titles, ...cells].map(line).join('\n');
}
