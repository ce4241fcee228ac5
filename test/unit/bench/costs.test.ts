import { describe, expect, it } from 'vitest';
import { costTable } from '../../../bench/simulate/cost-table.ts';
import { costAssumptions, monthlyCost } from '../../../bench/simulate/costs.ts';
import { examplePrices, readPrices } from '../../../bench/simulate/prices.ts';

const examples = readPrices(examplePrices);

function costsOf(users: number) {
  const items = monthlyCost(users, costAssumptions, examples);
  return new Map(items.map(({ priced, quantity, cost }) => [priced, { quantity, cost }]));
}

describe('a month’s costs', () => {
  it('hold what a sweep asks each minute, however few users there are', () => {
    const minutes = (365 / 12) * 24 * 60;
    expect(costsOf(0).get('tableTransactions')?.quantity).toBeCloseTo(17 * minutes);
    expect(costsOf(0).get('executions')?.quantity).toBeCloseTo(minutes);
  });

  it('hold about thirty refreshes a day of a hot user, of three requests each', () => {
    const grown = (priced: 'tableTransactions' | 'queueTransactions') =>
      (costsOf(1_000_000).get(priced)?.quantity ?? 0) - (costsOf(0).get(priced)?.quantity ?? 0);
    const messages = grown('queueTransactions') / 3;
    const perHotUserAndDay = messages / 100_000 / (365 / 12);
    expect(perHotUserAndDay).toBeGreaterThan(30);
    expect(perHotUserAndDay).toBeLessThan(31);
    expect(grown('tableTransactions')).toBeGreaterThan(3 * messages);
  });

  it('are nothing for what is free, and never less', () => {
    expect(costsOf(1_000).get('executions')).toMatchObject({ cost: expect.closeTo(0, 1) });
    for (const { cost } of costsOf(10).values()) expect(cost).toBeGreaterThanOrEqual(0);
  });

  it('follow the prices', () => {
    const { prices } = examples;
    const dearer = {
      ...prices,
      tableTransactions: { ...prices.tableTransactions, price: 0.00072 },
    };
    const items = monthlyCost(1_000, costAssumptions, { ...examples, prices: dearer });
    const twice = items.find(({ priced }) => priced === 'tableTransactions')?.cost;
    expect(twice).toBeCloseTo(2 * (costsOf(1_000).get('tableTransactions')?.cost ?? 0));
  });

  it('come with prices, where to check them, and what is assumed', () => {
    const table = costTable([1_000, 100_000], costAssumptions, examples);
    expect(table).toContain('| item | 1,000 users | 100,000 users |');
    expect(table).toMatch(/EXAMPLES/);
    for (const { source } of Object.values(examples.prices)) expect(table).toContain(source);
    expect(table).toContain('| requests per hot user per day | 10 |');
  });
});
