import { count, money, table } from '../markdown.ts';
import { type CostItem, total } from './monthly-cost.ts';

/** Items that are shown in a column of their own. All columns of a table have the same items. */
export interface Column {
  title: string;
  items: readonly CostItem[];
}

/** Items as rows, with a sum below them. An item that no column has is not there. */
export function itemTable(columns: readonly Column[]): string {
  const names = new Set(
    columns.flatMap(({ items }) =>
      items.filter(({ quantity }) => quantity > 0).map(({ item }) => item),
    ),
  );
  const rows = [...names].map((name) => [
    name,
    ...columns.map(({ items }) => cell(items.find(({ item }) => item === name))),
  ]);
  const sums = columns.map(({ items }) => money(total(items)));
  return table(['item', ...columns.map(({ title }) => title)], [...rows, ['**sum**', ...sums]]);
}

function cell(item: CostItem | undefined): string {
  return item && item.quantity > 0 ? `${count(item.quantity)}: ${money(item.cost)}` : '';
}
