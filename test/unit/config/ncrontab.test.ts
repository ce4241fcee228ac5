import { describe, expect, it } from 'vitest';
import {
  everRuns,
  isNcrontab,
  thirdLastRun,
  twoIntervalsAfter,
} from '../../../src/lib/config/ncrontab.ts';

const schedules = [
  '* * * * * *',
  '0 * * * * *',
  '*/30 * * * * *',
  '0 */5 * * * *',
  '0 0 9-17 * * mon-fri',
  '0 0,30 8 1,15 Jan,jul *',
  '59 59 23 31 12 6',
  '0 10-50/20 * * * 0',
  '0 5/15 * * * *',
];

it.each(schedules)('%s is a schedule', (text) => {
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

describe('two intervals after a time', () => {
  it.each([
    ['0 * * * * *', '2026-03-14T09:30:30Z', '2026-03-14T09:32:30.000Z'],
    ['*/15 * * * * *', '2026-03-14T09:30:00Z', '2026-03-14T09:30:30.000Z'],
    ['0 0 * * * *', '2026-03-14T09:30:00Z', '2026-03-14T11:30:00.000Z'],
    ['0 */5 9-17 * * mon-fri', '2026-03-13T03:00:00Z', '2026-03-13T03:10:00.000Z'],
  ])('of %s, %s, it is %s', (schedule, time, expected) => {
    const end = twoIntervalsAfter({ schedule, timeZone: 'UTC' }, Date.parse(time));
    expect(new Date(end()).toISOString()).toBe(expected);
  });

  it('is at once if the timer never runs', () => {
    const time = Date.parse('2026-03-14T09:30:00Z');
    expect(twoIntervalsAfter({ schedule: '0 0 0 30 2 *', timeZone: 'UTC' }, time)()).toBe(time);
  });
});

describe('the run before the last two', () => {
  it.each([
    ['0 * * * * *', '2026-03-14T09:30:30Z', '2026-03-14T09:28:00.000Z'],
    ['*/30 * * * * *', '2026-03-14T09:30:15Z', '2026-03-14T09:29:00.000Z'],
    ['0 */5 * * * *', '2026-03-14T09:31:00Z', '2026-03-14T09:20:00.000Z'],
    ['0 */5 * * * *', '2026-03-14T09:34:59Z', '2026-03-14T09:20:00.000Z'],
    // Over midnight, and over a change of the clocks in Europe.
    ['0 */5 * * * *', '2026-03-14T00:01:00Z', '2026-03-13T23:50:00.000Z'],
    ['0 0 * * * *', '2026-03-29T02:30:00Z', '2026-03-29T00:00:00.000Z'],
    // Office hours: overnight, over the weekend, and at the first run of the day.
    ['0 */5 9-17 * * mon-fri', '2026-03-13T03:00:00Z', '2026-03-12T17:45:00.000Z'],
    ['0 */5 9-17 * * mon-fri', '2026-03-15T12:00:00Z', '2026-03-13T17:45:00.000Z'],
    ['0 */5 9-17 * * mon-fri', '2026-03-16T09:01:00Z', '2026-03-13T17:50:00.000Z'],
    // Day and weekday both have to fit: Friday the 13th.
    ['0 0 8 13 * fri', '2026-03-16T09:00:00Z', '2025-06-13T08:00:00.000Z'],
    // From minute 5 on, each hour anew.
    ['0 5/15 * * * *', '2026-03-14T09:30:00Z', '2026-03-14T08:50:00.000Z'],
    ['0 0,30 8 1,15 Jan,jul *', '2026-03-14T09:30:00Z', '2026-01-01T08:30:00.000Z'],
  ])('of %s at %s was at %s', (schedule, now, expected) => {
    expect(new Date(thirdLastRun(schedule, 'UTC')(Date.parse(now))).toISOString()).toBe(expected);
  });

  it.each(schedules)('is known of %s', (schedule) => {
    const now = Date.parse('2026-03-14T09:30:00Z');
    const last = thirdLastRun(schedule, 'UTC')(now);
    expect(last).toBeGreaterThan(0);
    expect(last).toBeLessThan(now);
  });

  it('was never if there is none', () => {
    expect(thirdLastRun('0 0 0 30 2 *', 'UTC')(Date.parse('2026-03-14T09:30:00Z'))).toBe(0);
  });

  it('counts no run to come', () => {
    const now = Date.parse('2026-03-14T09:30:59.999Z');
    expect(thirdLastRun('0 * * * * *', 'UTC')(now)).toBe(Date.parse('2026-03-14T09:28:00Z'));
  });
});

describe('in another time zone', () => {
  it.each([
    // Nightly at 03:00, over the change to summer time, and over the change back.
    ['0 0 3 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-26T02:00:00.000Z'],
    ['0 0 3 * * *', 'Europe/Berlin', '2026-03-30T12:00:00Z', '2026-03-28T02:00:00.000Z'],
    ['0 0 3 * * *', 'Europe/Berlin', '2026-03-31T12:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['0 0 3 * * *', 'Europe/Berlin', '2026-10-26T12:00:00Z', '2026-10-24T01:00:00.000Z'],
    ['0 0 3 * * *', 'America/New_York', '2026-07-10T06:59:00Z', '2026-07-07T07:00:00.000Z'],
    // Office hours of a place where it is evening by now: nothing has been missed.
    [
      '0 */5 9-17 * * mon-fri',
      'Australia/Brisbane',
      '2026-03-13T09:20:00Z',
      '2026-03-13T07:45:00.000Z',
    ],
  ])('the run before the last two of %s in %s at %s was at %s', (schedule, zone, now, expected) => {
    expect(new Date(thirdLastRun(schedule, zone)(Date.parse(now))).toISOString()).toBe(expected);
  });

  it.each([
    ['Europe/Berlin', '2026-03-29T00:00:00Z'],
    ['Europe/Berlin', '2026-10-25T00:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T14:00:00Z'],
    ['America/New_York', '2026-11-01T05:00:00Z'],
  ])('a run every five minutes is where it is in UTC, in %s from %s on', (zone, from) => {
    const [local, utc] = [zone, 'UTC'].map((each) => thirdLastRun('0 */5 * * * *', each));
    for (let minute = 0; minute < 240; minute++) {
      const now = Date.parse(from) + minute * 60_000 + 1_000;
      expect(local?.(now)).toBe(utc?.(now));
    }
  });
});

describe('a schedule', () => {
  it.each(['0 0 0 30 2 *', '0 0 0 31 4,6,9,11 *', '0 0 0 30-31 feb *'])(
    '%s never runs',
    (schedule) => {
      expect(everRuns(schedule)).toBe(false);
    },
  );

  it.each([...schedules, '0 0 0 29 2 *', '0 0 0 31 */4 *', '0 0 0 29 2 mon'])(
    '%s runs',
    (schedule) => {
      expect(everRuns(schedule)).toBe(true);
    },
  );
});
