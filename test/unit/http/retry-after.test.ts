import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../src/lib/http/retry-after.ts';

const now = Date.parse('Fri, 31 Dec 1999 23:59:00 GMT');

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120],
    ['Fri, 31 Dec 1999 23:59:59 GMT', 59],
    ['Fri, 31 Dec 1999 23:58:00 GMT', 0],
    ['Friday, 31-Dec-99 23:59:30 GMT', 30],
    ['Fri Dec 31 23:59:59 1999', expect.any(Number)],
  ])('%j is a wait', (header, seconds) => {
    expect(parseRetryAfter(header, now)).toEqual(seconds);
  });

  it.each([undefined, '', 'soon', 'in 5 seconds', '99999999999999999999'])(
    '%j is none',
    (header) => {
      expect(parseRetryAfter(header, now)).toBeUndefined();
    },
  );

  it.each(['-5', '1.5', '5 seconds', '+5'])('%j is in neither form', (header) => {
    expect(parseRetryAfter(header, now)).toBeUndefined();
  });
});
