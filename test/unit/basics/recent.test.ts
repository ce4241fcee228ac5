import { describe, expect, it } from 'vitest';
import { recent } from '../../../src/lib/basics/recent.ts';
import { createManualClock } from '../../support/clock.ts';

/** A look that counts, and is over when the test says so. */
function looking() {
  const clock = createManualClock();
  let looks = 0;
  let current = Promise.withResolvers<number>();
  const look = recent(
    () => {
      looks += 1;
      return current.promise;
    },
    { ms: 5_000, now: clock.now },
  );
  return {
    ...{ clock, look },
    looks: () => looks,
    next() {
      current = Promise.withResolvers<number>();
    },
    succeed: (value: number) => current.resolve(value),
    fail: (error: Error) => current.reject(error),
  };
}

describe('what was seen a moment ago', () => {
  it('is shared by all who come during the look, and after it', async () => {
    const { look, looks, succeed } = looking();
    const during = Array.from({ length: 50 }, () => look());
    succeed(1);
    expect(await Promise.all(during)).toEqual(Array(50).fill(1));
    for (let call = 0; call < 50; call++) expect(await look()).toBe(1);
    expect(looks()).toBe(1);
  });

  it('is forgotten by order, even while somebody looks', async () => {
    const { look, looks, next, succeed } = looking();
    const before = look();
    look.forget();
    succeed(1);
    next();
    const after = look();
    succeed(2);
    expect(await Promise.all([before, after, look()])).toEqual([1, 2, 2]);
    expect(looks()).toBe(2);
  });

  it('may be a failure', async () => {
    const { look, looks, fail } = looking();
    const failure = new Error('no storage');
    const during = Promise.allSettled([look(), look()]);
    fail(failure);
    const settled = [...(await during), ...(await Promise.allSettled([look()]))];
    expect(settled.map((each) => 'reason' in each && each.reason)).toEqual(Array(3).fill(failure));
    expect(looks()).toBe(1);
  });

  it.each([5_000, -5_000])('counts no longer when the clock has moved by %d ms', async (ms) => {
    const { clock, look, looks, next, succeed } = looking();
    succeed(1);
    expect(await look()).toBe(1);
    clock.advance(ms - Math.sign(ms));
    expect(await look()).toBe(1);
    clock.advance(Math.sign(ms));
    next();
    succeed(2);
    expect(await look()).toBe(2);
    expect(looks()).toBe(2);
  });

  it('counts from the end of the look: a slow one is not repeated meanwhile', async () => {
    const { clock, look, looks, succeed } = looking();
    const first = look();
    clock.advance(60_000);
    const second = look();
    succeed(1);
    expect(await Promise.all([first, second])).toEqual([1, 1]);
    expect(await look()).toBe(1);
    expect(looks()).toBe(1);
  });
});
