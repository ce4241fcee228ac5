import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../bench/simulate/options.ts';

describe('the options of a simulation', () => {
  it('have defaults: ten million users, and a budget of three times their load', () => {
    const { scenario, sampleUsers } = parseOptions([]);
    expect(scenario).toMatchObject({ users: 10_000_000, days: 90, hotShare: 0.1, tenants: 1 });
    expect(scenario.budgetPerSecond).toBeGreaterThan(1000);
    expect(sampleUsers).toBeLessThan(11_000);
  });

  it('take numbers with separators', () => {
    expect(parseOptions(['--users', '1,000,000']).scenario.users).toBe(1_000_000);
  });

  it('keep a sample within the users', () => {
    expect(parseOptions(['--users', '2000']).sampleUsers).toBe(2000);
  });

  it('name all problems at once', () => {
    const wrong = ['--users', 'many', '--days', '1', '--hot', '2', '--seed', '1.5', '--budget', ''];
    expect(() => parseOptions(wrong)).toThrow(
      [
        '--users must be a whole number from 1000 to 1000000000, not "many".',
        '--hot must be a number from 0.0001 to 1, not "2".',
        '--budget must be a whole number from 1 to 10000, not "".',
        '--days must be a whole number from 4 to 366, not "1".',
        '--seed must be a whole number from 1 to 1000000000, not "1.5".',
      ].join('\n'),
    );
  });

  it('know no others', () => {
    expect(() => parseOptions(['--user', '5'])).toThrow(/--user/);
  });
});
