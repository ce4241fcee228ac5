import { beforeAll, describe, expect, it, vi } from 'vitest';
import { lagChart } from '../../bench/simulate/chart.ts';
import { report } from '../../bench/simulate/report.ts';
import type { Scenario } from '../../bench/simulate/scenario.ts';
import { type SampleOptions, simulateSample } from '../../bench/simulate/simulate-sample.ts';
import { summarize } from '../../bench/simulate/summary.ts';
import { faultsIn } from '../../bench/simulate/verdict.ts';
import type { TokenStore } from '../../src/lib/auth/ports.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import { days } from '../support/clock.ts';
import type { MemoryTokenStore } from '../support/memory/token-store.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

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
  return { ...summary, measurements, problems: faultsIn(summary) };
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
  let found: Awaited<ReturnType<typeof simulate>>;

  beforeAll(async () => {
    found = await simulate(short);
  });

  it('loses nobody, and is prompt again soon after an outage and after a dead timer', () => {
    expect(found.problems).toEqual([]);
    expect(found.lapsed).toBe(0);
    expect(found.recoveries.map(({ fault }) => fault)).toEqual(['outage', 'dead timer']);
    for (const { minutes } of found.recoveries) expect(minutes).toBeLessThanOrEqual(60);
    expect(found.quietLag.p99.value).toBeLessThan(120);
  });

  it('shows an outage: tokens expire, requests are refused, users wait for its end', () => {
    expect(found.staleShare.value).toBeGreaterThan(0.9);
    expect(found.refusedShare.value).toBeGreaterThan(0);
    expect(found.recoveries[0]?.worstSeconds).toBeGreaterThan(2 * 3600);
  });

  it('is told in words and drawn', () => {
    expect(report(found)).toContain('All is as it must be');
    expect(report({ ...found, lapsed: 3 })).toContain('3 refresh tokens of the samples lapsed.');
    const chart = lagChart(found);
    expect(chart).toContain('prefers-color-scheme: dark');
    expect(chart.match(/<polyline /g)).toHaveLength(3);
    expect(chart).not.toMatch(/NaN|undefined/);
  });

  it('is the same for the same seed, and another for another', async () => {
    expect((await simulate(short)).measurements).toEqual(found.measurements);
    expect((await simulate(short, { seed: 2 })).measurements).not.toEqual(found.measurements);
  });

  it('uses every refresh token in time, whoever is absent', async () => {
    expect(await simulate(long)).toMatchObject({ lapsed: 0, problems: [] });
  });

  it('shows that tokens lapse without keep-alive', async () => {
    const { lapsed, problems } = await simulate(long, { keepAliveMs: 400 * days });
    expect(lapsed).toBeGreaterThan(0);
    expect(problems[0]).toMatch(/refresh tokens of the samples lapsed/);
  });

  it('shows that tokens lapse whose due mark is lost', async () => {
    const longer = { ...long, days: 120 };
    const { lapsed, problems } = await simulate(longer, { adapt: forgetful });
    expect(lapsed).toBeGreaterThan(0);
    expect(problems).not.toEqual([]);
  });

  it('shows a budget that does not do', async () => {
    const hotter = { ...short, hotShare: 0.3, budgetPerSecond: 0.05 };
    const { problems, lapsed } = await simulate(hotter);
    expect(problems.join(' ')).toMatch(/prompt again never/);
    expect(lapsed).toBe(0);
  });
});
