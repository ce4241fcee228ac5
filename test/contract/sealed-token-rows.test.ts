import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TokenStore } from '../../src/lib/auth/ports.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import type { Value } from '../../src/lib/storage/row.ts';
import type { Table } from '../../src/lib/storage/table.ts';
import { cacheAddress, tokensTable } from '../../src/lib/storage/token-rows.ts';
import { createTokenStore } from '../../src/lib/storage/token-store.ts';
import { days, startTime } from '../support/clock.ts';
import type { RecordingLog } from '../support/recording-log.ts';
import { newSealer } from '../support/sealer.ts';
import { rowsBetween, useAzurite } from '../support/storage.ts';
import { newSession, newUserIn, tokenRecord } from '../support/token-records.ts';
import { allMarksOf, markOf, signedInRows } from './stored-record.ts';

const connection = useAzurite();
const secret = 'an-access-token-that-nobody-may-see';
const cache = JSON.stringify({ RefreshToken: { secret: 'a-refresh-token' } });

let table: Table;
let store: TokenStore;
let log: RecordingLog;
let user: UserHash;
let sessionHash: string;

beforeEach(async () => {
  ({ table, log, store, user, sessionHash } = await signedInRows(connection(), {
    token: secret,
    cache,
  }));
});

/** Changes properties of a user's row behind the store's back. */
async function tamper(changes: Record<string, Value>, victim = user) {
  const row = { ...cacheAddress(victim, 'code'), ...changes };
  await table.change({ kind: 'merge', row, etag: '*' });
}

async function bytesOf(property: string, owner = user): Promise<Uint8Array> {
  const row = await table.get(cacheAddress(owner, 'code'));
  const bytes = row?.[property];
  if (!(bytes instanceof Uint8Array)) throw new Error(`${property} is not binary`);
  return bytes;
}

const missing = { token: '', expiresAt: 0 };

describe('a row of tokens', () => {
  it('is named by the user hash, and its sealed values are binary', async () => {
    const [row, mark, session] = await rowsBetween(table, { partitionKey: '0' }, [
      'cache',
      'accessToken',
      'kid',
      'schema',
    ]);
    expect(row?.rowKey).toBe(`c|${user}|code`);
    expect(mark?.rowKey).toBe(`d|${new Date(startTime + 1_800_000).toISOString()}|${user}|code`);
    expect(session?.rowKey).toBe(`s|${user}|${sessionHash}`);
    expect(row?.['cache']).toBeInstanceOf(Uint8Array);
    expect(row?.['accessToken']).toBeInstanceOf(Uint8Array);
    expect(row?.['kid']).toEqual(expect.any(String));
    expect(row?.['schema']).toBe(1);
  });

  it('holds no token in the clear, in any encoding', async () => {
    const row = await table.get(cacheAddress(user, 'code'));
    for (const value of Object.values(row ?? {})) {
      const text = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : `${value}`;
      for (const plain of [secret, 'a-refresh-token', Buffer.from(secret).toString('base64')]) {
        expect(text).not.toContain(plain);
      }
    }
  });

  it('seals the same tokens differently each time', async () => {
    const before = await bytesOf('cache');
    const record = await store.read(user, 'code');
    if (!record) throw new Error('the record is not there');
    await store.update(record, record);
    expect(Buffer.from(await bytesOf('cache')).equals(before)).toBe(false);
  });
});

