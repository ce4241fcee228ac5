import { describe, expect, it } from 'vitest';
import { newSessionSecret } from '../../../../src/lib/auth/session/session.ts';
import { endDeadSessions } from '../../../../src/lib/auth/session/sign-out.ts';
import { createManualClock, days, hours, seconds, startTime } from '../../../support/clock.ts';
import { createMemorySessionStore } from '../../../support/memory/session-store.ts';
import { createMemoryTokenStore } from '../../../support/memory/token-store.ts';
import { refreshPolicy, sessionPolicy } from '../../../support/refresh-policy.ts';
import { newUser, tokenRecord } from '../../../support/token-records.ts';

const identity = { oid: 'o', tid: 't', name: undefined, username: undefined };

/** A user with sessions that were last seen at these times; undefined: one that was never opened. */
async function userSeenAt(...times: (number | undefined)[]) {
  const clock = createManualClock();
  const tokens = createMemoryTokenStore();
  const sessions = createMemorySessionStore();
  const user = newUser();
  const expiresAt = startTime + sessionPolicy.maxMs;
  const hashes: string[] = [];
  for (const lastSeenAt of times) {
    const { key } = newSessionSecret(expiresAt);
    hashes.push(key.hash);
    const entry = { hash: key.hash, createdAt: startTime, expiresAt };
    await tokens.signIn(tokenRecord({ user }), entry);
    if (lastSeenAt === undefined) continue;
    const session = { user, identity, flow: 'code', kind: 'browser', lastSeenAt } as const;
    await sessions.create(key, { ...session, createdAt: startTime, expiresAt });
  }
  const core = { tokens, sessions, sessionPolicy, refreshPolicy, now: clock.now };
  return {
    ...{ clock, tokens, sessions, user, hashes, core },
    end: (retainMs = 0) =>
      endDeadSessions({ ...core, refreshPolicy: { ...refreshPolicy, retainMs } }, user),
    listed: async () => (await tokens.sessionsOf(user)).map(({ hash }) => hash),
  };
}

describe('ending a user’s dead sessions', () => {
  it('ends the idle ones and leaves the live ones, and the tokens', async () => {
    const { clock, end, hashes, listed, sessions, tokens, user } = await userSeenAt(
      startTime,
      startTime + 3 * hours,
      startTime + 4 * hours,
    );
    clock.advance(11 * hours);
    expect(await end()).toBe(false);
    expect(await listed()).toEqual(hashes.slice(2));
    expect(sessions.count()).toBe(1);
    expect(await tokens.read(user, 'code')).toBeDefined();
  });

  it('forgets the user with none left, and says that tokens went', async () => {
    const { clock, end, sessions, tokens, user } = await userSeenAt(startTime, startTime + 1);
    clock.advance(9 * hours);
    expect(await end()).toBe(true);
    expect(sessions.count()).toBe(0);
    expect(tokens.rowsOf(user)).toEqual([]);
    expect(await end()).toBe(false);
  });

  it('forgets the user when the time of all sessions is up', async () => {
    const { clock, end, tokens, user } = await userSeenAt(startTime + 7 * days - 1);
    clock.advance(7 * days);
    expect(await end()).toBe(true);
    expect(tokens.rowsOf(user)).toEqual([]);
  });

  it('changes nothing while all are live', async () => {
    const { clock, end, hashes, listed, tokens, user } = await userSeenAt(startTime, startTime);
    clock.advance(8 * hours - 1);
    const before = await tokens.read(user, 'code');
    expect(await end()).toBe(false);
    expect(await listed()).toEqual(hashes);
    expect(await tokens.read(user, 'code')).toEqual(before);
  });

  it('leaves a session alone that is being opened, and not one that never was', async () => {
    const { clock, end, hashes, listed, tokens, user } = await userSeenAt(undefined);
    clock.advance(59 * seconds);
    expect(await end()).toBe(false);
    expect(await listed()).toEqual(hashes);
    clock.advance(1 * seconds);
    expect(await end()).toBe(true);
    expect(tokens.rowsOf(user)).toEqual([]);
  });

  it('leaves tokens that outlive the last session', async () => {
    const { clock, end, listed, sessions, tokens, user } = await userSeenAt(startTime);
    clock.advance(9 * hours);
    expect(await end(hours)).toBe(false);
    expect(await listed()).toEqual([]);
    expect(sessions.count()).toBe(0);
    expect((await tokens.read(user, 'code'))?.sessionsEndAt).toBe(clock.now());
  });

  it('can be tried again when the store fails', async () => {
    const { clock, core, end, sessions, tokens, user } = await userSeenAt(startTime);
    clock.advance(9 * hours);
    const broken = { ...tokens, signOut: () => Promise.reject(new Error('down')) };
    await expect(endDeadSessions({ ...core, tokens: broken }, user)).rejects.toThrow();
    expect(await end()).toBe(true);
    expect(sessions.count()).toBe(0);
  });
});
