import type { ServiceLevel } from './api.ts';

/** Where figures of the service level are in their pictures: shares of the width, 0 to 1. */

/** The sweeps' picture shows so much of the past. Milliseconds. */
export const sweepsShown = 10 * 60_000;

/** The longest overdue that is well. Seconds. */
const longestOverdue = 300;

/** @returns undefined for what is longer ago than the picture goes, or never was. */
export function sweepPlace(at: string | null, now: number): number | undefined {
  const age = at === null ? Number.POSITIVE_INFINITY : Math.max(0, now - Date.parse(at));
  return age <= sweepsShown ? 1 - age / sweepsShown : undefined;
}

export function overdueShare({ oldestOverdueSeconds }: ServiceLevel): number {
  return Math.min(1, oldestOverdueSeconds / longestOverdue);
}

export const outcomes = ['refreshed', 'failed', 'reauthRequired', 'poisoned'] as const;

/** Each outcome's part of the bar, one after the other; none if nothing has been counted. */
export function outcomeShares(
  level: Pick<ServiceLevel, (typeof outcomes)[number]>,
): { outcome: (typeof outcomes)[number]; from: number; share: number }[] {
  const all = outcomes.reduce((sum, outcome) => sum + level[outcome], 0);
  let from = 0;
  return outcomes.flatMap((outcome) => {
    if (level[outcome] === 0) return [];
    const part = { outcome, from, share: level[outcome] / all };
    from += part.share;
    return [part];
  });
}
