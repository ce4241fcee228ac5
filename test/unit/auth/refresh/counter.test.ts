import { describe, expect, it } from 'vitest';
import { createCounter, noCounts } from '../../../../src/lib/auth/refresh/counter.ts';
import type {
  HeartbeatStore,
  MinuteCounts,
  RefreshCounts,
} from '../../../../src/lib/auth/refresh/ports.ts';
import { logName } from '../../../../src/lib/auth/user.ts';
import { createManualClock, minutes, seconds } from '../../../support/clock.ts';
import { createMemoryHeartbeatStore } from '../../../support/memory/heartbeat-store.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { newUser } from '../../../support/token-records.ts';

const periodStart = Date.UTC(2026, 2, 14, 9, 30);

function counting({ instance = 'one', store = {} as Partial<HeartbeatStore> } = {}) {
  const clock = createManualClock(periodStart + 2 * minutes);
  const heartbeats = createMemoryHeartbeatStore();
  const log = createRecordingLog();
  const writes: [string, number, RefreshCounts][] = [];
  const minutesWritten: (readonly MinuteCounts[])[] = [];
  const timers: { ms: number; run: () => void }[] = [];
  const count = createCounter({
    heartbeats: {
      ...heartbeats,
      writeCounts: async (...written) => {
        const [name, start, { minutes: byMinute, ...counts }] = structuredClone(written);
        writes.push([name, start, counts]);
        minutesWritten.push(byMinute);
      },
      ...store,
    },
    instance,
    now: clock.now,
    later: (ms, run) => timers.push({ ms, run }),
    log,
  });

  /** The time of the timers has come. */
  async function pass(): Promise<void> {
    clock.advance(10 * seconds);
    for (const { run } of timers.splice(0)) run();
    await Promise.resolve();
    await Promise.resolve();
  }

  return { clock, log, writes, minutesWritten, timers, count, pass };
}

describe('a counter', () => {
  it('writes many counts at once, ten seconds after the first', async () => {
    const { count, pass, writes, timers } = counting();
    for (let n = 0; n < 100; n++) count('refreshed');
    count('failed');
    count('reauthRequired');
    count('poisoned');
    expect(writes).toEqual([]);
    expect(timers.map(({ ms }) => ms)).toEqual([10 * seconds]);
    await pass();
    const counts = { refreshed: 100, failed: 1, reauthRequired: 1, poisoned: 1 };
    expect(writes).toEqual([['one', periodStart, counts]]);
  });

  it('writes what became of the refreshes of each minute', async () => {
    const { count, pass, clock, writes, minutesWritten } = counting();
    for (const outcome of ['failed', 'refreshed', 'reauthRequired', 'failed'] as const) {
      count(outcome);
    }
    clock.advance(3 * minutes);
    for (const outcome of ['failed', 'expired', 'expired'] as const) count(outcome);
    await pass();
    expect(writes.map(([, , { failed }]) => failed)).toEqual([5]);
    expect(minutesWritten).toEqual([
      [
        { at: periodStart + 2 * minutes, refreshed: 1, failed: 2, failedLast: 1, expired: 0 },
        { at: periodStart + 5 * minutes, refreshed: 0, failed: 3, failedLast: 3, expired: 2 },
      ],
    ]);
  });

  it('counts what failed for one user alone, and names that user in the minute', async () => {
    const { count, pass, clock, writes, minutesWritten } = counting();
    const [one, other] = [newUser(), newUser()];
    for (const user of [one, one, other]) count('failed-alone', user);
    await pass();
    const none = { refreshed: 0, failed: 0, failedLast: 0, expired: 0 };
    expect(writes.map(([, , { failed }]) => failed)).toEqual([3]);
    expect(minutesWritten).toEqual([
      [{ at: periodStart + 2 * minutes, ...none, alone: [one, other].map(logName) }],
    ]);
    clock.advance(1 * minutes);
    for (let n = 0; n < 50; n++) count('failed-alone', newUser());
    await pass();
    expect(minutesWritten.at(-1)?.at(-1)?.alone).toHaveLength(10);
  });

  it('writes nothing if nothing was counted', async () => {
    const { pass, writes, timers } = counting();
    await pass();
    expect({ writes, timers }).toEqual({ writes: [], timers: [] });
  });

  it('goes on counting within a period', async () => {
    const { count, pass, writes } = counting();
    count('refreshed');
    await pass();
    count('refreshed');
    await pass();
    const counts = { ...noCounts, refreshed: 2 };
    expect(writes.at(-1)).toEqual(['one', periodStart, counts]);
  });

  it('begins anew with each period, and writes what was left of the last', async () => {
    const { count, pass, writes, clock } = counting();
    count('refreshed');
    clock.advance(8 * minutes);
    count('failed');
    await pass();
    expect(writes).toEqual([
      ['one', periodStart, { ...noCounts, refreshed: 1 }],
      ['one', periodStart + 10 * minutes, { ...noCounts, failed: 1 }],
    ]);
  });

  it('writes nothing of the last period twice', async () => {
    const { count, pass, writes, clock } = counting();
    count('refreshed');
    await pass();
    clock.advance(10 * minutes);
    count('refreshed');
    await pass();
    expect(writes.map(([, start]) => start)).toEqual([periodStart, periodStart + 10 * minutes]);
    expect(writes.at(-1)?.[2]).toEqual({ ...noCounts, refreshed: 1 });
  });

  it('writes under its instance’s name', async () => {
    const { count, pass, writes } = counting({ instance: 'two' });
    count('refreshed');
    await pass();
    expect(writes[0]?.[0]).toBe('two');
  });

  it('makes up for a write that failed with the next', async () => {
    const heartbeats = createMemoryHeartbeatStore();
    let isDown = true;
    const writeCounts: HeartbeatStore['writeCounts'] = async (...given) => {
      if (isDown) throw new Error('down');
      return heartbeats.writeCounts(...given);
    };
    const { count, pass, log } = counting({ store: { writeCounts } });
    count('refreshed');
    await pass();
    const fields = { error: 'Error' };
    expect(log.lines).toEqual([{ level: 'warn', event: 'counts-not-written', fields }]);
    isDown = false;
    count('refreshed');
    await pass();
    expect((await heartbeats.read(periodStart)).counts.refreshed).toBe(2);
  });
});
