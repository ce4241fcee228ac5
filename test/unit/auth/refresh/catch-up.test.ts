import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createCatchUp } from '../../../../src/lib/auth/refresh/catch-up.ts';
import type { Heartbeat, HeartbeatStore } from '../../../../src/lib/auth/refresh/ports.ts';
import { createManualClock, minutes, seconds, startTime } from '../../../support/clock.ts';
import { createMemoryHeartbeatStore } from '../../../support/memory/heartbeat-store.ts';
import { createMemoryRefreshQueue } from '../../../support/memory/refresh-queue.ts';
import { createMemoryTokenStore } from '../../../support/memory/token-store.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { refreshPolicy } from '../../../support/refresh-policy.ts';
import { newSession, newUserIn, tokenRecord } from '../../../support/token-records.ts';

const heartbeat = (at: number): Heartbeat => ({
  ...{ at, due: 0, enqueued: 0, oldestOverdueMs: 0, durationMs: 0 },
});

/** Users who are due, and a timer that should run each minute, and may be late by two. */
async function waiting({ users = 1, startingUntil = 0 } = {}) {
  const clock = createManualClock();
  const tokens = createMemoryTokenStore();
  const queue = createMemoryRefreshQueue();
  const heartbeats = createMemoryHeartbeatStore();
  const log = createRecordingLog();
  for (let n = 0; n < users; n++) {
    const record = tokenRecord({ user: newUserIn('7'), dueAt: startTime - n });
    await tokens.signIn(record, newSession());
  }
  let looks = 0;

  function instance(store: Partial<HeartbeatStore> = {}) {
    const catchUp = createCatchUp({
      ...{ tokens, queue, log, refreshPolicy, now: clock.now },
      heartbeats: {
        ...heartbeats,
        read: (since) => {
          looks += 1;
          return heartbeats.read(since);
        },
        ...store,
      },
      sweepTimes: {
        staleBefore: (now) => now - 3 * minutes,
        startingUntil: () => startingUntil,
      },
    });
    return async () => {
      expect(catchUp()).toBeUndefined();
      await settled();
    };
  }

  return { clock, queue, heartbeats, log, instance, looks: () => looks };
}

describe('catching up', () => {
  it('sweeps for a timer that never ran', async () => {
    const { instance, queue, heartbeats, log } = await waiting();
    await instance()();
    expect(queue.take()).toHaveLength(1);
    expect(await heartbeats.read(0)).toMatchObject({
      sweep: undefined,
      catchUp: { at: startTime, due: 1, enqueued: 1 },
    });
    const fields = { due: 1, enqueued: 1 };
    expect(log.lines).toEqual([{ level: 'warn', event: 'timer-late', fields }]);
  });

  it('sweeps for a timer that is late, and not before', async () => {
    const { instance, queue, heartbeats, clock } = await waiting();
    await heartbeats.writeSweep('timer', heartbeat(startTime));
    const request = instance();
    clock.advance(3 * minutes);
    await request();
    expect(queue.take()).toEqual([]);
    clock.advance(minutes);
    await request();
    expect(queue.take()).toHaveLength(1);
  });

  it('leaves the first sweeps after a start to the timer, and says nothing of it', async () => {
    const startingUntil = startTime + 2 * minutes;
    const { instance, queue, log, clock } = await waiting({ startingUntil });
    const request = instance();
    for (let n = 0; n < 2; n++) {
      await request();
      clock.advance(minutes);
    }
    expect(queue.take()).toEqual([]);
    expect(log.lines).toEqual([]);
    await request();
    expect(queue.take()).toHaveLength(1);
    expect(log.lines).toMatchObject([{ event: 'timer-late' }]);
  });

  it('looks once a minute, however many requests there are', async () => {
    const { instance, clock, heartbeats, looks } = await waiting();
    await heartbeats.writeSweep('timer', heartbeat(startTime));
    const request = instance();
    for (let n = 0; n < 50; n++) {
      await request();
      clock.advance(seconds);
    }
    clock.advance(10 * seconds - 1);
    await request();
    expect(looks()).toBe(1);
    clock.advance(1);
    await request();
    expect(looks()).toBe(2);
  });

  it('sweeps once a minute, however many instances there are', async () => {
    const { instance, clock, queue } = await waiting();
    const [one, two, three] = [instance(), instance(), instance()];
    await one();
    await two();
    expect(queue.take()).toHaveLength(1);
    clock.advance(minutes - 1);
    await three();
    expect(queue.take()).toEqual([]);
    clock.advance(1);
    await one();
    await two();
    expect(queue.take()).toHaveLength(1);
  });

  it('is bounded', async () => {
    const { instance, queue } = await waiting({ users: 60 });
    await instance()();
    expect(queue.take()).toHaveLength(Math.ceil((15 * 50) / 16));
  });

  it.each<[string, Partial<HeartbeatStore>]>([
    ['read', { read: () => Promise.reject(new Error('down')) }],
    [
      'read, at once',
      {
        read: () => {
          throw new Error('down');
        },
      },
    ],
    ['written', { writeSweep: () => Promise.reject(new Error('down')) }],
  ])('harms no request when the heartbeat can’t be %s, and tries again later', async (_, store) => {
    const { instance, log, clock } = await waiting();
    const request = instance(store);
    await request();
    await request();
    const line = { level: 'warn', event: 'catch-up-failed', fields: { error: 'Error' } };
    expect(log.lines).toEqual([line]);
    clock.advance(minutes);
    await request();
    expect(log.lines).toEqual([line, line]);
  });
});
