import { describe, expect, it } from 'vitest';
import { openSession } from '../../../../src/lib/auth/session/open-session.ts';
import { findSession } from '../../../../src/lib/auth/session/session.ts';
import {
  endAllSessions,
  signOut,
  signOutEverywhere,
} from '../../../../src/lib/auth/session/sign-out.ts';
import { atOnce } from '../../../../src/lib/basics/lists.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { createSessionStore } from '../../../../src/lib/storage/session-store.ts';
import type { Table } from '../../../../src/lib/storage/table.ts';
import { createTokenStore } from '../../../../src/lib/storage/token-store.ts';
import { createManualClock, days, hours, minutes, seconds } from '../../../support/clock.ts';
import { manyUser, writeSessions } from '../../../support/many-sessions.ts';
import { type Instrument, instrumentedTable } from '../../../support/matrix/instruments.ts';
import { createMemoryTable } from '../../../support/memory/table.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { refreshPolicy, sessionPolicy } from '../../../support/refresh-policy.ts';
import { newSealer } from '../../../support/sealer.ts';

const client = { address: undefined, userAgent: undefined };

/** The real stores on memory, and somebody with many sessions. */
async function createMany(count: number) {
  const clock = createManualClock();
  const log = createRecordingLog();
  const names = ['tokens', 'sessions', 'sids'] as const;
  const memory = names.map((name) => createMemoryTable(name));
  const counted = { atOnce: 0, most: 0, reads: 0, all: 0 };
  let failing: string | undefined;
  const instrument: Instrument = {
    async run(name, operation) {
      if (name === failing) throw new AppError('temporarily_unavailable');
      counted.all += 1;
      counted.atOnce += 1;
      counted.most = Math.max(counted.most, counted.atOnce);
      if (name === 'get sessions') counted.reads += 1;
      // Others come in between, as they do on the way to a server.
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      counted.atOnce -= 1;
      return operation();
    },
  };
  const [table, sessionTable, sidTable] = memory.map((each) =>
    instrumentedTable(each, instrument),
  ) as [Table, Table, Table];
  const sealer = newSealer();
  const tokens = createTokenStore({ table, sealer, log });
  const sessions = createSessionStore({ table: sessionTable, sidTable, sealer, log });
  const stores = { tokens, sessions, now: clock.now, log };
  const core = { ...stores, sessionPolicy, refreshPolicy };
  const secrets = await writeSessions({ sessions, table }, { count, now: clock.now() });

  /** A sign-in in one more browser. */
  async function signIn() {
    const issued = {
      cache: 'cache',
      accessToken: { token: 'access', expiresAt: clock.now() + 1 * hours },
      scopes: ['User.Read'],
    };
    const opening = { ...stores, sessionPolicy, refreshPolicy };
    const { sessionSecret } = await openSession(opening, manyUser.identity, issued, {
      ...{ flow: 'code', client },
    });
    return sessionSecret;
  }

  async function sessionOf(secret: string) {
    const found = await findSession(core, secret, 'browser');
    if (!found) throw new Error('the session is not there');
    return found;
  }

  return {
    ...{ clock, log, core, tokens, sessions, counted, secrets, signIn, sessionOf },
    fail: (name: string | undefined) => {
      failing = name;
    },
    startCounting: () => Object.assign(counted, { most: 0, reads: 0, all: 0 }),
    works: async (secret: string) => (await findSession(core, secret, 'browser')) !== undefined,
    listed: async () => (await tokens.sessionsOf(manyUser.user)).map(({ hash }) => hash),
    rows: () => memory.flatMap((each) => each.rows()),
  };
}

