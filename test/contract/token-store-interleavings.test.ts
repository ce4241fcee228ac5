import { beforeEach, describe, expect, it } from 'vitest';
import type { StatusChange, TokenStore } from '../../src/lib/auth/ports.ts';
import type { SessionEntry } from '../../src/lib/auth/session/ports.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import type { Sealer } from '../../src/lib/crypto/sealer.ts';
import type { Table } from '../../src/lib/storage/table.ts';
import { createTokenStore } from '../../src/lib/storage/token-store.ts';
import { days, startTime } from '../support/clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { newSealer } from '../support/sealer.ts';
import { newTable, rowsBetween, useAzurite } from '../support/storage.ts';
import { marksOf, newSession, newUserIn, tokenRecord } from '../support/token-records.ts';
import { type Interruptions, interleavedTable, nothing } from './interleaved-table.ts';
import { allMarksOf, markOf, storedRecord } from './stored-record.ts';

const connection = useAzurite();
const log = createRecordingLog();

let table: Table;
let sealer: Sealer;
let store: TokenStore;
let user: UserHash;
let session: SessionEntry;

beforeEach(async () => {
  table = newTable(connection());
  sealer = newSealer();
  store = createTokenStore({ table, sealer, log });
  user = newUserIn('0');
  session = await signIn(store, 0);
});

/** Signs the user in, due some milliseconds after the start. */
async function signIn(on: TokenStore, delay: number): Promise<SessionEntry> {
  const signedIn = newSession();
  await on.signIn(
    tokenRecord({ user, token: `access-${delay}`, dueAt: startTime + delay }),
    signedIn,
  );
  return signedIn;
}

function interleaved(steps: Interruptions) {
  return createTokenStore({ table: interleavedTable(table, steps), sealer, log });
}

const signOut = () => store.signOut(user, [session.hash], { now: startTime, retainMs: 0 });
const rows = () => rowsBetween(table, { partitionKey: '0' });

describe('a sign-in', () => {
  it('after which the user has signed out starts anew', async () => {
    await signIn(interleaved({ changeAll: [signOut] }), 1);
    expect(await rows()).toHaveLength(3);
    expect((await store.read(user, 'code'))?.accessToken.token).toBe('access-1');
  });

  it('that finds another one done meanwhile replaces it', async () => {
    await signIn(interleaved({ changeAll: [() => signIn(store, 1)] }), 2);
    expect((await store.read(user, 'code'))?.accessToken.token).toBe('access-2');
    expect(await marksOf(store, user)).toMatchObject([{ dueAt: startTime + 2 }]);
  });

  it('that finds a sign-out and then another sign-in leaves one mark', async () => {
    const unlucky = interleaved({
      changeAll: [signOut],
      get: [nothing, () => signIn(store, 1)],
    });
    await signIn(unlucky, 2);
    expect(await marksOf(store, user)).toMatchObject([{ dueAt: startTime + 2 }]);
  });

  it('that is always too late is unavailable, and changes nothing', async () => {
    let delay = 0;
    const again = () => signIn(store, ++delay);
    const late = signIn(interleaved({ changeAll: Array(8).fill(again) }), 99);
    await expect(late).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    expect((await store.read(user, 'code'))?.accessToken.token).toBe('access-8');
    expect(await marksOf(store, user)).toHaveLength(1);
  });
});

describe('an update', () => {
  it('that a sign-out overtakes is gone, and leaves nothing', async () => {
    const record = await storedRecord(store, user);
    const late = interleaved({ changeAll: [signOut] });
    const update = late.update(record, tokenRecord({ user, dueAt: startTime + 1 }));
    await expect(update).rejects.toMatchObject({ name: 'GoneError' });
    expect(await rows()).toEqual([]);
  });

  it('does not replace a sign-in that followed a sign-out', async () => {
    const record = await storedRecord(store, user);
    await signOut();
    const late = interleaved({ changeAll: [nothing, () => signIn(store, 1)] });
    const update = late.update(record, tokenRecord({ user, dueAt: startTime + 2 }));
    await expect(update).rejects.toMatchObject({ name: 'ConflictError' });
    expect(await marksOf(store, user)).toMatchObject([{ dueAt: startTime + 1 }]);
  });
});

