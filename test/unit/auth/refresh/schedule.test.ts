import { describe, expect, it } from 'vitest';
import {
  dueTime,
  isFresh,
  isHot,
  isKeepAliveDue,
  keepAliveTime,
  nextDue,
} from '../../../../src/lib/auth/refresh/schedule.ts';
import { days, hours, minutes, seconds, startTime } from '../../../support/clock.ts';
import { refreshPolicy } from '../../../support/refresh-policy.ts';

const leads = [seconds, 5 * minutes, 15 * minutes, 2 * hours];
const lifetimes = [
  90 * seconds,
  2 * minutes,
  6 * minutes,
  45 * minutes,
  hours,
  90 * minutes,
  28 * hours,
];
const randoms = [0, 0.25, 0.5, 0.999_999];

const cases = lifetimes.flatMap((lifetime) =>
  leads.flatMap((leadMs) => randoms.map((random) => ({ lifetime, leadMs, random }))),
);

function dueAfter({ lifetime, leadMs, random }: (typeof cases)[number]): number {
  const policy = { leadMs, random: () => random };
  return dueTime(policy, startTime, startTime + lifetime) - startTime;
}

describe('the time of refresh', () => {
  it('is before expiry, and never within 30 seconds', () => {
    for (const each of cases) {
      expect(dueAfter(each)).toBeGreaterThanOrEqual(30 * seconds);
      expect(dueAfter(each)).toBeLessThan(each.lifetime);
    }
  });

  it('is the lead before expiry, earlier by at most a third of the lifetime', () => {
    for (const each of cases) {
      const latest = each.lifetime - Math.min(each.leadMs, each.lifetime / 3);
      expect(dueAfter(each)).toBeLessThanOrEqual(Math.max(latest, 30 * seconds) + 1);
      expect(dueAfter(each)).toBeGreaterThanOrEqual(latest - each.lifetime / 3 - 1);
    }
  });

  it('of tokens that live shorter than the lead is not at once', () => {
    const short = { lifetime: 6 * minutes, leadMs: 15 * minutes };
    expect(dueAfter({ ...short, random: 0 })).toBe(4 * minutes);
    expect(dueAfter({ ...short, random: 0.5 })).toBe(3 * minutes);
  });

  it('spreads users that signed in together', () => {
    const hour = { lifetime: hours, leadMs: 15 * minutes };
    expect(dueAfter({ ...hour, random: 0 })).toBe(45 * minutes);
    expect(dueAfter({ ...hour, random: 0.5 })).toBe(35 * minutes);
  });

  it.each([0, -hours, seconds])('of tokens with %d ms to live is in 30 seconds', (lifetime) => {
    expect(dueAfter({ lifetime, leadMs: minutes, random: 0.5 })).toBe(30 * seconds);
  });

  it('is a whole millisecond', () => {
    expect(Number.isInteger(dueAfter({ lifetime: 100_001, leadMs: hours, random: 0.77 }))).toBe(
      true,
    );
  });
});

describe('an access token', () => {
  const token = (lifetime: number) => ({
    refreshedAt: startTime,
    accessTokenExpiresAt: startTime + lifetime,
  });

  it('is fresh until a minute before it expires', () => {
    expect(isFresh(token(hours), startTime + 59 * minutes - 1)).toBe(true);
    expect(isFresh(token(hours), startTime + 59 * minutes)).toBe(false);
  });

  it('with a short life is fresh for nine tenths of it', () => {
    expect(isFresh(token(100 * seconds), startTime + 90 * seconds - 1)).toBe(true);
    expect(isFresh(token(100 * seconds), startTime + 90 * seconds)).toBe(false);
  });

  it('that has expired is not fresh, whatever its life', () => {
    for (const lifetime of [-seconds, 0, seconds, hours]) {
      expect(isFresh(token(lifetime), startTime + Math.max(lifetime, 0))).toBe(false);
    }
  });

  it('is due before it stops being fresh', () => {
    for (const each of cases.filter(({ leadMs }) => leadMs > minutes)) {
      expect(isFresh(token(each.lifetime), startTime + dueAfter(each) - 1)).toBe(true);
    }
  });
});

describe('tokens obtained now', () => {
  const sessionsEndAt = startTime + 60 * days;
  const tokens = { now: startTime, expiresAt: startTime + hours, sessionsEndAt };

  it('are due before they expire for a user seen lately', () => {
    const lastSeenAt = startTime - 24 * hours + 1;
    expect(isHot(refreshPolicy, lastSeenAt, startTime)).toBe(true);
    expect(nextDue(refreshPolicy, { ...tokens, lastSeenAt })).toBe(startTime + 45 * minutes);
  });

  it('are looked at each day for others with a session, and due for keep-alive without', () => {
    const lastSeenAt = startTime - 24 * hours;
    expect(isHot(refreshPolicy, lastSeenAt, startTime)).toBe(false);
    expect(nextDue(refreshPolicy, { ...tokens, lastSeenAt })).toBe(startTime + days);
    const retained = { ...tokens, lastSeenAt, sessionsEndAt: startTime };
    const due = (retainMs: number) => nextDue({ ...refreshPolicy, retainMs }, retained);
    expect(due(60 * days)).toBe(startTime + 30 * days);
    expect(due(5 * days)).toBe(startTime + 5 * days);
  });

  it.each([
    ['an absent user’s', startTime - 2 * days, 20 * hours],
    ['a user’s who was seen lately', startTime, 20 * minutes],
  ])('are due no later than nobody needs them any more: %s', (_, lastSeenAt, left) => {
    const due = (end: number, retainMs = 0) =>
      nextDue({ ...refreshPolicy, retainMs }, { ...tokens, lastSeenAt, sessionsEndAt: end });
    expect(due(startTime + left)).toBe(startTime + left);
    expect(due(startTime + left - 10 * minutes, 10 * minutes)).toBe(startTime + left);
    expect(due(startTime + left, 300 * days)).toBe(due(startTime + 400 * days, days));
  });

  it.each([-hours, 0, 29 * seconds])(
    'are not due within 30 seconds, even if nobody needs them after %d ms',
    (left) => {
      const ending = { ...tokens, lastSeenAt: startTime, sessionsEndAt: startTime + left };
      expect(nextDue(refreshPolicy, ending)).toBe(startTime + 30 * seconds);
    },
  );
});

describe('keep-alive', () => {
  const timeWith = (random: number) =>
    keepAliveTime({ ...refreshPolicy, random: () => random }, startTime);

  it('comes up to a tenth early, by chance', () => {
    expect(timeWith(0)).toBe(startTime + 30 * days);
    expect(timeWith(0.5)).toBe(startTime + 28.5 * days);
    expect(timeWith(0.999_999)).toBeGreaterThan(startTime + 27 * days);
    expect(Number.isInteger(timeWith(0.123_456_7))).toBe(true);
  });

  it('is due whenever it was to come, and not before it can', () => {
    const isDue = (now: number) => isKeepAliveDue(refreshPolicy, startTime, now);
    for (const random of [0, 0.5, 0.999_999, 1]) expect(isDue(timeWith(random))).toBe(true);
    expect(isDue(startTime + 27 * days - 1)).toBe(false);
  });
});
