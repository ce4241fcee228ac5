import { expect, it } from 'vitest';
import { isNcrontab } from '../../src/lib/ncrontab.ts';

it.each([
  '* * * * * *',
  '0 * * * * *',
  '*/30 * * * * *',
  '0 */5 * * * *',
  '0 0 9-17 * * mon-fri',
  '0 0,30 8 1,15 Jan,jul *',
  '59 59 23 31 12 6',
  '0 10-50/20 * * * 0',
])('%s is a schedule', (text) => {
  expect(isNcrontab(text)).toBe(true);
});

it.each([
  '',
  '* * * * *',
  '* * * * * * *',
  '60 * * * * *',
  '0 0 24 * * *',
  '0 0 0 0 * *',
  '0 0 0 * 13 *',
  '0 0 0 * * 7',
  '0 0 0 L * *',
  '0 0 0 15W * *',
  '0 0 0 * * 1#2',
  '0 0 0 ? * *',
  '0 50-10 * * * *',
  '0 */0 * * * *',
  '0 */5/5 * * * *',
  '0 1-2-3 * * * *',
  '0 , * * * *',
  '0 -1 * * * *',
  '0 0 0 mon * *',
  '99 x y z 1 2',
  '00:05:00',
])('%j is none', (text) => {
  expect(isNcrontab(text)).toBe(false);
});
