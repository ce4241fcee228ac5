import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createCounter, noCounts } from '../../../../src/lib/auth/refresh/counter.ts';
import type { Heartbeat, HeartbeatStore } from '../../../../src/lib/auth/refresh/ports.ts';
import { readServiceLevel } from '../../../../src/lib/auth/refresh/service-level.ts';
import {
  createManualClock,
  hours,
  type ManualClock,
  minutes,
  seconds,
  startTime,
} from '../../../support/clock.ts';
import { createMemoryHeartbeatStore } from '../../../support/memory/heartbeat-store.ts';
import { createMemoryRefreshQueue } from '../../../support/memory/refresh-queue.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { newUser } from '../../../support/token-records.ts';

const heartbeat = (fields: Partial<Heartbeat> = {}): Heartbeat => ({
  ...{ at: startTime, due: 0, enqueued: 0, oldestOverdueMs: 0, durationMs: 5 },
  ...fields,
});

function serving({ startingUntil = 0 } = {}) {
  const clock = createManualClock();
  const heartbeats = createMemoryHeartbeatStore();
  const queue = createMemoryRefreshQueue();
  const staleBefore = (now: number) => now - 3 * minutes;
  const read = () =>
    readServiceLevel({
      ...{ heartbeats, queue, now: clock.now },
      sweepTimes: { staleBefore, startingUntil: () => startingUntil },
    });
  return { clock, heartbeats, queue, read };
}

/** What an instance counts, and writes down ten seconds later. */
function counting(heartbeats: HeartbeatStore, { now, advance }: ManualClock) {
  const writes: (() => void)[] = [];
  const later = (_ms: number, write: () => void) => writes.push(write);
  const log = createRecordingLog();
  const count = createCounter({ heartbeats, instance: 'one', now, later, log });
  async function pass(ms: number): Promise<void> {
    advance(ms);
    for (const write of writes.splice(0)) write();
    await settled();
  }
  return { count, pass };
}

describe('the service level', () => {
  it('has no problems while everything runs', async () => {
    const { heartbeats, queue, clock, read } = serving();
    await heartbeats.writeSweep('timer', heartbeat({ due: 7, oldestOverdueMs: 45 * seconds }));
    const mark = { user: newUser(), flow: 'code', state: 'active', dueAt: startTime } as const;
    await queue.send([mark, mark]);
    clock.advance(30 * seconds);
    expect(await read()).toEqual({
      status: 'ok',
      problems: [],
      lastSweepAt: new Date(startTime).toISOString(),
      lastSweepAgeSeconds: 30,
      lastCatchUpAt: null,
      oldestOverdueSeconds: 45,
      due: 7,
      queueDepth: 2,
      ...{ refreshed: 0, failed: 0, reauthRequired: 0, poisoned: 0 },
      breaker: 'closed',
      janitor: null,
    });
  });

  it('says that there was never a sweep', async () => {
    const { read } = serving();
    expect(await read()).toMatchObject({
      problems: ['sweep_late'],
      lastSweepAt: null,
      lastSweepAgeSeconds: null,
      due: 0,
      oldestOverdueSeconds: 0,
    });
  });

  it('says that the sweep is late', async () => {
    const { heartbeats, clock, read } = serving();
    await heartbeats.writeSweep('timer', heartbeat());
    clock.advance(3 * minutes);
    expect((await read()).problems).toEqual([]);
    clock.advance(1);
    expect(await read()).toMatchObject({ problems: ['sweep_late'], lastSweepAgeSeconds: 180 });
  });

  it('says within three minutes that every refresh fails, whatever succeeded before', async () => {
    const { heartbeats, clock, read } = serving();
    const { count, pass } = counting(heartbeats, clock);
    for (let n = 0; n < 100; n++) count('refreshed');
    clock.advance(10 * seconds);
    const outageAt = clock.now();
    while (!(await read()).problems.includes('failing')) {
      count('failed');
      await pass(20 * seconds);
      await heartbeats.writeSweep('timer', heartbeat({ at: clock.now() }));
      expect(clock.now() - outageAt).toBeLessThanOrEqual(3 * minutes);
    }
    count('refreshed');
    await pass(10 * seconds);
    expect((await read()).problems).toEqual([]);
  });

  it('says nothing of one refresh that failed, with nothing else due', async () => {
    const { heartbeats, clock, read } = serving();
    const { count, pass } = counting(heartbeats, clock);
    count('failed');
    for (let n = 0; n < 20; n++) {
      await pass(minutes);
      await heartbeats.writeSweep('timer', heartbeat({ at: clock.now() }));
      expect(await read()).toMatchObject({ status: 'ok', problems: [], failed: 1 });
    }
  });

  it('is read with one query, besides the depth of the queue', async () => {
    const { heartbeats, queue, clock } = serving();
    let reads = 0;
    const read = (since: number) => {
      reads += 1;
      return heartbeats.read(since);
    };
    await readServiceLevel({
      ...{ heartbeats: { ...heartbeats, read }, queue, now: clock.now },
      sweepTimes: { staleBefore: () => 0, startingUntil: () => 0 },
    });
    expect(reads).toBe(1);
  });

  it('says that users are overdue', async () => {
    const { heartbeats, read } = serving();
    await heartbeats.writeSweep('timer', heartbeat({ oldestOverdueMs: 300 * seconds }));
    expect((await read()).problems).toEqual([]);
    await heartbeats.writeSweep('timer', heartbeat({ oldestOverdueMs: 301 * seconds }));
    expect(await read()).toMatchObject({ problems: ['overdue'], oldestOverdueSeconds: 301 });
  });

  it('says that the breaker is open, until it no longer counts', async () => {
    const { heartbeats, clock, read } = serving();
    await heartbeats.writeBreaker('one', 'code', startTime + minutes);
    await heartbeats.writeSweep('timer', heartbeat());
    expect(await read()).toMatchObject({ problems: ['breaker_open'], breaker: 'open' });
    clock.advance(minutes);
    expect(await read()).toMatchObject({ problems: [], breaker: 'closed' });
  });

  it('says all of it', async () => {
    const { heartbeats, clock, read } = serving();
    await heartbeats.writeSweep('timer', heartbeat({ oldestOverdueMs: hours }));
    await heartbeats.writeBreaker('one', 'code', startTime + hours);
    clock.advance(5 * minutes);
    expect((await read()).problems).toEqual(['sweep_late', 'overdue', 'breaker_open']);
  });

  it('has the figures of a later sweep on the side, and the timer is still late', async () => {
    const { heartbeats, clock, read } = serving();
    await heartbeats.writeSweep('timer', heartbeat({ due: 9, oldestOverdueMs: hours }));
    clock.advance(10 * minutes);
    const at = clock.now();
    await heartbeats.writeSweep('request', heartbeat({ at, due: 3, oldestOverdueMs: minutes }));
    expect(await read()).toMatchObject({
      problems: ['sweep_late'],
      lastSweepAt: new Date(startTime).toISOString(),
      lastSweepAgeSeconds: 600,
      lastCatchUpAt: new Date(at).toISOString(),
      due: 3,
      oldestOverdueSeconds: 60,
    });
  });

  it('has the timer’s figures again when it runs again', async () => {
    const { heartbeats, read } = serving();
    await heartbeats.writeSweep('request', heartbeat({ at: startTime - 1, due: 3 }));
    await heartbeats.writeSweep('timer', heartbeat({ due: 9 }));
    expect(await read()).toMatchObject({ problems: [], due: 9 });
  });

  it('has the counts of the last hour, of all instances', async () => {
    const { heartbeats, clock, read } = serving();
    clock.advance(7 * minutes);
    const counts = { refreshed: 1, failed: 10, reauthRequired: 100, poisoned: 1000, minutes: [] };
    const periods = [
      ...['-90', '-70', '-60', '-30', '0'].map((text) => startTime + Number(text) * minutes),
    ];
    for (const period of periods) await heartbeats.writeCounts('one', period, counts);
    await heartbeats.writeCounts('two', startTime, counts);
    const sum = { refreshed: 4, failed: 40, reauthRequired: 400, poisoned: 4000 };
    expect(await read()).toMatchObject(sum);
  });

  it('tells of the janitor’s last run', async () => {
    const { heartbeats, read } = serving();
    const run = { sessions: 4, states: 5, users: 3 };
    await heartbeats.writeJanitor({ at: startTime - hours, durationMs: 12, ...run });
    const lastRunAt = new Date(startTime - hours).toISOString();
    expect((await read()).janitor).toEqual({ lastRunAt, ...run });
  });

  it('does not come from the future when clocks differ', async () => {
    const { heartbeats, read } = serving();
    await heartbeats.writeSweep('timer', heartbeat({ at: startTime + 2 * seconds }));
    expect((await read()).lastSweepAgeSeconds).toBe(0);
  });
});

