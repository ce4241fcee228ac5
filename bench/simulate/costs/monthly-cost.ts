import type { CostAssumptions } from './assumptions.ts';
import type { Deployment } from './deployment.ts';
import { type Charge, costOf, type PriceFile } from './prices.ts';
import { monthOf, usage } from './workload.ts';

/** A row of a bill. */
export interface CostItem extends Charge {
  cost: number;
}

/** What a deployment costs in a month with no users: what exists, and what runs by itself. */
export function fixedCost(
  deployment: Deployment,
  assumptions: CostAssumptions,
  { prices }: PriceFile,
): CostItem[] {
  const idle = usage(monthOf(0, deployment, assumptions));
  return [...deployment.charges, ...idle].map((charge) => ({
    ...charge,
    cost: costOf(charge.quantity, prices[charge.priced]),
  }));
}

/** What users add to that: free quantities that an idle deployment leaves are theirs. */
export function variableCost(
  users: number,
  deployment: Deployment,
  assumptions: CostAssumptions,
  { prices }: PriceFile,
): CostItem[] {
  const idle = usage(monthOf(0, deployment, assumptions));
  return usage(monthOf(users, deployment, assumptions)).map((charge, at) => {
    const before = idle[at]?.quantity ?? 0;
    const price = prices[charge.priced];
    return {
      ...charge,
      quantity: charge.quantity - before,
      cost: costOf(charge.quantity, price) - costOf(before, price),
    };
  });
}

export function total(items: readonly CostItem[]): number {
  return items.reduce((sum, { cost }) => sum + cost, 0);
}
