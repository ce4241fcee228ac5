import { describe, expect, it } from 'vitest';
import { countdown, duration, fromNow } from '../../../src/web/times.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe('times in words', () => {
  it.each([
    [0, '0 s'],
    [89 * second, '89 s'],
    [52 * minute, '52 min'],
    [7 * hour, '7 h'],
    [-7 * hour, '7 h'],
    [6 * 24 * hour, '6 days'],
  ])('%i ms are %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [52 * minute, 'in 52 min'],
    [-3 * minute, '3 min ago'],
    [2 * second, 'just now'],
    [-4 * second, 'just now'],
  ])('%i ms from now is %s', (ms, text) => {
    expect(fromNow(ms)).toBe(text);
  });

  it.each([
    [9 * minute + 5 * second, '9:05'],
    [hour + 2 * minute + 10 * second, '1:02:10'],
    [-5 * second, '0:00'],
    [30 * 24 * hour, '30 days'],
  ])('%i ms are counted down as %s', (ms, text) => {
    expect(countdown(ms)).toBe(text);
  });
});
