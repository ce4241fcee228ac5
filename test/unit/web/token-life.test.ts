import { describe, expect, it } from 'vitest';
import { tokenLife } from '../../../src/web/token-life.ts';

const minute = 60_000;
const times = { issued: 0, expires: 60 * minute, refresh: 45 * minute };

describe('the picture of a token’s life', () => {
  it('begins when it was issued and goes on a little beyond its expiry', () => {
    const life = tokenLife(times, 0);
    expect(life.now).toBe(0);
    expect(life.expires).toBeCloseTo(1 / 1.12);
    expect(life.refresh).toBeCloseTo(0.75 / 1.12);
    expect(tokenLife(times, 30 * minute).now).toBeCloseTo(0.5 / 1.12);
  });

  it.each([
    [44, 'fresh'],
    [45, 'due'],
    [59, 'due'],
    [60, 'expired'],
  ])('after %i of 60 minutes, with a refresh after 45, it is %s', (passed, phase) => {
    expect(tokenLife(times, passed * minute).phase).toBe(phase);
  });

  it('is fresh to the end where no refresh is planned', () => {
    const life = tokenLife({ ...times, refresh: undefined }, 59 * minute);
    expect([life.phase, life.refresh]).toEqual(['fresh', undefined]);
  });

  it('keeps what lies beyond it at its ends', () => {
    const late = tokenLife({ ...times, refresh: 30 * 24 * 60 * minute }, 5 * 60 * minute);
    expect([late.now, late.refresh, late.refreshIsBeyond]).toEqual([1, 1, true]);
    expect(tokenLife(times, -minute).now).toBe(0);
    expect(tokenLife(times, 0).refreshIsBeyond).toBe(false);
  });

  it('is drawn for a token that lives no time at all', () => {
    const life = tokenLife({ issued: 5, expires: 5, refresh: undefined }, 5);
    expect([life.now, life.phase]).toEqual([0, 'expired']);
    expect(Number.isFinite(life.expires)).toBe(true);
  });
});
