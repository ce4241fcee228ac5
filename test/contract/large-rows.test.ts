import { beforeEach, describe, expect, it } from 'vitest';
import type { TokenStore } from '../../src/lib/auth/ports.ts';
import { missingAccessToken } from '../../src/lib/auth/tokens/missing-access-token.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import { userHash } from '../../src/lib/auth/user.ts';
import { createDeviceStore } from '../../src/lib/storage/device-store.ts';
import type { StoredRow, Value } from '../../src/lib/storage/row.ts';
import { createSessionStore } from '../../src/lib/storage/session-store.ts';
import type { Table } from '../../src/lib/storage/table.ts';
import { cacheAddress } from '../../src/lib/storage/token-rows.ts';
import { createTokenStore } from '../../src/lib/storage/token-store.ts';
import { days, startTime } from '../support/clock.ts';
import { randomText } from '../support/random-text.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { newSealer } from '../support/sealer.ts';
import { newTable, useAzurite } from '../support/storage.ts';
import { appErrorOf } from '../support/thrown.ts';
import { newSession, newUserIn, tokenRecord } from '../support/token-records.ts';
import { deviceSignIn, newDeviceKey } from './device-store.contract.ts';
import { signedInRows, storedRecord } from './stored-record.ts';

const connection = useAzurite();
const kilo = 1024;
const full = 64 * kilo;

let table: Table;
let store: TokenStore;
let user: UserHash;
let token: string;

beforeEach(async () => {
  token = randomText(200 * kilo);
  ({ table, store, user } = await signedInRows(connection(), { token, cache: randomText(1000) }));
});

async function rowOf(owner = user): Promise<StoredRow> {
  const row = await table.get(cacheAddress(owner, 'code'));
  if (!row) throw new Error('the row is not there');
  return row;
}

/** Sealed columns of a row, and the bytes in each. */
async function columnsOf(owner = user): Promise<Record<string, number>> {
  const sealed = Object.entries(await rowOf(owner)).flatMap(([name, value]) =>
    value instanceof Uint8Array ? [[name, value.length] as const] : [],
  );
  return Object.fromEntries(sealed.filter(([name]) => name !== 'cache'));
}

async function tamper(changes: Record<string, Value>, owner = user): Promise<void> {
  const row = { ...cacheAddress(owner, 'code'), ...changes };
  await table.change({ kind: 'merge', row, etag: '*' });
}

const accessTokenOf = async () => (await store.readAccessToken(user, 'code'))?.accessToken;

const columnIn = (row: StoredRow, name: string) => row[name] as Uint8Array;

