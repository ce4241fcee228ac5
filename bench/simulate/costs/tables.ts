import { count, money, table } from '../markdown.ts';
import type { CostAssumptions } from './assumptions.ts';
import { type CostItem, total } from './monthly-cost.ts';
import type { Price, Priced, PriceFile } from './prices.ts';

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

/** The prices that a calculation uses, each with where it comes from. */
export function priceTable({ prices, currency }: PriceFile, used: ReadonlySet<Priced>): string {
  const rows = Object.entries(prices)
    .filter(([name]) => used.has(name as Priced))
    .map(([, { price, unit, free, source, lookedUp }]) => [
      unit,
      price.toLocaleString('en', { maximumFractionDigits: 9 }),
      free > 0 ? count(free) : '',
      `[${new URL(source).pathname.split('/').filter(Boolean).slice(2).join('/')}](${source})`,
      foundAt(lookedUp),
    ]);
  return table(['unit', currency, 'free a month', 'price page', 'looked up in a record of'], rows);
}

function foundAt(lookedUp: Price['lookedUp']): string {
  if (lookedUp === null) return 'not looked up: as remembered';
  const { at, on, region } = lookedUp;
  return `[${on}](${at}), ${region}`;
}

/** Four of them in a row. */
export function assumptionTable(assumptions: CostAssumptions): string {
  const cells = Object.entries(assumptions).map(([name, value]) => [wordsOf(name), count(value)]);
  const rows = Array.from({ length: Math.ceil(cells.length / 4) }, (_, row) =>
    [0, 1, 2, 3].flatMap((at) => cells[4 * row + at] ?? ['', '']),
  );
  return table(Array.from({ length: 4 }, () => ['assumption', 'value']).flat(), rows);
}

function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
