import { type CostAssumptions, monthlyCost } from './costs.ts';
import type { PriceFile } from './prices.ts';

/** What a month costs for some numbers of users, as Markdown: items, their prices, what is assumed. */
export function costTable(
  sizes: readonly number[],
  assumptions: CostAssumptions,
  file: PriceFile,
): string {
  const columns = sizes.map((users) => monthlyCost(users, assumptions, file));
  const [first = []] = columns;
  const titles = sizes.map((users) => `${count(users)} users`);
  const money = (cost: number) => cost.toFixed(2);
  const rows = first.map(({ item }, row) => {
    const cells = columns.map((items) => {
      const { quantity = 0, cost = 0 } = items[row] ?? {};
      return `${count(quantity)}: ${money(cost)}`;
    });
    return [item, ...cells];
  });
  const totals = columns.map((items) => money(items.reduce((total, { cost }) => total + cost, 0)));
  const priceRows = Object.values(file.prices).map(({ price, unit, free, source }) => [
    ...[unit, String(price), free > 0 ? count(free) : 'none', source],
  ]);
  return [
    `A month, in ${file.currency}. In each cell the quantity and what it costs.`,
    table(['item', ...titles], [...rows, ['**together**', ...totals]]),
    `Prices. ${file.note}`,
    table(['unit', file.currency, 'free a month', 'to be checked at'], priceRows),
    'Assumptions, none of them measured in Azure:',
    table(
      ['assumption', 'value'],
      Object.entries(assumptions).map(([name, value]) => [
        wordsOf(name),
        value.toLocaleString('en'),
      ]),
    ),
  ].join('\n\n');
}

export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

function count(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
