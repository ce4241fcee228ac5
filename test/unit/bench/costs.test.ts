import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { costAssumptions } from '../../../bench/simulate/costs/assumptions.ts';
import { costTable } from '../../../bench/simulate/costs/cost-table.ts';
import {
  deploymentNames,
  describeDeployment,
  readSnapshot,
} from '../../../bench/simulate/costs/deployment.ts';
import { fixedCost, total, variableCost } from '../../../bench/simulate/costs/monthly-cost.ts';
import {
  listPrices,
  type Priced,
  type PriceFile,
  readPrices,
} from '../../../bench/simulate/costs/prices.ts';
import { readAppFunctions } from '../../../tools/infra/app-functions.ts';

const file = readPrices(listPrices);
const functions = readAppFunctions();
const sizes = [1_000, 100_000, 1_000_000];
const deployment = (name: 'dev' | 'prod') =>
  describeDeployment(name, readSnapshot(name), functions);
const [dev, prod] = [deployment('dev'), deployment('prod')];

const fixed = (of: typeof dev, prices: PriceFile = file) => fixedCost(of, costAssumptions, prices);
const variable = (users: number, of: typeof dev, prices: PriceFile = file) =>
  variableCost(users, of, costAssumptions, prices);
const itemOf = (items: ReturnType<typeof fixed>, priced: Priced) =>
  items.find((each) => each.priced === priced) ?? { quantity: 0, cost: 0 };

/** The price file with another price. */
function withPrice(name: Priced, price: number): PriceFile {
  return { ...file, prices: { ...file.prices, [name]: { ...file.prices[name], price } } };
}

const minutes = (365 / 12) * 24 * 60;

describe('fixed costs', () => {
  it('hold what runs by itself: a sweep each minute, the janitor, health checks', () => {
    const executions = minutes + minutes / 60 + dev.healthChecks;
    expect(itemOf(fixed(dev), 'onDemandExecutions').quantity).toBeCloseTo(executions);
    expect(itemOf(fixed(prod), 'readyExecutions').quantity).toBeGreaterThan(executions);
    expect(itemOf(fixed(dev), 'tableRequests').quantity).toBeGreaterThan(17 * minutes);
    expect(itemOf(fixed(dev), 'logGigabytes').quantity).toBeGreaterThan(0.5);
  });

  it('of production run on always-ready instances, at their price and without free quantities', () => {
    expect(itemOf(fixed(prod), 'onDemandExecutions').quantity).toBe(0);
    expect(itemOf(fixed(prod), 'readyGigabyteSeconds').cost).toBeGreaterThan(0);
    const dearer = fixed(prod, withPrice('readyGigabyteSeconds', 0.000032));
    expect(itemOf(dearer, 'readyGigabyteSeconds').cost).toBeCloseTo(
      2 * itemOf(fixed(prod), 'readyGigabyteSeconds').cost,
    );
  });

  it('hold the polling of each listening instance', () => {
    const polls = (of: typeof dev) => itemOf(fixed(of), 'queueClass2').quantity;
    // Two queues: in production with two instances each.
    expect(polls(prod) - polls(dev)).toBeCloseTo(
      2 * 12 * minutes + (prod.healthChecks - dev.healthChecks),
    );
  });
});

