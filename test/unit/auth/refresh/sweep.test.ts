import { describe, expect, it } from 'vitest';
import type { DueMark, TokenStore } from '../../../../src/lib/auth/ports.ts';
import { sweep } from '../../../../src/lib/auth/refresh/sweep.ts';
import { refreshDueUser } from '../../../../src/lib/auth/refresh/worker.ts';
import { createManualClock, hours, minutes, startTime } from '../../../support/clock.ts';
import { createMemoryHeartbeatStore } from '../../../support/memory/heartbeat-store.ts';
import { createMemoryRefreshQueue } from '../../../support/memory/refresh-queue.ts';
import { createMemoryTokenStore } from '../../../support/memory/token-store.ts';
import { refreshPolicy } from '../../../support/refresh-policy.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { newSession, newUser, newUserIn, tokenRecord } from '../../../support/token-records.ts';

const noChance = (): number => 0;

function createSweeping({ budgetPerSecond = 50, pageSize = 3 } = {}) {
  const clock = createManualClock();
  const tokens = createMemoryTokenStore({ pageSize });
  const queue = createMemoryRefreshQueue();
  const heartbeats = createMemoryHeartbeatStore();
  const stores = { tokens, queue, heartbeats };
  const policy = { ...refreshPolicy, budgetPerSecond, random: noChance };
  const core = { ...stores, refreshPolicy: policy, now: clock.now };
  const signIn = (dueAt: number, user = newUser()) =>
    tokens.signIn(tokenRecord({ user, dueAt }), newSession());
  return { clock, tokens, queue, heartbeats, core, signIn };
}

function brokenIn(tokens: TokenStore, shard: string, error: Error): TokenStore {
  return {
    ...tokens,
    due: (asked, ...more) => {
      if (asked === shard) throw error;
      return tokens.due(asked, ...more);
    },
  };
}

const dueTimes = (marks: readonly DueMark[]) => marks.map(({ dueAt }) => dueAt);

describe('a sweep', () => {
  it('hands over everybody who is due, and nobody else', async () => {
    const { core, queue, signIn } = createSweeping();
    for (let n = 0; n < 50; n++) await signIn(startTime - n);
    for (let n = 1; n < 10; n++) await signIn(startTime + n);
    await sweep(core);
    const handed = queue.take();
    expect(handed).toHaveLength(50);
    expect(new Set(handed.map(({ user }) => user)).size).toBe(50);
    expect(Math.max(...dueTimes(handed))).toBe(startTime);
  });

  it('leaves out those who have to sign in again', async () => {
    const { core, queue, tokens } = createSweeping();
    const ended = { user: newUser(), state: 'reauth_required', dueAt: startTime } as const;
    await tokens.signIn(tokenRecord(ended), newSession());
    expect(await sweep(core)).toMatchObject({ due: 0 });
    expect(queue.take()).toEqual([]);
  });

  it('hands over the longest overdue first', async () => {
    const { core, queue, signIn } = createSweeping();
    for (const n of [5, 1, 7, 3, 0, 6, 2, 4]) await signIn(startTime - n, newUserIn('7'));
    await sweep(core);
    expect(dueTimes(queue.take()).map((dueAt) => startTime - dueAt)).toEqual([
      7, 6, 5, 4, 3, 2, 1, 0,
    ]);
  });

  it('makes up for all the runs that were missed', async () => {
    const { core, queue, signIn, clock } = createSweeping();
    for (let n = 0; n < 30; n++) await signIn(startTime + n * minutes);
    clock.advance(9 * hours);
    const { oldestOverdueMs } = await sweep(core);
    expect(oldestOverdueMs).toBe(9 * hours);
    expect(queue.take()).toHaveLength(30);
  });

  it('leaves the marks, so that a lost message is made up for', async () => {
    const { core, queue, signIn } = createSweeping();
    await signIn(startTime);
    await sweep(core);
    const first = queue.take();
    expect(first).toHaveLength(1);
    await sweep(core);
    expect(queue.take()).toEqual(first);
  });

  it('does no harm at the same time as another', async () => {
    const { tokens, user, clock, tokenClient, instance } = await createRefreshing();
    clock.advance(30 * minutes);
    const { core, queue } = createSweeping();
    const both = { ...core, tokens, now: clock.now };
    await Promise.all([sweep(both), sweep(both)]);
    const handed = queue.take();
    expect(handed).toHaveLength(2);
    await Promise.all(handed.map((mark) => refreshDueUser(instance(), mark)));
    expect(tokenClient.refreshes).toBe(1);
    expect(tokens.rowsOf(user)).toHaveLength(3);
  });
});

