import { describe, expect, it } from 'vitest';
import { endSession, listSessions } from '../../../../src/lib/auth/session/list.ts';
import { openSession } from '../../../../src/lib/auth/session/open-session.ts';
import {
  findSession,
  type LiveSession,
  sessionKey,
} from '../../../../src/lib/auth/session/session.ts';
import { userHash } from '../../../../src/lib/auth/user.ts';
import { createManualClock, days, hours, minutes, startTime } from '../../../support/clock.ts';
import { createMemorySessionStore } from '../../../support/memory/session-store.ts';
import { createMemoryTokenStore } from '../../../support/memory/token-store.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { refreshPolicy, sessionPolicy } from '../../../support/refresh-policy.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { newSession } from '../../../support/token-records.ts';

const client = { address: '192.0.2.1', userAgent: 'Browser/1' };

/** Users with sessions on memory. */
function createSessions() {
  const clock = createManualClock();
  const tokens = createMemoryTokenStore();
  const sessions = createMemorySessionStore();
  const stores = { tokens, sessions, now: clock.now };
  const core = { ...stores, sessionPolicy, refreshPolicy };
  const opening = {
    ...{ ...stores, sessionPolicy, refreshPolicy },
    log: createRecordingLog(),
  };

  async function open({
    oid = 'ada',
    flow = 'code',
    by = client,
  }: {
    oid?: string;
    flow?: 'code' | 'device';
    by?: typeof client;
  } = {}): Promise<LiveSession & { secret: string }> {
    const identity = { oid, tid: 'tid-1', name: undefined, username: undefined };
    const issued = {
      cache: 'cache',
      accessToken: { token: 'access', expiresAt: clock.now() + 1 * hours },
      scopes: ['User.Read'],
    };
    const { sessionSecret } = await openSession(opening, identity, issued, { flow, client: by });
    const session = await find(sessionSecret, flow);
    if (!session) throw new Error('the session is not there');
    return { ...session, secret: sessionSecret };
  }

  const find = (secret: string, flow: 'code' | 'device' = 'code') =>
    findSession(core, secret, flow === 'code' ? 'browser' : 'device');

  return { clock, tokens, sessions, core, open, find };
}

type Sessions = ReturnType<typeof createSessions>;

async function idsFor({ core }: Sessions, session: LiveSession): Promise<string[]> {
  return (await listSessions(core, session)).map(({ id }) => id);
}

const idOf = ({ key }: LiveSession) => key.hash.slice(0, 24);

describe('a user’s list of sessions', () => {
  it('tells of each what it is, when it was used, and by whom it was opened', async () => {
    const { core, open, clock, find } = createSessions();
    const first = await open();
    clock.advance(10 * minutes);
    const device = { address: '2001:db8::7', userAgent: 'Device/1' };
    const second = await open({ flow: 'device', by: device });
    clock.advance(5 * minutes);
    await find(first.secret);
    expect(await listSessions(core, first)).toEqual([
      {
        ...{ id: idOf(second), kind: 'device', current: false, client: device },
        createdAt: '2026-03-14T09:40:00.000Z',
        lastSeenAt: '2026-03-14T09:40:00.000Z',
        expiresAt: '2026-03-21T09:40:00.000Z',
      },
      {
        ...{ id: idOf(first), kind: 'browser', current: true, client },
        createdAt: '2026-03-14T09:30:00.000Z',
        lastSeenAt: '2026-03-14T09:45:00.000Z',
        expiresAt: '2026-03-21T09:30:00.000Z',
      },
    ]);
  });

  it('has the newest first', async () => {
    const world = createSessions();
    const opened: LiveSession[] = [];
    for (let n = 0; n < 5; n++) {
      opened.push(await world.open());
      world.clock.advance(1 * minutes);
    }
    const newest = opened.map(idOf).reverse();
    for (const session of opened) expect(await idsFor(world, session)).toEqual(newest);
  });

  it('marks the one that asks as current, and no other', async () => {
    const { core, open } = createSessions();
    await open();
    const session = await open({ flow: 'device' });
    await open();
    const listed = await listSessions(core, session);
    expect(listed.filter(({ current }) => current)).toMatchObject([{ id: idOf(session) }]);
  });

  it('tells no secret, and not where a session is', async () => {
    const { core, open } = createSessions();
    const session = await open();
    const text = JSON.stringify(await listSessions(core, session));
    expect(text).not.toContain(session.secret.split('.')[1]);
    expect(text).not.toContain(session.key.hash);
  });

  it('leaves out sessions that are idle for too long', async () => {
    const world = createSessions();
    await world.open();
    world.clock.advance(sessionPolicy.idleMs - 1);
    const session = await world.open();
    expect(await idsFor(world, session)).toHaveLength(2);
    world.clock.advance(1);
    expect(await idsFor(world, session)).toEqual([idOf(session)]);
  });

  it('leaves out sessions whose time is up, however they are used', async () => {
    const world = createSessions();
    const old = await world.open();
    world.clock.advance(7 * days - 1);
    await world.sessions.touch(old.key, world.clock.now());
    const session = await world.open();
    expect(await idsFor(world, session)).toHaveLength(2);
    world.clock.advance(1);
    expect(await idsFor(world, session)).toEqual([idOf(session)]);
  });

  it('leaves out sessions that have ended', async () => {
    const world = createSessions();
    const [ended, ending] = [await world.open(), await world.open()];
    const session = await world.open();
    await world.sessions.remove([ended]);
    await world.sessions.end([ending.key], 'session');
    expect(await idsFor(world, session)).toEqual([idOf(session)]);
  });

  it('has no other users’ sessions', async () => {
    const world = createSessions();
    const other = await world.open({ oid: 'bob' });
    const session = await world.open();
    expect(await idsFor(world, session)).toEqual([idOf(session)]);
    expect(await idsFor(world, other)).toEqual([idOf(other)]);
  });

  it('has no other users’ sessions even when they are listed under this one', async () => {
    const world = createSessions();
    const session = await world.open();
    const other = await world.open({ oid: 'bob' });
    const record = await world.tokens.read(session.user, 'code');
    if (!record) throw new Error('the record is not there');
    const { hash } = other.key;
    const listed = { hash, createdAt: startTime, expiresAt: other.expiresAt };
    await world.tokens.signIn(record, listed);
    expect(await idsFor(world, session)).toEqual([idOf(session)]);
  });

  it('tells nothing of a client where nothing is known', async () => {
    const { core, open, sessions, tokens } = createSessions();
    const session = await open();
    const record = await tokens.read(session.user, 'code');
    if (!record) throw new Error('the record is not there');
    const entry = newSession();
    await tokens.signIn(record, entry);
    const { user, identity } = session;
    await sessions.create(sessionKey(entry), {
      ...{ user, identity, flow: 'code', kind: 'browser', expiresAt: entry.expiresAt },
      ...{ createdAt: startTime, lastSeenAt: startTime },
    });
    const listed = await listSessions(core, session);
    expect(listed.find(({ current }) => !current)?.client).toEqual({});
  });

  it('is of the hundred newest, where earlier versions have left more', async () => {
    const world = createSessions();
    const session = await world.open();
    const { user } = session;
    const read = await world.tokens.read(user, 'code');
    if (!read) throw new Error('the record is not there');
    for (let n = 1; n <= 100; n++) {
      const entry = { ...newSession(session.expiresAt), createdAt: startTime + n };
      await world.tokens.signIn(read, entry);
      await world.sessions.create(sessionKey(entry), {
        ...session,
        user,
        createdAt: startTime + n,
      });
    }
    const ids = await idsFor(world, session);
    expect(ids).toHaveLength(100);
    expect(ids).not.toContain(idOf(session));
  });
});

