import { beforeEach, describe, expect, it } from 'vitest';
import type {
  HeartbeatStore,
  MinuteCounts,
  RefreshCounts,
} from '../../src/lib/auth/refresh/ports.ts';
import { days, hours, minutes, startTime } from '../support/clock.ts';

const figures = { at: startTime, due: 3, enqueued: 2, oldestOverdueMs: 90_000, durationMs: 1.5 };
const run = { at: startTime, sessions: 7, states: 5, users: 3, durationMs: 12 };
const none = { refreshed: 0, failed: 0, reauthRequired: 0, poisoned: 0 };
/** What an instance has counted, and nothing of its minutes. */
const counted = (counts: Partial<RefreshCounts>) => ({ ...none, ...counts, minutes: [] });

export function describeHeartbeatStore(name: string, create: () => Promise<HeartbeatStore>): void {
  describe(`heartbeat store on ${name}`, () => {
    let store: HeartbeatStore;

    beforeEach(async () => {
      store = await create();
    });

    async function countsSince(time: number): Promise<RefreshCounts> {
      return (await store.read(time)).counts;
    }

    it('has nothing before the first sweep', async () => {
      expect(await store.read(0)).toEqual({
        sweep: undefined,
        catchUp: undefined,
        janitor: undefined,
        breakerOpenUntil: 0,
        counts: none,
        minutes: [],
      });
    });

    it('has the last sweep', async () => {
      await store.writeSweep('timer', figures);
      const last = { ...figures, at: startTime + minutes, due: 0, enqueued: 0, oldestOverdueMs: 0 };
      await store.writeSweep('timer', last);
      expect(await store.read(0)).toMatchObject({ sweep: last, catchUp: undefined });
    });

    it('has the last sweep on the side apart from the timer’s', async () => {
      await store.writeSweep('request', figures);
      expect(await store.read(0)).toMatchObject({ sweep: undefined, catchUp: figures });
      await store.writeSweep('timer', { ...figures, at: startTime + minutes });
      const { sweep, catchUp } = await store.read(0);
      expect(sweep?.at).toBe(startTime + minutes);
      expect(catchUp).toEqual(figures);
    });

    it('has a backlog of months as one of weeks at least', async () => {
      const late = { ...figures, due: 200_000, oldestOverdueMs: 90 * days };
      await store.writeSweep('timer', late);
      const { oldestOverdueMs = 0, ...others } = (await store.read(0)).sweep ?? {};
      expect(oldestOverdueMs).toBeGreaterThan(24 * days);
      expect({ ...late, ...others }).toEqual(late);
    });

    it('has the janitor’s last run', async () => {
      await store.writeJanitor(run);
      const last = { ...run, at: startTime + hours, users: 0 };
      await store.writeJanitor(last);
      expect((await store.read(0)).janitor).toEqual(last);
    });

    it('has the latest end of all open breakers, whichever instance or client', async () => {
      await store.writeBreaker('one', 'code', startTime + 2 * minutes);
      await store.writeBreaker('two', 'code', startTime + minutes);
      await store.writeBreaker('one', 'device', startTime);
      expect((await store.read(0)).breakerOpenUntil).toBe(startTime + 2 * minutes);
      await store.writeBreaker('two', 'device', startTime + 3 * minutes);
      expect((await store.read(0)).breakerOpenUntil).toBe(startTime + 3 * minutes);
    });

    it('replaces what an instance has written of a breaker', async () => {
      await store.writeBreaker('one', 'code', startTime + minutes);
      await store.writeBreaker('one', 'code', startTime);
      expect((await store.read(0)).breakerOpenUntil).toBe(startTime);
    });

    it('closes an instance’s breaker and leaves the others’ open', async () => {
      await store.writeBreaker('one', 'code', startTime + 3 * minutes);
      await store.writeBreaker('one', 'device', startTime + 2 * minutes);
      await store.writeBreaker('two', 'code', startTime + minutes);
      await store.writeBreaker('one', 'code', undefined);
      expect((await store.read(0)).breakerOpenUntil).toBe(startTime + 2 * minutes);
      await store.writeBreaker('one', 'device', undefined);
      expect((await store.read(0)).breakerOpenUntil).toBe(startTime + minutes);
      await store.writeBreaker('two', 'code', undefined);
      expect((await store.read(0)).breakerOpenUntil).toBe(0);
    });

    it('closes a breaker that was never open, or is closed already', async () => {
      await store.writeBreaker('one', 'code', undefined);
      await store.writeBreaker('one', 'code', startTime);
      await store.writeBreaker('one', 'code', undefined);
      await store.writeBreaker('one', 'code', undefined);
      expect((await store.read(0)).breakerOpenUntil).toBe(0);
    });

    it('deletes breakers that ended before a time, and no others', async () => {
      await store.writeBreaker('one', 'code', startTime - 1);
      await store.writeBreaker('two', 'code', startTime - days);
      await store.writeBreaker('two', 'device', startTime);
      await store.writeSweep('request', figures);
      expect(await store.deleteBefore(startTime)).toBe(2);
      expect(await store.deleteBefore(startTime)).toBe(0);
      expect(await store.read(0)).toMatchObject({ breakerOpenUntil: startTime, catchUp: figures });
    });

    it('keeps its parts when another is written', async () => {
      await store.writeSweep('timer', figures);
      await store.writeSweep('request', figures);
      await store.writeJanitor(run);
      await store.writeBreaker('one', 'code', startTime);
      await store.writeCounts('a', startTime, counted({ failed: 1 }));
      expect(await store.read(startTime)).toEqual({
        sweep: figures,
        catchUp: figures,
        janitor: run,
        breakerOpenUntil: startTime,
        counts: { ...none, failed: 1 },
        minutes: [],
      });
    });

    it('adds up what all instances have counted in all periods', async () => {
      const second = startTime + 10 * minutes;
      await store.writeCounts('a', startTime, counted({ refreshed: 1, failed: 10 }));
      await store.writeCounts('b', startTime, counted({ refreshed: 2, reauthRequired: 20 }));
      await store.writeCounts('a', second, counted({ refreshed: 4, poisoned: 30 }));
      expect(await countsSince(startTime)).toEqual({
        refreshed: 7,
        failed: 10,
        reauthRequired: 20,
        poisoned: 30,
      });
    });

    it('leaves out periods that began before the time asked', async () => {
      await store.writeCounts('a', startTime - 1, counted({ refreshed: 1 }));
      await store.writeCounts('a', startTime, counted({ refreshed: 2 }));
      await store.writeCounts('b', startTime + 1, counted({ refreshed: 4 }));
      expect((await countsSince(startTime)).refreshed).toBe(6);
      expect((await countsSince(startTime + 1)).refreshed).toBe(4);
      expect(await countsSince(startTime + 2)).toEqual(none);
    });

    it('adds up what all instances have counted in each minute, the earliest first', async () => {
      const minute = (n: number, refreshed: number, failed = 0, failedLast = 0, expired = 0) => ({
        ...{ at: startTime + n * minutes, refreshed, failed, failedLast, expired },
      });
      const write = (instance: string, n: number, ...counts: MinuteCounts[]) =>
        store.writeCounts(instance, startTime + n * minutes, { ...none, minutes: counts });
      await write('b', 10, minute(10, 1), minute(12, 0, 3, 3, 2));
      await write('a', 10, minute(12, 2, 1, 0, 1));
      await write('a', 0, minute(9, 5));
      expect((await store.read(startTime)).minutes).toEqual([
        ...[minute(9, 5), minute(10, 1), minute(12, 2, 4, 3, 3)],
      ]);
      const later = await store.read(startTime + minutes);
      expect(later.minutes).toEqual([minute(10, 1), minute(12, 2, 4, 3, 3)]);
    });

    it('names each user once who failed alone in a minute, whichever instances saw it', async () => {
      const alone = (...names: string[]) => ({
        ...{ at: startTime, refreshed: 0, failed: 0, failedLast: 0, expired: 0, alone: names },
      });
      await store.writeCounts('a', startTime, { ...none, minutes: [alone('one', 'other')] });
      await store.writeCounts('b', startTime, { ...none, minutes: [alone('other', 'third')] });
      expect((await store.read(startTime)).minutes).toEqual([alone('one', 'other', 'third')]);
    });

    it('replaces what an instance has counted in a period', async () => {
      await store.writeCounts('a', startTime, counted({ refreshed: 1, failed: 1 }));
      await store.writeCounts('a', startTime, counted({ refreshed: 2 }));
      expect(await countsSince(startTime)).toEqual({ ...none, refreshed: 2 });
    });

    it('keeps what it was told, whatever becomes of the counts', async () => {
      const minute = { at: startTime, refreshed: 1, failed: 0, failedLast: 0, expired: 0 };
      const counts = { ...counted({ refreshed: 1 }), minutes: [minute] };
      await store.writeCounts('a', startTime, counts);
      counts.refreshed += 1;
      minute.refreshed += 1;
      const { counts: kept, minutes: keptMinutes } = await store.read(startTime);
      expect([kept.refreshed, keptMinutes[0]?.refreshed]).toEqual([1, 1]);
    });

    it('deletes counts of periods that began before a time, and nothing else', async () => {
      await store.writeSweep('timer', figures);
      await store.writeSweep('request', figures);
      await store.writeJanitor(run);
      await store.writeBreaker('one', 'code', startTime);
      await store.writeCounts('a', startTime - days, counted({ refreshed: 1 }));
      await store.writeCounts('a', startTime - 1, counted({ refreshed: 1 }));
      await store.writeCounts('b', startTime - 1, counted({ refreshed: 1 }));
      await store.writeCounts('a', startTime, counted({ refreshed: 1 }));
      expect(await store.deleteBefore(startTime)).toBe(3);
      expect(await store.deleteBefore(startTime)).toBe(0);
      expect(await store.read(0)).toEqual({
        sweep: figures,
        catchUp: figures,
        janitor: run,
        breakerOpenUntil: startTime,
        counts: { ...none, refreshed: 1 },
        minutes: [],
      });
    });

    it('deletes counts of more instances than one transaction takes', async () => {
      const instances = Array.from({ length: 130 }, (_, n) => `instance-${n}`);
      const counts = counted({ refreshed: 1 });
      await Promise.all(instances.map((each) => store.writeCounts(each, startTime - 1, counts)));
      expect((await countsSince(0)).refreshed).toBe(130);
      expect(await store.deleteBefore(startTime)).toBe(130);
      expect(await countsSince(0)).toEqual(none);
    });
  });
}
