/** Lines of columns: numbers under the right end of their titles, texts under the left. */
export function textTable(
  titles: readonly string[],
  rows: readonly (readonly (number | string)[])[],
): string {
  const cells = rows.map((row) =>
    row.map((value) => (typeof value === 'number' ? value.toLocaleString('en') : value)),
  );
  const columns = titles.map((title, column) => ({
    isText: rows.some((row) => typeof row[column] === 'string'),
    width: Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  }));
  const line = (row: readonly string[]) =>
    columns
      .map(({ isText, width }, column) => {
        const cell = row[column] ?? '';
        return isText ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return [titles, ...cells].map(line).join('\n');
}