describe('the heartbeat of a sweep', () => {
  it('holds its figures', async () => {
    const { clock, core, heartbeats, queue, signIn } = createSweeping();
    await signIn(startTime);
    await signIn(startTime - minutes);
    const send = async (marks: readonly DueMark[]) => {
      clock.advance(250);
      await queue.send(marks);
    };
    const heartbeat = await sweep({ ...core, queue: { ...queue, send } });
    expect(heartbeat).toMatchObject({
      ...{ at: startTime, due: 2, enqueued: 2, oldestOverdueMs: minutes },
    });
    expect(heartbeat.durationMs).toBeGreaterThanOrEqual(250);
    const { sweep: written, catchUp } = await heartbeats.read(0);
    expect({ written, catchUp }).toEqual({ written: heartbeat, catchUp: undefined });
  });

  it('is left when nobody is due', async () => {
    const { core, heartbeats } = createSweeping();
    await sweep(core);
    const nobody = { at: startTime, due: 0, enqueued: 0, oldestOverdueMs: 0 };
    expect((await heartbeats.read(0)).sweep).toMatchObject(nobody);
  });

  it('is another one for a sweep that a request makes', async () => {
    const { core, heartbeats } = createSweeping();
    const heartbeat = await sweep(core, 'request');
    const { sweep: timer, catchUp } = await heartbeats.read(0);
    expect({ timer, catchUp }).toEqual({ timer: undefined, catchUp: heartbeat });
  });

  it('is not left by a sweep that missed a shard, after all the others were swept', async () => {
    const { core, heartbeats, queue, signIn, tokens } = createSweeping();
    for (const shard of tokens.shards) await signIn(startTime, newUserIn(shard));
    const down = new Error('down');
    const broken = { ...core, tokens: brokenIn(tokens, '5', down) };
    await expect(sweep(broken)).rejects.toBe(down);
    const shards = queue.take().map(({ user }) => user.slice(0, 1));
    expect(shards.sort().join('')).toBe('012346789abcdef');
    expect((await heartbeats.read(0)).sweep).toBeUndefined();
  });

  it('is not left when the queue takes nothing', async () => {
    const { core, heartbeats, queue, signIn } = createSweeping();
    await signIn(startTime);
    const full = { ...queue, send: () => Promise.reject(new Error('full')) };
    await expect(sweep({ ...core, queue: full })).rejects.toThrow('full');
    expect((await heartbeats.read(0)).sweep).toBeUndefined();
  });
});

/**
 * One second's worth of work is one user: 60 are handed over at most, and 20 may wait. Users are
 * all of one shard, and named by their place, the longest overdue first.
 */
async function backlog({ waiting = 0, pageSize = 3, random = noChance, budgetPerSecond = 1 } = {}) {
  const users = 40;
  const sweeping = createSweeping({ budgetPerSecond, pageSize });
  const dueAt = (place: number) => startTime - (users - place) * minutes;
  for (let place = 0; place < users; place++) await sweeping.signIn(dueAt(place), newUserIn('7'));
  const queue = { ...sweeping.queue, depth: async () => waiting };
  const places = (marks: readonly DueMark[]) =>
    dueTimes(marks).map((time) => users - (startTime - time) / minutes);
  const policy = { ...sweeping.core.refreshPolicy, random };
  const core = { ...sweeping.core, queue, refreshPolicy: policy };
  return { ...sweeping, core, taken: () => places(queue.take()), places };
}

describe('a sweep of a backlog', () => {
  it.each([
    [0, 6, [0, 1, 2, 3]],
    [20, 3, [0, 1, 2]],
  ])('hands over a minute’s work less the %d that wait', async (waiting, read, first) => {
    const { core, taken } = await backlog({ waiting });
    const { due, enqueued } = await sweep(core);
    expect({ due, enqueued }).toEqual({ due: read, enqueued: first.length });
    expect(taken()).toEqual(first);
  });

  it.each([
    [0, 1, 1],
    [20, 1, 1],
    [0, 16, 15],
  ])(
    'hands over a quarter of a minute’s work for a request, with %d waiting and a budget of %d',
    async (waiting, budgetPerSecond, handed) => {
      const { core, taken } = await backlog({ waiting, budgetPerSecond });
      await sweep(core, 'request');
      expect(taken()).toHaveLength(handed);
    },
  );

  it.each(['timer', 'request'] as const)('puts nothing into a deep queue (%s)', async (by) => {
    const { core, taken } = await backlog({ waiting: 21 });
    const found = { due: 3, enqueued: 0, oldestOverdueMs: 40 * minutes };
    expect(await sweep(core, by)).toMatchObject(found);
    expect(taken()).toEqual([]);
  });
});

describe('a sweep that has no room for all of a page', () => {
  it.each([
    [0, 0, [0, 1, 2, 3]],
    [0.5, 0, [0, 1, 20, 21]],
    [0.999, 0, [0, 1, 38, 39]],
    [0.5, 20, [0, 1, 21]],
  ])(
    'hands over the longest overdue and, by chance %d, others',
    async (chance, waiting, places) => {
      const random = () => chance;
      const { core, taken } = await backlog({ pageSize: 1000, waiting, random });
      await sweep(core);
      expect(taken()).toEqual(places);
    },
  );

  it('passes over marks in front that never move, and hands over nobody twice', async () => {
    let chance = 0;
    const random = () => (chance = (chance + 0.618) % 1);
    const stuck = 10;
    const { core, queue, tokens, places } = await backlog({ pageSize: 1000, random });
    const done = new Set<number>();
    for (let n = 0; n < 60; n++) {
      await sweep(core);
      const handed = queue.take();
      expect([handed.length, new Set(places(handed)).size]).toEqual([4, 4]);
      for (const mark of handed) {
        const [place = 0] = places([mark]);
        const status = await tokens.readStatus(mark.user, mark.flow);
        if (place < stuck || !status) continue;
        done.add(place);
        await tokens.changeStatus(status, { dueAt: startTime + hours });
      }
    }
    expect(done.size).toBe(40 - stuck);
  });
});
