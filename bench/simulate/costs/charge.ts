import type { Priced } from './prices.ts';

/** A quantity a month that has a price. */
export interface Charge {
  item: string;
  priced: Priced;
  quantity: number;
}
