import { describe, expect, it } from 'vitest';
import { parseReturnTo } from '../../../src/lib/http/return-to.ts';
import { hostileGroups, hostileReturnTo } from '../../support/hostile-return-to.ts';
import { appErrorOf } from '../../support/thrown.ts';

describe('the hostile values of returnTo', () => {
  it('are many, and all different', () => {
    expect(hostileReturnTo.length).toBeGreaterThanOrEqual(300);
    expect(new Set(hostileReturnTo).size).toBe(hostileReturnTo.length);
  });

  it('are in groups that each have a name of their own', () => {
    const names = hostileGroups.map(({ group }) => group);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(hostileGroups)('of the group $group are refused', async ({ values }) => {
    expect(values).not.toEqual([]);
    for (const value of values) {
      const { code } = await appErrorOf(() => parseReturnTo(value)).catch((cause) => {
        throw new Error(`${JSON.stringify(value)} passes`, { cause });
      });
      expect(code, JSON.stringify(value)).toBe('invalid_request');
    }
  });
});
