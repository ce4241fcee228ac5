import { addUpMinutes } from '../../../src/lib/auth/refresh/counter.ts';
import type {
  HeartbeatStore,
  Heartbeats,
  PeriodCounts,
} from '../../../src/lib/auth/refresh/ports.ts';

export function createMemoryHeartbeatStore(): HeartbeatStore {
  const last: Omit<Heartbeats, 'counts' | 'minutes' | 'breakerOpenUntil'> = {
    sweep: undefined,
    catchUp: undefined,
    janitor: undefined,
  };
  /** Ends of open breakers, by instance and client. */
  const breakers = new Map<string, number>();
  const rows = new Map<string, { periodStart: number; counts: PeriodCounts }>();
  return {
    async writeSweep(by, heartbeat) {
      last[by === 'timer' ? 'sweep' : 'catchUp'] = { ...heartbeat };
    },
    async writeJanitor(run) {
      last.janitor = { ...run };
    },
    async writeBreaker(instance, client, openUntil) {
      const key = `${instance}|${client}`;
      if (openUntil === undefined) breakers.delete(key);
      else breakers.set(key, openUntil);
    },
    async writeCounts(instance, periodStart, counts) {
      rows.set(`${periodStart}|${instance}`, { periodStart, counts: structuredClone(counts) });
    },
    async deleteBefore(time) {
      const old = [...rows].filter(([, { periodStart }]) => periodStart < time);
      for (const [key] of old) rows.delete(key);
      const ended = [...breakers].filter(([, openUntil]) => openUntil < time);
      for (const [key] of ended) breakers.delete(key);
      return old.length + ended.length;
    },
    async read(countsSince) {
      const counts = { refreshed: 0, failed: 0, reauthRequired: 0, poisoned: 0 };
      const asked = [...rows.values()].filter(({ periodStart }) => periodStart >= countsSince);
      for (const row of asked) {
        for (const name of Object.keys(counts) as (keyof typeof counts)[]) {
          counts[name] += row.counts[name];
        }
      }
      const minutes = addUpMinutes(asked.flatMap((row) => [...row.counts.minutes]));
      return { ...last, breakerOpenUntil: Math.max(0, ...breakers.values()), counts, minutes };
    },
  };
}
