import { describe, expect, it } from 'vitest';
import { days } from '../support/clock.ts';
import { type Pair, tryOrders } from '../support/matrix/interleavings.ts';
import { pairs } from '../support/matrix/pairs.ts';

/**
 * Two use cases of one user, on two instances, in every order of their storage operations where there
 * are at most 500; else in every order in which each is interrupted once, at any operation and for
 * any number of the other's. Then 35 days pass. I1 to I9 hold all the while.
 */
describe.each<[string, number, readonly Pair[]]>([
  ['without retention', 0, pairs],
  ['with tokens retained for 30 days', 30 * days, pairs.filter(({ isRetaining }) => isRetaining)],
])('at once, in any order, %s', (_name, retainMs, played) => {
  const named = played.map((pair) => ({
    pair,
    names: pair.actors.map(({ name }) => name).join(' and '),
  }));

  it.each(named)(
    '$names leave nothing wrong',
    async ({ pair }) => {
      const { orders, violations } = await tryOrders(pair, retainMs);
      expect(violations).toEqual([]);
      expect(orders).toBeGreaterThan(1);
    },
    60_000,
  );
});