describe('a change of status', () => {
  it.each([
    ['that moves the mark', { dueAt: startTime + 1 }],
    ['that ends the sign-in', { state: 'reauth_required' }],
  ] as [string, StatusChange][])(
    '%s, and that a sign-out overtakes, is gone and leaves nothing',
    async (_name, change) => {
      const record = await storedRecord(store, user);
      const late = interleaved({ changeAll: [signOut] }).changeStatus(record, change);
      await expect(late).rejects.toMatchObject({ name: 'GoneError' });
      expect(await rows()).toEqual([]);
    },
  );

  it('that leaves the mark, and that a sign-out overtakes, is gone and leaves nothing', async () => {
    const record = await storedRecord(store, user);
    const late = interleaved({ change: [signOut] }).changeStatus(record, { failures: 1 });
    await expect(late).rejects.toMatchObject({ name: 'GoneError' });
    expect(await rows()).toEqual([]);
  });

  it('does not touch a sign-in that followed a sign-out', async () => {
    const record = await storedRecord(store, user);
    await signOut();
    const late = interleaved({ changeAll: [nothing, () => signIn(store, 1)] });
    const change = late.changeStatus(record, { state: 'reauth_required' });
    await expect(change).rejects.toMatchObject({ name: 'ConflictError' });
    expect(await allMarksOf(store, user)).toMatchObject([
      { state: 'active', dueAt: startTime + 1 },
    ]);
  });
});

describe('a sign-out that keeps the tokens', () => {
  const keep = { now: startTime, retainMs: days };

  it('and that a sign-in overtakes leaves that alone', async () => {
    // The first change takes the session off its list, the second notes the end.
    const late = interleaved({ change: [nothing, () => signIn(store, 1)] });
    expect(await late.signOut(user, [session.hash], keep)).toBe(false);
    const record = await storedRecord(store, user);
    expect(record.sessionsEndAt).toBe(startTime + 7 * days);
    expect(await store.sessionsOf(user)).toHaveLength(1);
  });

  it('and that a refresh overtakes notes the end all the same', async () => {
    const record = await storedRecord(store, user);
    const next = tokenRecord({ user, token: 'refreshed', dueAt: startTime + 1 });
    const late = interleaved({ change: [nothing, () => store.update(record, next)] });
    expect(await late.signOut(user, [session.hash], keep)).toBe(false);
    const kept = await storedRecord(store, user);
    expect(kept).toMatchObject({ sessionsEndAt: startTime, accessToken: { token: 'refreshed' } });
    expect(await allMarksOf(store, user)).toEqual([markOf(next)]);
  });
});

describe('a sign-out', () => {
  it('that a sign-in overtakes leaves that alone', async () => {
    const late = interleaved({ changeAll: [() => signIn(store, 1)] });
    expect(await late.signOut(user, [session.hash], { now: startTime, retainMs: 0 })).toBe(false);
    expect((await store.read(user, 'code'))?.accessToken.token).toBe('access-1');
    expect(await store.sessionsOf(user)).toHaveLength(1);
    expect(await marksOf(store, user)).toMatchObject([{ dueAt: startTime + 1 }]);
  });

  it('that breaks off can be done again', async () => {
    let broken = true;
    const watched: Table = {
      ...table,
      change: async (change) => {
        if (broken) throw new Error('down');
        return table.change(change);
      },
    };
    const breaking = createTokenStore({ table: watched, sealer, log });
    await expect(
      breaking.signOut(user, [session.hash], { now: startTime, retainMs: 0 }),
    ).rejects.toThrow('down');
    broken = false;
    await breaking.signOut(user, [session.hash], { now: startTime, retainMs: 0 });
    expect(await store.read(user, 'code')).toBeUndefined();
    expect(await store.sessionsOf(user)).toEqual([]);
  });
});