describe('a sealed value', () => {
  it('does not open in another user’s row', async () => {
    const other = newUserIn('0');
    await store.signIn(tokenRecord({ user: other, token: 'other', cache }), newSession());
    await tamper({ accessToken: await bytesOf('accessToken') }, other);
    expect(await store.readAccessToken(other, 'code')).toMatchObject({ accessToken: missing });
    expect(await store.read(other, 'code')).toMatchObject({ accessToken: missing, cache });
    await tamper({ cache: await bytesOf('cache') }, other);
    expect(await store.read(other, 'code')).toBeUndefined();
    expect((await store.read(user, 'code'))?.accessToken.token).toBe(secret);
  });

  it('does not open as another property of its own row', async () => {
    const sealed = { cache: await bytesOf('cache'), accessToken: await bytesOf('accessToken') };
    await tamper({ accessToken: sealed.cache });
    expect(await store.readAccessToken(user, 'code')).toMatchObject({ accessToken: missing });
    await tamper({ cache: sealed.accessToken });
    expect(await store.read(user, 'code')).toBeUndefined();
  });

  it('does not open in the row of the user’s other flow', async () => {
    await store.signIn(tokenRecord({ user, flow: 'device' }), newSession());
    const row = { ...cacheAddress(user, 'device'), cache: await bytesOf('cache') };
    await table.change({ kind: 'merge', row, etag: '*' });
    expect(await store.read(user, 'device')).toBeUndefined();
  });

  const damages: [string, (bytes: Uint8Array) => Value][] = [
    ['cut short', (bytes) => bytes.subarray(0, -1)],
    ['cut to its head', (bytes) => bytes.subarray(0, 13)],
    ['with a bit turned', (bytes) => flipped(bytes, bytes.length - 20)],
    ['with a bit of its nonce turned', (bytes) => flipped(bytes, 3)],
    ['with a bit of its tag turned', (bytes) => flipped(bytes, bytes.length - 1)],
    ['of another format', (bytes) => flipped(bytes, 0)],
    ['lengthened', (bytes) => Buffer.concat([bytes, Buffer.of(0)])],
    ['emptied', () => Buffer.alloc(0)],
    ['replaced by plaintext', () => Buffer.from('eyJhbGciOiJub25lIn0')],
    ['replaced by a string', () => 'text'],
    ['replaced by noise', (bytes) => randomBytes(bytes.length)],
  ];

  it.each(damages)('%s counts as absent, and is logged without content', async (_name, damage) => {
    const before = await store.read(user, 'code');
    await tamper({ accessToken: damage(await bytesOf('accessToken')) });
    // The tokens of which nothing but the access token is lost can be refreshed.
    const lost = { accessToken: missing, accessTokenExpiresAt: 0, version: expect.any(String) };
    const { cache: _, lease: __, ...status } = { ...before, cache: '', lease: undefined };
    expect(await store.readAccessToken(user, 'code')).toEqual({ ...status, ...lost });
    expect(await store.read(user, 'code')).toEqual({ ...before, ...lost });
    await tamper({ cache: damage(await bytesOf('cache')) });
    expect(await store.read(user, 'code')).toBeUndefined();
    expect(log.lines[0]).toMatchObject({ level: 'error', event: 'undecryptable' });
    expect(log.lines[0]?.fields).toEqual({
      table: tokensTable,
      user: user.slice(0, 12),
      flow: 'code',
    });
  });

  it('of an unknown key counts as absent', async () => {
    await tamper({ kid: '1999-01-01' });
    expect(await store.read(user, 'code')).toBeUndefined();
  });

  it('that does not open is replaced by the next sign-in', async () => {
    await tamper({ cache: Buffer.alloc(0) });
    await store.signIn(tokenRecord({ user, token: 'new' }), newSession());
    expect((await store.read(user, 'code'))?.accessToken.token).toBe('new');
  });

  it('that does not open goes with the last session', async () => {
    await tamper({ cache: Buffer.alloc(0) });
    await store.signOut(user, [sessionHash], { now: startTime, retainMs: 0 });
    expect(await rowsBetween(table, { partitionKey: '0' })).toEqual([]);
  });
});

describe('a record that does not open here', () => {
  let stranger: TokenStore;

  beforeEach(() => {
    stranger = createTokenStore({ table, sealer: newSealer(), log });
  });

  it('still has its status', async () => {
    expect(await stranger.read(user, 'code')).toBeUndefined();
    expect(await stranger.readStatus(user, 'code')).toEqual(await store.readStatus(user, 'code'));
  });

  it('is put back, and opens as before where it can be opened', async () => {
    const before = await store.read(user, 'code');
    const [sealedCache, sealedToken] = [await bytesOf('cache'), await bytesOf('accessToken')];
    const status = await stranger.readStatus(user, 'code');
    if (!status) throw new Error('the status is not there');
    const change = { dueAt: startTime + days, failures: 1 };
    const version = await stranger.changeStatus(status, change);
    expect(await bytesOf('cache')).toEqual(sealedCache);
    expect(await bytesOf('accessToken')).toEqual(sealedToken);
    expect(await store.read(user, 'code')).toEqual({ ...before, ...change, version });
    expect(await allMarksOf(store, user)).toEqual([markOf({ ...status, ...change })]);
  });

  it('is removed by its status', async () => {
    const status = await stranger.readStatus(user, 'code');
    if (!status) throw new Error('the status is not there');
    await stranger.remove(status);
    expect(await store.readStatus(user, 'code')).toBeUndefined();
    expect(await allMarksOf(store, user)).toEqual([]);
  });

  it('keeps its mark until that is stale', async () => {
    const { dueAt } = tokenRecord({ user });
    await stranger.dropStaleMark({ user, flow: 'code', state: 'active', dueAt });
    expect(await allMarksOf(store, user)).toHaveLength(1);
  });
});

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}