describe('the service level of an app that has just started', () => {
  const startingUntil = startTime + 2 * minutes;

  it('is starting while the timer has yet to run', async () => {
    const { clock, read } = serving({ startingUntil });
    expect(await read()).toMatchObject({ status: 'starting', problems: [], lastSweepAt: null });
    clock.advance(2 * minutes - 1);
    expect(await read()).toMatchObject({ status: 'starting', problems: [] });
    clock.advance(1);
    expect((await read()).problems).toEqual(['sweep_late']);
  });

  it('is starting after a stop of hours, and while the first sweep finds what has piled up', async () => {
    const { heartbeats, clock, read } = serving({ startingUntil });
    await heartbeats.writeSweep('timer', heartbeat({ at: startTime - 5 * hours }));
    expect(await read()).toMatchObject({ status: 'starting', problems: [] });
    clock.advance(minutes);
    const found = { at: clock.now(), due: 700, oldestOverdueMs: 5 * hours };
    await heartbeats.writeSweep('timer', heartbeat(found));
    const level = { status: 'starting', problems: [], due: 700, oldestOverdueSeconds: 18_000 };
    expect(await read()).toMatchObject(level);
    clock.advance(minutes);
    expect((await read()).problems).toEqual(['overdue']);
  });

  it('is ok as soon as nothing is to be excused', async () => {
    const { heartbeats, read } = serving({ startingUntil });
    await heartbeats.writeSweep('timer', heartbeat());
    expect(await read()).toMatchObject({ status: 'ok', problems: [] });
  });

  it('does not excuse an open breaker or refreshes that all fail', async () => {
    const { heartbeats, read } = serving({ startingUntil });
    await heartbeats.writeBreaker('one', 'code', startTime + minutes);
    const failed = { refreshed: 0, failed: 1, failedLast: 1, expired: 0 };
    await heartbeats.writeCounts('one', startTime - 10 * minutes, {
      ...noCounts,
      minutes: [-3, -2, -1].map((n) => ({ at: startTime + n * minutes, ...failed })),
    });
    expect((await read()).problems).toEqual(['failing', 'breaker_open']);
  });
});
