import { describe, expect, it } from 'vitest';
import { isOutage } from '../../../../src/lib/auth/refresh/outage.ts';
import type { MinuteCounts } from '../../../../src/lib/auth/refresh/ports.ts';
import { minutes, startTime } from '../../../support/clock.ts';

/** What was refreshed, what failed, who was left without a token, and what failed after a success. */
type Minute = readonly [refreshed: number, failed: number, expired?: number, failedLast?: number];

const idle: Minute = [0, 0];
const good: Minute = [3, 0];
const bad: Minute = [0, 1];

/** As it looks at the end of the last minute, or some minutes later. */
function isOutageAfter(history: readonly Minute[], later = 0): boolean {
  const counts = history.map(
    ([refreshed, failed, expired = 0, failedLast = 0], n): MinuteCounts => ({
      ...{ at: startTime + n * minutes, refreshed, failed, failedLast, expired },
    }),
  );
  return isOutage(counts, startTime + (history.length + later) * minutes - 1);
}

describe('an outage', () => {
  it.each<[string, readonly Minute[]]>([
    ['three minutes in which everything failed', [good, bad, bad, bad]],
    ['whatever succeeded in the minute before', [[500, 3], bad, bad, bad]],
    ['one that began in the middle of a minute', [[5, 2, 0, 2], bad, bad]],
    ['two minutes in which many failed', [good, [0, 40], [0, 50]]],
    ['minutes of a user in back-off, with nothing between', [bad, bad, idle, idle, idle, bad]],
    [
      'more expired tokens than refreshes, minute after minute',
      [
        [2, 9, 9],
        [1, 5, 3],
        [1, 2, 2],
      ],
    ],
  ])('is %s', (_, history) => {
    expect(isOutageAfter(history)).toBe(true);
  });

  it.each<[string, readonly Minute[]]>([
    ['nothing at all', []],
    ['one refresh that failed, and nothing else due', [bad]],
    ['one user’s failures in two minutes', [good, [0, 2], [0, 2]]],
    ['many failures in one minute', [good, [0, 500]]],
    [
      'many failures within seconds, in two minutes',
      [
        [300, 40, 0, 40],
        [0, 500],
      ],
    ],
    ['failures before a success, and two minutes later', [[1, 2, 0, 0], bad, bad]],
    ['three minutes apart that failed, and a success between', [bad, bad, good, bad]],
    [
      'failures beside successes',
      [
        [1, 9],
        [1, 9],
        [1, 9],
        [1, 9],
      ],
    ],
    [
      'a few expired tokens beside many refreshes',
      [
        [9, 2, 2],
        [9, 2, 2],
        [9, 2, 2],
      ],
    ],
  ])('is not %s', (_, history) => {
    expect(isOutageAfter(history)).toBe(false);
  });

  it('is over with the first minute in which a refresh worked', () => {
    const failing = [bad, bad, bad, bad];
    expect(isOutageAfter([...failing, [1, 0]])).toBe(false);
    expect(isOutageAfter([...failing, [1, 8]])).toBe(false);
  });

  it('lasts while the only user is in back-off for a quarter of an hour each time', () => {
    const quarter = Array.from({ length: 14 }, () => idle);
    const failing = [bad, ...quarter, bad, ...quarter, bad];
    expect(isOutageAfter(failing, 15)).toBe(true);
    expect(isOutageAfter(failing, 16)).toBe(false);
  });
});

describe('users whose own rows or tokens are at fault', () => {
  const none = { refreshed: 0, failed: 0, failedLast: 0, expired: 0 };
  const isOutageOf = (history: readonly Partial<MinuteCounts>[]) =>
    isOutage(
      history.map((minute, n) => ({ at: startTime + n * minutes, ...none, ...minute })),
      startTime + history.length * minutes - 1,
    );
  const many = Array.from({ length: 10 }, (_, n) => `user-${n}`);

  it('are no outage while they are few, however often they fail', () => {
    const hour = Array.from({ length: 60 }, () => ({ alone: ['one', 'other'] }));
    expect(isOutageOf(hour)).toBe(false);
  });

  it('are an outage if several of them fail for three minutes and nobody is refreshed', () => {
    const minute = { alone: ['one', 'other'] };
    expect(isOutageOf([{ refreshed: 1 }, minute, minute, { alone: ['third'] }])).toBe(true);
    expect(isOutageOf([{ alone: many }, { alone: many }])).toBe(true);
  });

  it('are none beside a refresh that works, and don’t make another’s failure one', () => {
    expect(isOutageOf([{ alone: many }, { alone: many }, { alone: many, refreshed: 1 }])).toBe(
      false,
    );
    const minute = { alone: ['one'] };
    expect(isOutageOf([minute, { failed: 1 }, minute, { failed: 1 }, minute])).toBe(false);
  });
});