describe('a value over 64 KiB', () => {
  it('is in numbered columns, each but the last of them full', async () => {
    expect(await columnsOf()).toEqual({
      ...{ accessToken: full, accessToken1: full, accessToken2: full },
      accessToken3: 200 * kilo - 3 * full + 29,
    });
  });

  it.each([
    ['of exactly 64 KiB is in one', full - 29, { accessToken: full }],
    ['of one byte more is in two', full - 28, { accessToken: full, accessToken1: 1 }],
    ['of exactly 128 KiB is in two', 2 * full - 29, { accessToken: full, accessToken1: full }],
  ])('%s', async (_name, length, columns) => {
    const record = tokenRecord({ user, token: 'x'.repeat(length) });
    await store.update(await storedRecord(store, user), record);
    expect(await columnsOf()).toEqual(columns);
    expect((await store.readAccessToken(user, 'code'))?.accessToken).toEqual(record.accessToken);
  });

  it('leaves nothing behind when a smaller one replaces it', async () => {
    await store.update(await storedRecord(store, user), tokenRecord({ user }));
    expect(Object.keys(await columnsOf())).toEqual(['accessToken']);
    expect((await store.readAccessToken(user, 'code'))?.accessToken.token).toBe('access-0');
  });

  it('is read in one request', async () => {
    const asked: unknown[] = [];
    const counting: Table = {
      ...table,
      get(address, select) {
        asked.push(address);
        return table.get(address, select);
      },
    };
    const sealer = newSealer();
    const log = createRecordingLog();
    const own = createTokenStore({ table: counting, sealer, log });
    const other = newUserIn('0');
    await own.signIn(tokenRecord({ user: other, token }), newSession());
    asked.length = 0;
    expect((await own.readAccessToken(other, 'code'))?.accessToken.token).toBe(token);
    expect(asked).toHaveLength(1);
  });

  it.each<[string, (row: StoredRow) => Record<string, Value>]>([
    [
      'two columns are swapped',
      (row) => ({
        accessToken1: columnIn(row, 'accessToken2'),
        accessToken2: columnIn(row, 'accessToken1'),
      }),
    ],
    ['one is emptied', () => ({ accessToken2: Buffer.alloc(0) })],
    ['one is cut short', (row) => ({ accessToken1: columnIn(row, 'accessToken1').subarray(1) })],
    ['one is text', () => ({ accessToken1: 'text' })],
    ['one comes twice', (row) => ({ accessToken1: columnIn(row, 'accessToken') })],
    ['the last is lengthened', () => ({ accessToken3: Buffer.alloc(full) })],
    ['the first stands alone', (row) => ({ accessToken: columnIn(row, 'accessToken3') })],
  ])('counts as missing when %s', async (_name, change) => {
    await tamper(change(await rowOf()));
    expect(await accessTokenOf()).toEqual(missingAccessToken);
    expect((await store.read(user, 'code'))?.accessToken).toEqual(missingAccessToken);
  });

  it('counts as missing when a column of an earlier value is put back', async () => {
    const { accessToken1 } = await rowOf();
    await store.update(await storedRecord(store, user), tokenRecord({ user, token }));
    await tamper({ accessToken1: accessToken1 as Uint8Array });
    expect(await accessTokenOf()).toEqual(missingAccessToken);
  });

  it('does not open with a column of another user’s', async () => {
    const other = newUserIn('0');
    await store.signIn(tokenRecord({ user: other, token }), newSession());
    await tamper({ accessToken2: columnIn(await rowOf(other), 'accessToken2') });
    expect(await accessTokenOf()).toEqual(missingAccessToken);
    expect((await store.readAccessToken(other, 'code'))?.accessToken.token).toBe(token);
  });
});

it('a row that the service alone finds too large is refused as others are', async () => {
  const large = tokenRecord({ user, token: 'x'.repeat(900 * kilo) });
  const previous = await storedRecord(store, user);
  for (const write of [
    () => store.update(previous, large),
    () => store.update(previous, { ...large, dueAt: large.dueAt + 1 }),
  ]) {
    expect((await appErrorOf(write)).public.reason).toBe('tokens_too_large');
  }
  expect((await store.readAccessToken(user, 'code'))?.accessToken.token).toBe(token);
});

it('a session with much to say of its user is kept', async () => {
  const sessions = createSessionStore({
    ...{ table: newTable(connection()), sidTable: newTable(connection()) },
    ...{ sealer: newSealer(), log: createRecordingLog() },
  });
  const identity = { oid: 'oid-1', tid: 'tid-1', name: randomText(70 * kilo), username: 'ada' };
  const key = { day: '2026-03-21', hash: user };
  const session = {
    ...({ user: userHash(identity), identity, flow: 'code', kind: 'browser' } as const),
    ...{ createdAt: startTime, lastSeenAt: startTime, expiresAt: startTime + 7 * days },
  };
  await sessions.create(key, session);
  expect(await sessions.read(key)).toEqual(session);
});

it('a device sign-in with a large code is kept', async () => {
  const devices = createDeviceStore({
    ...{ table: newTable(connection()), sealer: newSealer(), log: createRecordingLog() },
  });
  const key = newDeviceKey();
  const authorization = { ...deviceSignIn.authorization, deviceCode: randomText(100 * kilo) };
  await devices.create(key, { ...deviceSignIn, authorization });
  expect(await devices.read(key)).toMatchObject({ authorization });
});