describe('ending a session by its id', () => {
  it('ends that one alone', async () => {
    const world = createSessions();
    const [session, other, third] = [await world.open(), await world.open(), await world.open()];
    await endSession(world.core, session, idOf(other));
    expect(await world.find(other.secret)).toBeUndefined();
    expect(await world.find(session.secret)).toBeDefined();
    expect(await world.find(third.secret)).toBeDefined();
    expect((await idsFor(world, session)).toSorted()).toEqual([idOf(session), idOf(third)].sort());
    expect(await world.tokens.read(session.user, 'code')).toBeDefined();
  });

  it('ends a device’s from a browser, and its tokens with the last', async () => {
    const { core, open, find, tokens } = createSessions();
    const device = await open({ flow: 'device' });
    const browser = await open();
    await endSession(core, browser, idOf(device));
    expect(await find(device.secret, 'device')).toBeUndefined();
    await endSession(core, browser, idOf(browser));
    expect(tokens.rowsOf(browser.user)).toEqual([]);
  });

  it('ends the one that asks, and with the last all that is kept of the user', async () => {
    const { core, open, find, sessions, tokens } = createSessions();
    const session = await open();
    await endSession(core, session, idOf(session));
    expect(await find(session.secret)).toBeUndefined();
    expect(sessions.count()).toBe(0);
    expect(tokens.rowsOf(session.user)).toEqual([]);
  });

  it('that has ended already is not found', async () => {
    const { core, open } = createSessions();
    const [session, other] = [await open(), await open()];
    await endSession(core, session, idOf(other));
    const error = await appErrorOf(() => endSession(core, session, idOf(other)));
    expect(error.code).toBe('not_found');
  });

  it('of another user is not found, and goes on', async () => {
    const { core, open, find } = createSessions();
    const [session, other] = [await open(), await open({ oid: 'bob' })];
    expect(other.user).toBe(userHash({ oid: 'bob', tid: 'tid-1' }));
    const error = await appErrorOf(() => endSession(core, session, idOf(other)));
    expect(error.code).toBe('not_found');
    expect(await find(other.secret)).toBeDefined();
  });

  it('is not found for anything but an id on the list', async () => {
    const { core, open, find } = createSessions();
    const session = await open();
    const id = idOf(session);
    const wrong = ['', 'x', id.slice(1), `${id}0`, session.key.hash, '0'.repeat(24)];
    for (const text of wrong) {
      const error = await appErrorOf(() => endSession(core, session, text));
      expect(error.code).toBe('not_found');
    }
    expect(await find(session.secret)).toBeDefined();
  });
});
