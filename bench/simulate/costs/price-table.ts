import { count, table } from '../markdown.ts';
import type { Price, Priced, PriceFile } from './prices.ts';

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
