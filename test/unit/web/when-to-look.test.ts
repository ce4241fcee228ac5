import { describe, expect, it } from 'vitest';
import { failureWait, sessionWait } from '../../../src/web/when-to-look.ts';

const second = 1000;
const minute = 60 * second;

describe('the session is read again', () => {
  it.each([
    ['soon after the next refresh', minute, minute + 5 * second],
    ['every five minutes at least', 60 * minute, 5 * minute],
    ['at once, nearly, when the refresh is due', 0, 5 * second],
    ['later and later while it is overdue', -2 * minute, minute],
    ['and not much later than that', -60 * minute, 5 * minute],
  ])('%s', (_, untilRefresh, wait) => {
    const now = 1_000 * minute;
    expect(sessionWait(now + untilRefresh, now)).toBe(wait);
  });

  it('each minute where no refresh is planned', () => {
    expect(sessionWait(undefined, 0)).toBe(minute);
  });
});

describe('after a failure', () => {
  it('the wait doubles, up to five minutes', () => {
    const waits = [1, 2, 3, 20].map((failures) => failureWait(failures));
    expect(waits).toEqual([10 * second, 20 * second, 40 * second, 5 * minute]);
  });

  it('the answer says how long it is at least', () => {
    expect(failureWait(1, 42)).toBe(42 * second);
    expect(failureWait(1, 1)).toBe(10 * second);
  });
});
