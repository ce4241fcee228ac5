import type { HeartbeatStore, Heartbeats } from '../../../src/lib/auth/refresh/ports.ts';

export function createMemoryHeartbeatStore(): HeartbeatStore {
  const last: Omit<Heartbeats, 'counts'> = {
    sweep: undefined,
    catchUp: undefined,
    janitor: undefined,
    breakerOpenUntil: 0,
  };
  const rows = new Map<string, { periodStart: number; counts: Heartbeats['counts'] }>();
  return {
    async writeSweep(by, heartbeat) {
      last[by === 'timer' ? 'sweep' : 'catchUp'] = { ...heartbeat };
    },
    async writeJanitor(run) {
      last.janitor = { ...run };
    },
    async writeBreaker(openUntil) {
      last.breakerOpenUntil = openUntil;
    },
    async writeCounts(instance, periodStart, counts) {
      rows.set(`${periodStart}|${instance}`, { periodStart, counts: { ...counts } });
    },
    async deleteCounts(before) {
      const old = [...rows].filter(([, { periodStart }]) => periodStart < before);
      for (const [key] of old) rows.delete(key);
      return old.length;
    },
    async read(countsSince) {
      const counts = { refreshed: 0, failed: 0, reauthRequired: 0, poisoned: 0 };
      for (const row of rows.values()) {
        if (row.periodStart < countsSince) continue;
        for (const name of Object.keys(counts) as (keyof typeof counts)[]) {
          counts[name] += row.counts[name];
        }
      }
      return { ...last, counts };
    },
  };
}
