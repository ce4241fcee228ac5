import { beforeEach, describe, expect, it } from 'vitest';
import type { TokenStore } from '../../src/lib/auth/ports.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import type { Row } from '../../src/lib/storage/row.ts';
import type { Table } from '../../src/lib/storage/table.ts';
import { cacheAddress } from '../../src/lib/storage/token-rows.ts';
import { days, minutes, startTime } from '../support/clock.ts';
import type { RecordingLog } from '../support/recording-log.ts';
import { rowsBetween, useAzurite } from '../support/storage.ts';
import { appErrorOf } from '../support/thrown.ts';
import { newSession, tokenRecord } from '../support/token-records.ts';
import { allMarksOf, markOf, signedInRows, storedRecord } from './stored-record.ts';

const connection = useAzurite();
const forget = { now: startTime, retainMs: 0 };
const retain = { now: startTime, retainMs: days };

let table: Table;
let store: TokenStore;
let log: RecordingLog;
let user: UserHash;
let sessionHash: string;

beforeEach(async () => {
  ({ table, log, store, user, sessionHash } = await signedInRows(connection()));
});

describe('a row of a newer schema', () => {
  const mark = { flow: 'code', state: 'active', dueAt: startTime } as const;
  const calls: [string, () => Promise<unknown>][] = [
    ['read', () => store.read(user, 'code')],
    ['readAccessToken', () => store.readAccessToken(user, 'code')],
    ['readStatus', () => store.readStatus(user, 'code')],
    ['signIn', () => store.signIn(tokenRecord({ user }), newSession())],
    ['dropStaleMark', () => store.dropStaleMark({ user, ...mark })],
    ['signOut', () => store.signOut(user, [sessionHash], forget)],
    ['signOut with tokens kept', () => store.signOut(user, [sessionHash], retain)],
  ];

  beforeEach(async () => {
    const changes = { schema: 2, cache: Buffer.from('from the future') };
    const row = { ...cacheAddress(user, 'code'), ...changes };
    await table.change({ kind: 'merge', row, etag: '*' });
  });

  it.each(calls)('makes %s unavailable, and stays with its mark', async (_name, call) => {
    const before = await rowsBetween(table, { partitionKey: '0', to: 's' });
    expect((await appErrorOf(call)).code).toBe('temporarily_unavailable');
    expect(await rowsBetween(table, { partitionKey: '0', to: 's' })).toEqual(before);
    expect(log.lines).toEqual([]);
  });
});

describe('a row from before tokens had a state', () => {
  beforeEach(async () => {
    const { tenantId, state, reason, failures, retryAt, ...rest } = await rowOf(user);
    const { lastSeenAt, usedAt, sessionsEndAt, ...row } = rest;
    expect(Object.keys(row)).toEqual(expect.arrayContaining(['cache', 'dueAt', 'leaseOwner']));
    await table.change({ kind: 'replace', row: { ...row }, etag: '*' });
  });

  it('is active, has never failed, and counts as in use', async () => {
    const status = await store.readStatus(user, 'code');
    expect(status).toMatchObject({
      ...{ user, flow: 'code', scopes: ['User.Read'], refreshedAt: startTime },
      ...{ tenantId: '', state: 'active', reason: undefined, failures: 0, retryAt: 0 },
      ...{ lastSeenAt: startTime, usedAt: 0, dueAt: tokenRecord({ user }).dueAt },
    });
    // No session may be longer: whoever has signed in may still have one.
    expect(status?.sessionsEndAt).toBeGreaterThanOrEqual(startTime + 365 * days);
  });

  it('opens', async () => {
    const { accessToken, cache, lease } = tokenRecord({ user });
    expect(await store.read(user, 'code')).toMatchObject({ accessToken, cache, lease });
    expect(await store.readAccessToken(user, 'code')).toMatchObject({ accessToken });
  });

  it('changes its status, and moves its mark', async () => {
    const record = await storedRecord(store, user);
    const change = { state: 'reauth_required', dueAt: startTime + 90 * minutes } as const;
    const version = await store.changeStatus(record, change);
    expect(await storedRecord(store, user)).toEqual({ ...record, ...change, version });
    expect(await allMarksOf(store, user)).toEqual([markOf({ ...record, ...change })]);
  });

  it('is replaced by an update, and moves its mark', async () => {
    const next = tokenRecord({ user, dueAt: startTime + 90 * minutes });
    const version = await store.update(await storedRecord(store, user), next);
    expect(await storedRecord(store, user)).toEqual({ ...next, version });
    expect(await allMarksOf(store, user)).toEqual([markOf(next)]);
  });

  it('is replaced by a sign-in, and has one mark', async () => {
    const next = tokenRecord({ user, dueAt: startTime + 90 * minutes });
    await store.signIn(next, newSession());
    expect(await store.readStatus(user, 'code')).toMatchObject({ tenantId: 'tenant-1' });
    expect(await allMarksOf(store, user)).toEqual([markOf(next)]);
  });

  it('has its end noted with the last session', async () => {
    await store.signOut(user, [sessionHash], retain);
    expect((await storedRecord(store, user)).sessionsEndAt).toBe(startTime);
  });

  it('goes with the last session', async () => {
    expect(await store.signOut(user, [sessionHash], forget)).toBe(true);
    expect(await rowsBetween(table, { partitionKey: '0' })).toEqual([]);
  });
});

/** The columns of a user's row that the app wrote. */
async function rowOf(owner: UserHash): Promise<Row> {
  const row = await table.get(cacheAddress(owner, 'code'));
  const foreign = ['etag', 'timestamp', 'odata.metadata'];
  const ours = Object.entries(row ?? {}).filter(([name]) => !foreign.includes(name));
  return Object.fromEntries(ours) as Row;
}
