import { setBounded } from '../../basics/bounded-map.ts';
import type { Clock, Lease } from '../ports.ts';

/** Milliseconds for which a lease is taken, and for which it is believed. */
export const leaseMs = 30_000;

/** How long other instances' leases hold. */
export interface LeaseWatch {
  /**
   * Whether a lease keeps us from a record. None does so for longer than {@link leaseMs} from when
   * this process first saw it: the clock of whoever took it may be ahead of ours.
   */
  holds(lease: Lease): boolean;
}

/** @param maxLeases those that were seen first are forgotten first. */
export function createLeaseWatch({
  now,
  maxLeases = 10_000,
}: {
  now: Clock;
  maxLeases?: number;
}): LeaseWatch {
  /** When leases were first seen, by owner, in that order: only of those that run for too long. */
  const firstSeen = new Map<string, number>();

  return {
    holds({ owner, until }) {
      const time = now();
      if (until <= time) {
        firstSeen.delete(owner);
        return false;
      }
      const seen = firstSeen.get(owner);
      if (seen !== undefined) return time < seen + leaseMs;
      if (until - time > leaseMs) setBounded(firstSeen, [owner, time], maxLeases);
      return true;
    },
  };
}
