import { describe, expect, it } from 'vitest';
import type { Ending, SessionStore } from '../../../../src/lib/auth/session/ports.ts';
import { findSession, requireEndingSession } from '../../../../src/lib/auth/session/session.ts';
import { signOut, signOutEverywhere } from '../../../../src/lib/auth/session/sign-out.ts';
import { days, hours, startTime } from '../../../support/clock.ts';
import { refreshPolicy, sessionPolicy } from '../../../support/refresh-policy.ts';
import { createSignIn, transaction } from '../../../support/sign-in.ts';

/** A user who is signed in from some browsers. */
async function signedIn(browsers: number) {
  const signIn = createSignIn();
  const { tokens, sessions, clock } = signIn;
  const core = { tokens, sessions, sessionPolicy, refreshPolicy, now: clock.now };
  const secrets: string[] = [];
  for (let n = 0; n < browsers; n++) {
    const state = `state-${n}`;
    const { sessionSecret } = await signIn.callback({ state }, { ...transaction, state });
    secrets.push(sessionSecret);
  }
  const find = (n: number) =>
    findSession({ sessions, sessionPolicy, now: clock.now }, secrets[n], 'browser');
  const session = await find(0);
  if (!session) throw new Error('the session is not there');
  const findEnding = (ending: Ending) =>
    requireEndingSession(core, secrets[0], { kind: 'browser', ending });
  return { core, find, findEnding, session, tokens, sessions, clock };
}

describe('signing out', () => {
  it('ends the session, and with the last one forgets the user', async () => {
    const { core, find, session, tokens } = await signedIn(1);
    await signOut(core, session);
    expect(await find(0)).toBeUndefined();
    expect(tokens.rowsOf(session.user)).toEqual([]);
  });

  it('leaves other browsers signed in', async () => {
    const { core, find, session, tokens } = await signedIn(2);
    await signOut(core, session);
    expect(await find(0)).toBeUndefined();
    expect(await find(1)).toBeDefined();
    expect(await tokens.read(session.user, 'code')).toBeDefined();
  });

  it('makes the session useless first, and can be repeated when the store fails then', async () => {
    const { core, find, findEnding, session, tokens, sessions } = await signedIn(1);
    const broken = { ...tokens, signOut: () => Promise.reject(new Error('down')) };
    await expect(signOut({ ...core, tokens: broken }, session)).rejects.toThrow('down');
    expect(await find(0)).toBeUndefined();
    await signOut(core, await findEnding('session'));
    await expect(findEnding('session')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(sessions.count()).toBe(0);
    expect(tokens.rowsOf(session.user)).toEqual([]);
  });

  it.each([
    ['session', ['session']],
    ['everywhere', ['session', 'everywhere']],
    ['data', ['session', 'everywhere', 'data']],
  ] as const)('that began as %s lets nothing further be ended', async (begun, allowed) => {
    const { findEnding, session, sessions } = await signedIn(1);
    await sessions.end([session.key], begun);
    for (const ending of ['session', 'everywhere', 'data'] as const) {
      const found = await findEnding(ending).catch(() => undefined);
      expect(found !== undefined).toBe((allowed as readonly string[]).includes(ending));
    }
  });

  it('forgets the user when the other browsers have been idle too long', async () => {
    const { core, find, session, tokens, sessions, clock } = await signedIn(2);
    clock.advance(7 * hours);
    // Looking notes the activity of the first; the second is not seen for 9 hours.
    await find(0);
    clock.advance(2 * hours);
    await signOut(core, session);
    expect(tokens.rowsOf(session.user)).toEqual([]);
    expect(sessions.count()).toBe(0);
  });

  it('everywhere ends all of the user’s sessions', async () => {
    const { core, find, session, tokens, sessions } = await signedIn(3);
    await signOutEverywhere(core, session);
    for (const n of [0, 1, 2]) expect(await find(n)).toBeUndefined();
    expect(sessions.count()).toBe(0);
    expect(tokens.rowsOf(session.user)).toEqual([]);
  });

  it.each([1, 2])('everywhere can be tried again when deletion %i fails', async (nth) => {
    const { core, session, sessions, tokens } = await signedIn(3);
    let removals = 0;
    const failing: SessionStore = {
      ...sessions,
      async remove(places) {
        removals += 1;
        if (removals === nth) throw new Error('down');
        await sessions.remove(places);
      },
    };
    const broken = { ...core, sessions: failing };
    await expect(signOutEverywhere(broken, session)).rejects.toThrow('down');
    await signOutEverywhere(core, session);
    expect(sessions.count()).toBe(0);
    expect(tokens.rowsOf(session.user)).toEqual([]);
  });

  it('leaves a session alone that is being opened, but not one that never was', async () => {
    const { core, session, tokens, clock } = await signedIn(1);
    const record = await tokens.read(session.user, 'code');
    if (!record) throw new Error('the record is not there');
    const listed = { hash: 'f'.repeat(64), createdAt: clock.now(), expiresAt: session.expiresAt };
    await tokens.signIn(record, listed);
    await signOut(core, session);
    expect(await tokens.sessionsOf(session.user)).toEqual([listed]);
    clock.advance(61_000);
    await signOut(core, session);
    expect(tokens.rowsOf(session.user)).toEqual([]);
  });

  it('everywhere ends the session at hand last', async () => {
    const { core, session, sessions } = await signedIn(3);
    const ended: string[] = [];
    const watched: SessionStore = {
      ...sessions,
      async end(keys, ending) {
        ended.push(...keys.map(({ hash }) => hash));
        await sessions.end(keys, ending);
      },
    };
    await signOutEverywhere({ ...core, sessions: watched }, session);
    expect(ended).toHaveLength(3);
    expect(ended.at(-1)).toBe(session.key.hash);
  });
});

describe('tokens that outlive the last session', () => {
  it.each([
    ['signing out', signOut, 1],
    ['signing out everywhere', signOutEverywhere, 3],
  ])('stay at %s, with the time of its end', async (_name, end, browsers) => {
    const { core, session, sessions, tokens, clock } = await signedIn(browsers);
    clock.advance(1 * hours);
    await end({ ...core, refreshPolicy: { ...refreshPolicy, retainMs: days } }, session);
    expect(sessions.count()).toBe(0);
    expect(await tokens.sessionsOf(session.user)).toEqual([]);
    const sessionsEndAt = startTime + 1 * hours;
    expect(await tokens.read(session.user, 'code')).toMatchObject({
      state: 'active',
      sessionsEndAt,
    });
  });

  it('don’t end as long as there is another session', async () => {
    const { core, session, tokens } = await signedIn(2);
    await signOut({ ...core, refreshPolicy: { ...refreshPolicy, retainMs: days } }, session);
    const record = await tokens.read(session.user, 'code');
    expect(record?.sessionsEndAt).toBe(startTime + sessionPolicy.maxMs);
  });
});
