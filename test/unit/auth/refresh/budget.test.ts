import { describe, expect, it } from 'vitest';
import { createBudget } from '../../../../src/lib/auth/refresh/budget.ts';
import { createManualClock, minutes, seconds } from '../../../support/clock.ts';

function spending(perSecond: number) {
  const clock = createManualClock();
  return { clock, budget: createBudget(perSecond, clock.now) };
}

type Spending = ReturnType<typeof spending>;

/** Calls that go ahead in a time, each as soon as it may. */
function callsIn({ clock, budget }: Spending, ms: number): number {
  const end = clock.now() + ms;
  for (let calls = 0; ; calls++) {
    const waitMs = budget.reserve(end - clock.now());
    if (waitMs === undefined) return calls;
    clock.advance(waitMs);
  }
}

describe('a budget', () => {
  it('is its rate a second, and a second’s worth saved up', () => {
    const here = spending(50);
    expect(callsIn(here, 0)).toBe(51);
    for (let n = 0; n < 20; n++) {
      here.clock.advance(seconds - 1);
      expect(callsIn(here, 1)).toBeLessThanOrEqual(51);
      expect(here.budget.reserve(19)).toBeUndefined();
    }
  });

  it('holds over time', () => {
    const here = spending(50);
    callsIn(here, 0);
    const { clock } = here;
    let calls = 0;
    for (let n = 0; n < 60; n++) {
      clock.advance(seconds);
      calls += callsIn(here, 0);
    }
    expect(calls).toBe(60 * 50);
  });

  it('saves no more than a second’s worth', () => {
    const here = spending(50);
    callsIn(here, 0);
    here.clock.advance(10 * minutes);
    expect(callsIn(here, 0)).toBe(51);
  });

  it('may be less than one a second', () => {
    const { budget } = spending(0.5);
    expect(budget.reserve(0)).toBe(0);
    expect(budget.reserve(1_000)).toBe(1_000);
    expect(budget.reserve(10_000)).toBe(3_000);
  });

  it('tells how long to wait, and takes nothing from who does not', () => {
    const here = spending(10);
    callsIn(here, 0);
    expect(here.budget.reserve(100)).toBe(100);
    expect(here.budget.reserve(199)).toBeUndefined();
    expect(here.budget.reserve(199)).toBeUndefined();
    expect(here.budget.reserve(200)).toBe(200);
  });

  it('is spent by those who do not wait, so that others do', () => {
    const here = spending(10);
    callsIn(here, 0);
    for (let n = 0; n < 20; n++) here.budget.spend();
    expect(here.budget.reserve(2_099)).toBeUndefined();
    expect(here.budget.reserve(2_100)).toBe(2_100);
  });
});

describe('a budget that was complained of', () => {
  it('is halved', () => {
    const here = spending(48);
    callsIn(here, 0);
    here.budget.halve();
    expect(here.budget.rate()).toBe(24);
    here.budget.spend();
    expect(here.budget.reserve(seconds)).toBeCloseTo(1000 / 48 + 1000 / 24, 1);
  });

  it('is halved once for several complaints within 5 s', () => {
    const { clock, budget } = spending(48);
    budget.halve();
    clock.advance(5 * seconds - 1);
    budget.halve();
    expect(budget.rate()).toBeGreaterThanOrEqual(24);
    clock.advance(1);
    budget.halve();
    expect(budget.rate()).toBeCloseTo(12.2, 6);
  });

  it('is never less than a sixty-fourth', () => {
    const { clock, budget } = spending(64);
    for (let n = 0; n < 50; n++) {
      clock.advance(5 * seconds);
      budget.halve();
      expect(budget.rate()).toBeGreaterThanOrEqual(1);
    }
    expect(budget.rate()).toBeLessThan(1.6);
  });

  it('recovers slowly, and no further than it was', () => {
    const { clock, budget } = spending(60);
    budget.halve();
    clock.advance(minutes);
    expect(budget.rate()).toBe(36);
    clock.advance(4 * minutes);
    expect(budget.rate()).toBe(60);
    clock.advance(60 * minutes);
    expect(budget.rate()).toBe(60);
  });
});
