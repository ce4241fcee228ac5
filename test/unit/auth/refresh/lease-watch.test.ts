import { expect, it } from 'vitest';
import { createLeaseWatch } from '../../../../src/lib/auth/refresh/lease-watch.ts';
import { createManualClock, days, seconds, startTime } from '../../../support/clock.ts';

function watching(options: { maxLeases?: number } = {}) {
  const clock = createManualClock();
  return { clock, watch: createLeaseWatch({ now: clock.now, ...options }) };
}

it('a lease holds until it runs out', () => {
  const { clock, watch } = watching();
  const lease = { owner: 'one', until: startTime + 30 * seconds };
  clock.advance(30 * seconds - 1);
  expect(watch.holds(lease)).toBe(true);
  clock.advance(1);
  expect(watch.holds(lease)).toBe(false);
});

it.each([30 * seconds + 1, 45 * seconds, 1 * days])(
  'a lease that has %d ms to run holds for 30 s from when it is first seen',
  (left) => {
    const { clock, watch } = watching();
    const lease = { owner: 'ahead', until: startTime + left };
    expect(watch.holds(lease)).toBe(true);
    clock.advance(30 * seconds - 1);
    expect(watch.holds(lease)).toBe(true);
    clock.advance(1);
    expect([watch.holds(lease), watch.holds(lease)]).toEqual([false, false]);
  },
);

it('each lease counts by itself', () => {
  const { clock, watch } = watching();
  const until = startTime + days;
  watch.holds({ owner: 'one', until });
  clock.advance(20 * seconds);
  watch.holds({ owner: 'two', until });
  clock.advance(15 * seconds);
  expect(watch.holds({ owner: 'one', until })).toBe(false);
  expect(watch.holds({ owner: 'two', until })).toBe(true);
});

it('the leases that were seen first are forgotten first', () => {
  const { clock, watch } = watching({ maxLeases: 2 });
  const until = startTime + days;
  for (const owner of ['one', 'two', 'three']) watch.holds({ owner, until });
  clock.advance(30 * seconds);
  expect(watch.holds({ owner: 'three', until })).toBe(false);
  expect(watch.holds({ owner: 'two', until })).toBe(false);
  // It is seen for the first time again.
  expect(watch.holds({ owner: 'one', until })).toBe(true);
});
