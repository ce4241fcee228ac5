import { expect, it } from 'vitest';
import { outcomeShares, sweepPlace } from '../../../src/web/status-figures.ts';

const now = Date.UTC(2026, 2, 14, 9, 30);
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

it.each([
  [0, 1],
  [300, 0.5],
  [600, 0],
  [601, undefined],
])('a sweep %i seconds ago is at %s of ten minutes', (seconds, place) => {
  expect(sweepPlace(ago(seconds), now)).toBe(place);
});

it('a sweep that never was is nowhere, and one of a clock ahead is now', () => {
  expect(sweepPlace(null, now)).toBeUndefined();
  expect(sweepPlace(ago(-30), now)).toBe(1);
});

it('what became of refreshes adds up to the whole bar', () => {
  const shares = outcomeShares({ refreshed: 6, failed: 0, reauthRequired: 1, poisoned: 1 });
  expect(shares).toEqual([
    { outcome: 'refreshed', from: 0, share: 0.75 },
    { outcome: 'reauthRequired', from: 0.75, share: 0.125 },
    { outcome: 'poisoned', from: 0.875, share: 0.125 },
  ]);
  expect(outcomeShares({ refreshed: 0, failed: 0, reauthRequired: 0, poisoned: 0 })).toEqual([]);
});