describe('a user’s sessions', () => {
  it('are fifty at most: a further sign-in ends the oldest', async () => {
    const { secrets, signIn, listed, works } = await createMany(50);
    const secret = await signIn();
    expect(await listed()).toHaveLength(50);
    const working = await Promise.all(
      [secrets[0], secrets[1]].map((each) => works(each?.secret ?? '')),
    );
    expect([...working, await works(secret)]).toEqual([false, true, true]);
  });

  it('end for want of activity before a live one ends for want of room', async () => {
    const { secrets, signIn, works, clock, core } = await createMany(60);
    clock.advance(7 * hours + 59 * minutes);
    // The ten oldest are in use, the others have not been seen for nine hours.
    for (const { secret } of secrets.slice(0, 10)) {
      expect(await findSession(core, secret, 'browser')).toBeDefined();
    }
    clock.advance(1 * hours);
    await signIn();
    const working = await Promise.all(secrets.map(({ secret }) => works(secret)));
    expect(working).toEqual(secrets.map((_, index) => index < 10));
  });

  it('that are over go without being read, and young ones stay without being read', async () => {
    const { signIn, listed, clock, counted, startCounting } = await createMany(20);
    clock.advance(8 * days);
    startCounting();
    await signIn();
    expect([counted.reads, (await listed()).length]).toEqual([0, 1]);
    clock.advance(7 * hours);
    await signIn();
    expect([counted.reads, (await listed()).length]).toEqual([0, 2]);
  });

  it('cost a first sign-in nothing', async () => {
    const { signIn, counted, startCounting } = await createMany(0);
    startCounting();
    await signIn();
    expect(counted.all).toBe(4);
  });

  it('that can’t be ended fail no sign-in, and go at the next', async () => {
    const { signIn, listed, works, fail, log } = await createMany(55);
    fail('delete sids');
    expect(await works(await signIn())).toBe(true);
    expect((await listed()).length).toBeGreaterThan(50);
    expect(log.lines.map(({ event }) => event)).toEqual(['surplus-sessions-not-ended']);
    fail(undefined);
    await signIn();
    expect(await listed()).toHaveLength(50);
  });

  it('that would take too long to end are left to the next sign-in', async () => {
    const { signIn, listed, clock, core } = await createMany(1_200);
    const { end } = core.sessions;
    core.sessions.end = async (...given) => {
      clock.advance(2 * seconds);
      await end(...given);
    };
    await signIn();
    const left = (await listed()).length;
    expect(left).toBeGreaterThan(50);
    expect(left).toBeLessThan(1_200);
    await signIn();
    expect(await listed()).toHaveLength(50);
  });
});

describe('somebody with 4,000 sessions', () => {
  it('signs in with a bounded number of requests at once, and keeps the newest fifty', async () => {
    const { secrets, signIn, listed, works, counted, startCounting } = await createMany(4_000);
    startCounting();
    const secret = await signIn();
    expect(counted.most).toBeLessThanOrEqual(atOnce);
    expect(await listed()).toHaveLength(50);
    expect(await works(secret)).toBe(true);
    expect(await works(secrets.at(-49)?.secret ?? '')).toBe(true);
    expect(await works(secrets.at(-50)?.secret ?? '')).toBe(false);
  }, 60_000);

  it('signs out everywhere with a bounded number of requests at once, and nothing is left', async () => {
    const { secrets, sessionOf, core, rows, counted, startCounting } = await createMany(4_000);
    const session = await sessionOf(secrets.at(-1)?.secret ?? '');
    startCounting();
    await signOutEverywhere(core, session);
    expect(counted.most).toBeLessThanOrEqual(atOnce);
    // An index entry each, which has a partition of its own; all else goes a hundred at a time.
    expect(counted.all).toBeLessThan(5_500);
    expect(rows()).toEqual([]);
  }, 60_000);

  it('signs out with a bounded number of requests at once, and stays signed in elsewhere', async () => {
    const { secrets, sessionOf, core, listed, counted, startCounting } = await createMany(4_000);
    const session = await sessionOf(secrets.at(-1)?.secret ?? '');
    startCounting();
    await signOut(core, session);
    expect(counted.most).toBeLessThanOrEqual(atOnce);
    expect(await listed()).toHaveLength(3_999);
  }, 60_000);

  it('is signed out by the next call where one breaks off', async () => {
    const { core, rows, fail, counted, startCounting } = await createMany(2_500);
    const { remove } = core.sessions;
    let pieces = 0;
    core.sessions.remove = async (places) => {
      pieces += 1;
      if (pieces === 2) fail('transaction sessions');
      await remove(places);
    };
    const broken = endAllSessions(core, manyUser.user);
    await expect(broken).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    fail(undefined);
    expect(rows().length).toBeGreaterThan(0);
    startCounting();
    await endAllSessions(core, manyUser.user);
    // Also where rows of a transaction are gone, and it is made one row at a time.
    expect(counted.most).toBeLessThanOrEqual(atOnce);
    expect(rows()).toEqual([]);
  }, 60_000);
});
