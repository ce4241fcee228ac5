import { describe, expect, it, vi } from 'vitest';
import type { Scenario } from '../../../bench/simulate/scenario.ts';
import { type SampleOptions, simulateSample } from '../../../bench/simulate/simulate-sample.ts';
import { summarize } from '../../../bench/simulate/summary.ts';
import { faultsIn } from '../../../bench/simulate/verdict.ts';
import type { TokenStore } from '../../../src/lib/auth/ports.ts';
import type { UserHash } from '../../../src/lib/auth/user.ts';
import { days } from '../../support/clock.ts';
import type { MemoryTokenStore } from '../../support/memory/token-store.ts';

vi.setConfig({ testTimeout: 60_000 });

const users = 1000;
const short: Scenario = {
  ...{ users, days: 5, hotShare: 0.1, tenants: 1, budgetPerSecond: 50, instances: 1 },
  tokenLimitPerSecond: 2000,
};
/** So long that refresh tokens lapse that nobody uses; few are hot, since they cost time. */
const long: Scenario = { ...short, days: 96, hotShare: 0.005 };

async function simulate(scenario: Scenario, options: Partial<SampleOptions> = {}) {
  const measurements = await simulateSample(scenario, { users, seed: 1, ...options });
  const summary = summarize(scenario, users, [measurements]);
  return { ...summary, measurements, found: faultsIn(summary) };
}

/** Due marks of the users of one shard get lost. */
function forgetful(tokens: MemoryTokenStore): TokenStore {
  async function forget(user: UserHash): Promise<void> {
    const status = user.startsWith('7') && (await tokens.readStatus(user, 'code'));
    if (status) tokens.removeMark(status);
  }
  return {
    ...tokens,
    async update(previous, next) {
      const version = await tokens.update(previous, next);
      await forget(next.user);
      return version;
    },
  };
}

describe('a simulation', () => {
  it('loses nobody, and is prompt again soon after an outage and after a dead timer', async () => {
    const { lapsed, recoveries, found, quietLag } = await simulate(short);
    expect(found).toEqual([]);
    expect(lapsed).toBe(0);
    expect(recoveries.map(({ fault }) => fault)).toEqual(['outage', 'dead timer']);
    for (const { minutes } of recoveries) expect(minutes).toBeLessThanOrEqual(60);
    expect(quietLag.p99.value).toBeLessThan(120);
  });

  it('shows an outage: tokens expire, requests are refused, users wait for its end', async () => {
    const { staleShare, refusedShare, recoveries } = await simulate(short);
    expect(staleShare.value).toBeGreaterThan(0.9);
    expect(refusedShare.value).toBeGreaterThan(0);
    expect(recoveries[0]?.worstSeconds).toBeGreaterThan(2 * 3600);
  });

  it('is the same for the same seed, and another for another', async () => {
    const [one, again, other] = [
      await simulate(short),
      await simulate(short),
      await simulate(short, { seed: 2 }),
    ];
    expect(again.measurements).toEqual(one.measurements);
    expect(other.measurements).not.toEqual(one.measurements);
  });

  it('uses every refresh token in time, whoever is absent', async () => {
    expect(await simulate(long)).toMatchObject({ lapsed: 0, found: [] });
  });

  it('shows that tokens lapse without keep-alive', async () => {
    const { lapsed, found } = await simulate(long, { keepAliveMs: 400 * days });
    expect(lapsed).toBeGreaterThan(0);
    expect(found[0]).toMatch(/refresh tokens of the samples lapsed/);
  });

  it('shows that tokens lapse whose due mark is lost', async () => {
    const longer = { ...long, days: 120 };
    const { lapsed, found } = await simulate(longer, { adapt: forgetful });
    expect(lapsed).toBeGreaterThan(0);
    expect(found).not.toEqual([]);
  });

  it('shows a budget that does not do', async () => {
    const hotter = { ...short, hotShare: 0.3, budgetPerSecond: 0.05 };
    const { found, lapsed } = await simulate(hotter);
    expect(found.join(' ')).toMatch(/prompt again never/);
    expect(lapsed).toBe(0);
  });
});
