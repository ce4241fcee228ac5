import { describe, expect, it } from 'vitest';
import type { DueMark, TokenStore } from '../../../../src/lib/auth/ports.ts';
import { sweep } from '../../../../src/lib/auth/refresh/sweep.ts';
import { refreshDueUser } from '../../../../src/lib/auth/refresh/worker.ts';
import { createManualClock, hours, minutes, startTime } from '../../../support/clock.ts';
import { createMemoryHeartbeatStore } from '../../../support/memory/heartbeat-store.ts';
import { createMemoryRefreshQueue } from '../../../support/memory/refresh-queue.ts';
import { createMemoryTokenStore } from '../../../support/memory/token-store.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { newSession, newUser, newUserIn, tokenRecord } from '../../../support/token-records.ts';

function createSweeping({ budgetPerSecond = 50 } = {}) {
  const clock = createManualClock();
  const tokens = createMemoryTokenStore({ pageSize: 3 });
  const queue = createMemoryRefreshQueue();
  const heartbeats = createMemoryHeartbeatStore();
  const dependencies = { tokens, queue, heartbeats, budgetPerSecond, now: clock.now };
  const signIn = (dueAt: number, user = newUser()) =>
    tokens.signIn(tokenRecord({ user, dueAt }), newSession());
  return { clock, tokens, queue, heartbeats, dependencies, signIn };
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
    const { dependencies, queue, signIn } = createSweeping();
    for (let n = 0; n < 50; n++) await signIn(startTime - n);
    for (let n = 1; n < 10; n++) await signIn(startTime + n);
    await sweep(dependencies);
    const handed = queue.take();
    expect(handed).toHaveLength(50);
    expect(new Set(handed.map(({ user }) => user)).size).toBe(50);
    expect(Math.max(...dueTimes(handed))).toBe(startTime);
  });

  it('leaves out those who have to sign in again', async () => {
    const { dependencies, queue, tokens } = createSweeping();
    const ended = { user: newUser(), state: 'reauth_required', dueAt: startTime } as const;
    await tokens.signIn(tokenRecord(ended), newSession());
    expect(await sweep(dependencies)).toMatchObject({ due: 0 });
    expect(queue.take()).toEqual([]);
  });

  it('hands over the longest overdue first', async () => {
    const { dependencies, queue, signIn } = createSweeping();
    for (const n of [5, 1, 7, 3, 0, 6, 2, 4]) await signIn(startTime - n, newUserIn('7'));
    await sweep(dependencies);
    expect(dueTimes(queue.take()).map((dueAt) => startTime - dueAt)).toEqual([
      7, 6, 5, 4, 3, 2, 1, 0,
    ]);
  });

  it('makes up for all the runs that were missed', async () => {
    const { dependencies, queue, signIn, clock } = createSweeping();
    for (let n = 0; n < 30; n++) await signIn(startTime + n * minutes);
    clock.advance(9 * hours);
    const { oldestOverdueMs } = await sweep(dependencies);
    expect(oldestOverdueMs).toBe(9 * hours);
    expect(queue.take()).toHaveLength(30);
  });

  it('leaves the marks, so that a lost message is made up for', async () => {
    const { dependencies, queue, signIn } = createSweeping();
    await signIn(startTime);
    await sweep(dependencies);
    const first = queue.take();
    expect(first).toHaveLength(1);
    await sweep(dependencies);
    expect(queue.take()).toEqual(first);
  });

  it('does no harm at the same time as another', async () => {
    const { tokens, user, clock, tokenClient, instance } = await createRefreshing();
    clock.advance(30 * minutes);
    const { dependencies, queue } = createSweeping();
    const both = { ...dependencies, tokens, now: clock.now };
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
    const { clock, dependencies, heartbeats, queue, signIn } = createSweeping();
    await signIn(startTime);
    await signIn(startTime - minutes);
    const send = async (marks: readonly DueMark[]) => {
      clock.advance(250);
      await queue.send(marks);
    };
    const heartbeat = await sweep({ ...dependencies, queue: { ...queue, send } });
    expect(heartbeat).toMatchObject({
      ...{ at: startTime, due: 2, enqueued: 2, oldestOverdueMs: minutes },
    });
    expect(heartbeat.durationMs).toBeGreaterThanOrEqual(250);
    const { sweep: written, catchUp } = await heartbeats.read(0);
    expect({ written, catchUp }).toEqual({ written: heartbeat, catchUp: undefined });
  });

  it('is left when nobody is due', async () => {
    const { dependencies, heartbeats } = createSweeping();
    await sweep(dependencies);
    const nobody = { at: startTime, due: 0, enqueued: 0, oldestOverdueMs: 0 };
    expect((await heartbeats.read(0)).sweep).toMatchObject(nobody);
  });

  it('is another one for a sweep that a request makes', async () => {
    const { dependencies, heartbeats } = createSweeping();
    const heartbeat = await sweep(dependencies, 'request');
    const { sweep: timer, catchUp } = await heartbeats.read(0);
    expect({ timer, catchUp }).toEqual({ timer: undefined, catchUp: heartbeat });
  });

  it('is not left by a sweep that missed a shard, after all the others were swept', async () => {
    const { dependencies, heartbeats, queue, signIn, tokens } = createSweeping();
    for (const shard of tokens.shards) await signIn(startTime, newUserIn(shard));
    const down = new Error('down');
    const broken = { ...dependencies, tokens: brokenIn(tokens, '5', down) };
    await expect(sweep(broken)).rejects.toBe(down);
    const shards = queue.take().map(({ user }) => user.slice(0, 1));
    expect(shards.sort().join('')).toBe('012346789abcdef');
    expect((await heartbeats.read(0)).sweep).toBeUndefined();
  });

  it('is not left when the queue takes nothing', async () => {
    const { dependencies, heartbeats, queue, signIn } = createSweeping();
    await signIn(startTime);
    const full = { ...queue, send: () => Promise.reject(new Error('full')) };
    await expect(sweep({ ...dependencies, queue: full })).rejects.toThrow('full');
    expect((await heartbeats.read(0)).sweep).toBeUndefined();
  });
});