describe('variable costs', () => {
  it('are nothing without users', () => {
    expect(total(variable(0, prod))).toBe(0);
  });

  it('grow with users in each item, logs beyond the daily cap too: Azure may bill them', () => {
    for (const of of [dev, prod]) {
      const [few = [], many = []] = [1_000, 100_000].map((users) => variable(users, of));
      few.forEach(({ quantity, cost }, at) => {
        expect(quantity).toBeGreaterThanOrEqual(0);
        expect(cost).toBeGreaterThanOrEqual(0);
        expect(many[at]?.quantity).toBeGreaterThanOrEqual(quantity);
      });
      const logs = (users: number) => itemOf(variable(users, of), 'logGigabytes').quantity;
      expect(logs(1_000_000)).toBeGreaterThan(5 * logs(100_000));
    }
  });

  it('hold about thirty refreshes a day of a hot user, of three requests each', () => {
    const messages = itemOf(variable(1_000_000, prod), 'queueClass1Gzrs').quantity / 3;
    const perHotUserAndDay = messages / 100_000 / (365 / 12);
    expect(perHotUserAndDay).toBeGreaterThan(30);
    expect(perHotUserAndDay).toBeLessThan(31);
    const requests = itemOf(variable(1_000_000, prod), 'tableRequests').quantity;
    expect(requests).toBeGreaterThan(3 * messages);
  });

  it('follow the storage: GZRS in production, LRS in dev, and replication in one of them', () => {
    const items = (of: typeof dev) => variable(100_000, of).filter(({ quantity }) => quantity > 0);
    const priced = (of: typeof dev) => items(of).map((each) => each.priced);
    expect(priced(prod)).toEqual(
      expect.arrayContaining(['tableGigabytesGzrs', 'queueClass1Gzrs', 'geoReplicatedGigabytes']),
    );
    expect(priced(dev)).toEqual(expect.arrayContaining(['tableGigabytesLrs', 'queueClass1Lrs']));
    expect(priced(dev)).not.toContain('geoReplicatedGigabytes');
  });

  it('spill over to on-demand instances when always-ready ones are full', () => {
    const busy = { ...costAssumptions, secondsPerRequest: 60 };
    const items = variableCost(1_000_000, prod, busy, file);
    const ready = itemOf(items, 'readyGigabyteSeconds').quantity;
    expect(ready).toBeLessThan(10 * 2 * minutes * 60);
    expect(itemOf(items, 'onDemandGigabyteSeconds').quantity).toBeGreaterThan(ready);
  });
});

describe('prices', () => {
  it('leave the first ten time series of metric alerts free', () => {
    const cost = (quantity: number) => {
      const charges = [{ item: 'time series', priced: 'metricAlertSeries', quantity } as const];
      return itemOf(fixed({ ...dev, charges: [...charges] }), 'metricAlertSeries').cost;
    };
    expect([cost(9), cost(10)]).toEqual([0, 0]);
    expect(cost(12)).toBeCloseTo(0.2);
  });

  it('have a page, and a dated record or nothing', () => {
    const today = new Date().toISOString();
    for (const { source, lookedUp } of Object.values(file.prices)) {
      expect(new URL(source).host).toBe('azure.microsoft.com');
      if (lookedUp) expect(lookedUp.on < today).toBe(true);
    }
  });

  it('that were not looked up say so in their row', () => {
    const lines = table().split('\n');
    for (const { unit, lookedUp } of Object.values(file.prices)) {
      const row = lines.find((line) => line.startsWith(`| ${unit} |`));
      if (!row) continue;
      expect(row.includes('not looked up: as remembered')).toBe(lookedUp === null);
      expect(row).toContain(lookedUp?.on ?? '');
    }
  });
});

function table(): string {
  return costTable({ sizes, deployments: [dev, prod], assumptions: costAssumptions, file });
}

describe('the table', () => {
  it('shows dev and prod apart, fixed and variable apart, and their sum', () => {
    const text = table();
    expect(deploymentNames).toEqual(['dev', 'prod']);
    expect(text).toContain('| item | dev | prod |');
    for (const { name } of [dev, prod]) expect(text).toContain(`**Variable, ${name}**`);
    expect(text).toContain('| item | 1,000 users | 100,000 users | 1,000,000 users |');
    const sum = total(fixed(prod)) + total(variable(1_000_000, prod));
    const together = text.split('\n').find((line) => line.startsWith('| prod | '));
    expect(together).toContain(sum.toLocaleString('en', { maximumFractionDigits: 2 }).slice(0, -1));
  });

  it('says of a workspace with a daily cap that the cap is no limit of the bill', () => {
    expect(table()).toMatch(/workspace of dev has a cap of 1 GB.*no limit of the bill/);
    expect(table()).not.toContain('workspace of prod has a cap');
  });

  it('lists what is assumed of the host: metrics, leases, blob writes', () => {
    for (const [name, value] of [
      ['metric rows per function', 7],
      ['leases per timer per minute', 3],
      ['blob writes per timer run', 1],
    ]) {
      expect(table()).toContain(`| ${name} | ${value} |`);
    }
  });

  it('is what docs/costs.md shows', () => {
    const page = readFileSync(new URL('../../../docs/costs.md', import.meta.url), 'utf8');
    const [, block = ''] = page.split(/<!-- \/?costs -->/);
    expect(block.trim(), 'npm run simulate -- --costs --write docs/costs.md').toBe(table());
  });
});
