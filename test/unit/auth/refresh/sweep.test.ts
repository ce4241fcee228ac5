import { describe, expect, it } from 'vitest';
import type { DueMark, TokenStore } from '../../../../src/lib/auth/ports.ts';
import { sweep } from '../../../../src/lib/auth/refresh/sweep.ts';
import { createManualClock, minutes, startTime } from '../../../support/clock.ts';
import { createMemoryHeartbeatStore } from '../../../support/memory/heartbeat-store.ts';
import { createMemoryRefreshQueue } from '../../../support/memory/refresh-queue.ts';
import { createMemoryTokenStore } from '../../../support/memory/token-store.ts';
import { newSession, newUser, newUserIn, tokenRecord } from '../../../support/token-records.ts';

function createSweeping() {
  const clock = createManualClock();
  const tokens = createMemoryTokenStore({ pageSize: 3 });
  const queue = createMemoryRefreshQueue();
  const heartbeats = createMemoryHeartbeatStore();
  const dependencies = { tokens, queue, heartbeats, now: clock.now };
  const signIn = (dueAt: number, user = newUser()) =>
    tokens.signIn(tokenRecord({ user, dueAt }), newSession());
  return { clock, tokens, queue, heartbeats, dependencies, signIn };
}

function brokenIn(tokens: TokenStore, shard: string, error: Error): TokenStore {
  return {
    ...tokens,
    due: (asked, upTo) => {
      if (asked === shard) throw error;
      return tokens.due(asked, upTo);
    },
  };
}

describe('a sweep', () => {
  it('hands over everybody who is due, and nobody else', async () => {
    const { dependencies, queue, signIn } = createSweeping();
    for (let n = 0; n < 50; n++) await signIn(startTime - n);
    for (let n = 1; n < 10; n++) await signIn(startTime + n);
    await sweep(dependencies);
    const handed = queue.take();
    expect(handed).toHaveLength(50);
    expect(new Set(handed.map(({ user }) => user)).size).toBe(50);
    expect(Math.max(...handed.map(({ dueAt }) => dueAt))).toBe(startTime);
  });

  it('leaves the marks, so that a lost message is made up for', async () => {
    const { dependencies, queue, signIn } = createSweeping();
    await signIn(startTime);
    await sweep(dependencies);
    const first = queue.take();
    await sweep(dependencies);
    expect(queue.take()).toEqual(first);
  });

  it('leaves a heartbeat with its figures', async () => {
    const { clock, dependencies, heartbeats, queue, signIn } = createSweeping();
    await signIn(startTime);
    await signIn(startTime - minutes);
    const send = async (marks: readonly DueMark[]) => {
      clock.advance(250);
      await queue.send(marks);
    };
    const heartbeat = await sweep({ ...dependencies, queue: { send } });
    expect(heartbeat).toMatchObject({ at: startTime, due: 2, enqueued: 2 });
    expect(heartbeat.durationMs).toBeGreaterThanOrEqual(250);
    expect(await heartbeats.read()).toEqual(heartbeat);
  });

  it('leaves a heartbeat when nobody is due', async () => {
    const { dependencies, heartbeats } = createSweeping();
    await sweep(dependencies);
    expect(await heartbeats.read()).toMatchObject({ due: 0, enqueued: 0 });
  });

  it('goes on to the other shards when one fails, and then tells', async () => {
    const { dependencies, heartbeats, queue, signIn, tokens } = createSweeping();
    for (const shard of tokens.shards) await signIn(startTime, newUserIn(shard));
    const down = new Error('down');
    const broken = { ...dependencies, tokens: brokenIn(tokens, '5', down) };
    await expect(sweep(broken)).rejects.toBe(down);
    const shards = queue.take().map(({ user }) => user.slice(0, 1));
    expect(shards.sort().join('')).toBe('012346789abcdef');
    expect(await heartbeats.read()).toMatchObject({ enqueued: 15 });
  });

  it('counts as handed over only what the queue took', async () => {
    const { dependencies, heartbeats, signIn } = createSweeping();
    await signIn(startTime);
    const send = () => Promise.reject(new Error('full'));
    await expect(sweep({ ...dependencies, queue: { send } })).rejects.toThrow('full');
    expect(await heartbeats.read()).toMatchObject({ due: 1, enqueued: 0 });
  });
});