describe('a sweep of a backlog', () => {
  /** One second's worth of work is one user: 120 are handed over at most, 20 may wait. */
  async function backlog(users: number, waiting = 0) {
    const sweeping = createSweeping({ budgetPerSecond: 1 });
    for (let n = 0; n < users; n++) await sweeping.signIn(startTime - n * minutes, newUserIn('7'));
    const queue = { ...sweeping.queue, depth: async () => waiting };
    return { ...sweeping, dependencies: { ...sweeping.dependencies, queue } };
  }

  it('hands over two minutes’ work at most, evenly from the shards, and reads no further', async () => {
    const { dependencies, queue } = await backlog(40);
    const { due, enqueued } = await sweep(dependencies);
    expect(enqueued).toBe(8);
    expect(due).toBeGreaterThanOrEqual(8);
    expect(due).toBeLessThan(8 + 3);
    const oldest = [39, 38, 37, 36, 35, 34, 33, 32].map((n) => startTime - n * minutes);
    expect(dueTimes(queue.take())).toEqual(oldest);
  });

  it('hands over 512 at most for a request', async () => {
    const { dependencies, queue } = await backlog(40);
    await sweep(dependencies, 'request');
    expect(queue.take()).toHaveLength(512 / 16);
  });

  it('puts nothing into a deep queue, and says what there is', async () => {
    const { dependencies, queue } = await backlog(40, 21);
    const { due, enqueued, oldestOverdueMs } = await sweep(dependencies);
    expect(enqueued).toBe(0);
    expect(due).toBeGreaterThan(0);
    expect(oldestOverdueMs).toBe(39 * minutes);
    expect(queue.take()).toEqual([]);
  });

  it('goes on while the queue is not deep', async () => {
    const { dependencies, queue } = await backlog(40, 20);
    await sweep(dependencies);
    expect(queue.take()).toHaveLength(8);
  });
});
