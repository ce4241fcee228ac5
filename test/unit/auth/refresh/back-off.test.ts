import { describe, expect, it } from 'vitest';
import { backOff } from '../../../../src/lib/auth/refresh/back-off.ts';
import { hours, minutes, seconds } from '../../../support/clock.ts';

const untold = { retryAfterSeconds: undefined, errorCodes: [] };
const told = (retryAfterSeconds: number) => ({ ...untold, retryAfterSeconds });
const throttled = { ...untold, errorCodes: [50196] };

describe('a back-off', () => {
  it('begins with 5 s and doubles up to 15 min', () => {
    const waits = Array.from({ length: 10 }, (_, n) => backOff(n + 1, untold, () => 0).dueMs);
    const inSeconds = waits.map((ms) => ms / seconds);
    expect(inSeconds).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    expect(backOff(10_000, untold, () => 0).dueMs).toBe(15 * minutes);
  });

  it('is between half and the whole of that, by chance', () => {
    expect(backOff(5, untold, () => 0).dueMs).toBe(80 * seconds);
    expect(backOff(5, untold, () => 0.5).dueMs).toBe(60 * seconds);
    expect(backOff(5, untold, () => 0.999_999).dueMs).toBe(40 * seconds);
  });

  it('keeps a request waiting for at most a minute', () => {
    const waits = [1, 4, 5, 20].map((failures) => backOff(failures, untold, () => 0).retryMs);
    expect(waits).toEqual([5 * seconds, 40 * seconds, minutes, minutes]);
  });

  it('is never over for the workers before it is for requests', () => {
    for (const fault of [untold, told(1), told(700), throttled]) {
      for (const random of [0, 0.3, 0.999_999]) {
        for (let failures = 1; failures < 20; failures++) {
          const { retryMs, dueMs } = backOff(failures, fault, () => random);
          expect(dueMs).toBeGreaterThanOrEqual(retryMs);
          expect(Number.isInteger(dueMs)).toBe(true);
        }
      }
    }
  });
});

describe('a back-off that was told', () => {
  it.each([1, 7, 90, 3600])('(%d s) is kept to, however many failures there were', (wait) => {
    for (const failures of [1, 5, 20]) {
      expect(backOff(failures, told(wait), () => 0)).toEqual({
        retryMs: wait * seconds,
        dueMs: wait * seconds,
      });
    }
  });

  it('spreads the workers over a tenth more, at most half a minute', () => {
    expect(backOff(1, told(100), () => 0.5)).toEqual({ retryMs: 100_000, dueMs: 105_000 });
    expect(backOff(1, told(3600), () => 0.5)).toEqual({ retryMs: hours, dueMs: hours + 15_000 });
  });

  it('is an hour at the longest', () => {
    expect(backOff(1, told(1e9), () => 0)).toEqual({ retryMs: hours, dueMs: hours });
  });

  it('with no time in it is none', () => {
    expect(backOff(2, told(0), () => 0)).toEqual(backOff(2, untold, () => 0));
  });
});

describe('a back-off for a user whom Entra throttles (AADSTS50196)', () => {
  it('is 5 min at least, for requests too', () => {
    expect(backOff(1, throttled, () => 0)).toEqual({ retryMs: 5 * minutes, dueMs: 5 * minutes });
    expect(backOff(1, throttled, () => 0.999_999).retryMs).toBe(5 * minutes);
  });

  it('grows as any other', () => {
    expect(backOff(8, throttled, () => 0).retryMs).toBe(640 * seconds);
    expect(backOff(20, throttled, () => 0).retryMs).toBe(15 * minutes);
  });
});
