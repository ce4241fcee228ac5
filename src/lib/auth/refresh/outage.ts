import type { MinuteCounts } from './ports.ts';

const minuteMs = 60_000;
/** The longest back-off is 15 minutes: a user who still fails shows within this time. */
const longestSilenceMs = 16 * minuteMs;
/** So many failed minutes are an outage, however few the failures. */
const failedMinutes = 3;
/** So many failed minutes are an outage too, if there are many failures in them. */
const fewerMinutes = 2;
const manyFailures = 10;
/** So many users that all failed alone have more in common than chance. */
const severalUsers = 3;

/**
 * Whether refresh fails for everybody. A minute without attempts doesn't count, and the first minute in which
 * refresh works ends the outage. Users in back-off are never overdue, so their failures are counted here.
 * A user whose own row or tokens are at fault is no outage, but several of them are, if nobody else's refresh
 * works: after a rollback, for example, when all rows have a newer schema.
 *
 * @param minutes of all instances, the earliest first.
 */
export function isOutage(minutes: readonly MinuteCounts[], now: number): boolean {
  const lastGood = minutes.findLastIndex((minute) => !hasFailed(minute));
  const since = minutes.slice(lastGood + 1);
  const alone = new Set(since.flatMap((minute) => minute.alone ?? []));
  const failuresOf = (minute: MinuteCounts) =>
    minute.failed + (alone.size < severalUsers ? 0 : (minute.alone ?? []).length);
  const failing = since.filter((minute) => failuresOf(minute) > 0);
  const last = failing.at(-1);
  if (!last || now - last.at >= longestSilenceMs) return false;
  const failures = failing.reduce((sum, minute) => sum + failuresOf(minute), 0);
  if (failing.length >= fewerMinutes && failures >= manyFailures) return true;
  // An outage begins in the middle of a minute.
  const hasBegunBefore = (minutes[lastGood]?.failedLast ?? 0) > 0;
  return failing.length + (hasBegunBefore ? 1 : 0) >= failedMinutes;
}

/** No refresh worked, or more failures left a user without a valid token than refreshes worked. */
function hasFailed({ refreshed, expired }: MinuteCounts): boolean {
  return refreshed === 0 || expired > refreshed;
}
