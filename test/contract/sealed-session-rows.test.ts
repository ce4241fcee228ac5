import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type {
  FoundSession,
  SessionKey,
  SessionRecord,
  SessionStore,
} from '../../src/lib/auth/session/ports.ts';
import { userHash } from '../../src/lib/auth/user.ts';
import type { RowAddress, Value } from '../../src/lib/storage/row.ts';
import { createSessionStore } from '../../src/lib/storage/session-store.ts';
import type { Table } from '../../src/lib/storage/table.ts';
import { days, startTime } from '../support/clock.ts';
import { createRecordingLog, type RecordingLog } from '../support/recording-log.ts';
import { newSealer } from '../support/sealer.ts';
import { newTable, useAzurite } from '../support/storage.ts';
import { appErrorOf } from '../support/thrown.ts';

const connection = useAzurite();
const identity = { oid: 'oid-1', tid: 'tid-1', name: 'Ada Lovelace', username: 'ada@example.com' };

let table: Table;
let store: SessionStore;
let log: RecordingLog;
let key: SessionKey;

beforeEach(async () => {
  table = newTable(connection());
  log = createRecordingLog();
  store = createSessionStore({ table, sidTable: table, sealer: newSealer(), log });
  key = newKey();
  await store.create(key, session());
});

async function tamper(changes: Record<string, Value>, victim = key) {
  await table.change({ kind: 'merge', row: { ...addressOf(victim), ...changes }, etag: '*' });
}

async function expired(): Promise<FoundSession[]> {
  const sessions: FoundSession[] = [];
  for await (const page of store.expired(startTime + 30 * days)) sessions.push(...page);
  return sessions;
}

describe('a row of a session', () => {
  it('is found by the day in the cookie and the hash of the id', async () => {
    const row = await table.get(addressOf(key));
    expect(row?.['session']).toBeInstanceOf(Uint8Array);
    expect(row?.['schema']).toBe(1);
    expect(row?.['h']).toBe(userHash(identity));
  });

  it('holds no name, mail or id of a person in the clear', async () => {
    const row = await table.get(addressOf(key));
    const text = Object.values(row ?? {})
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : `${value}`))
      .join('\n');
    for (const plain of Object.values(identity)) expect(text).not.toContain(plain);
  });

  it('does not open under another session’s key', async () => {
    const other = newKey();
    await store.create(other, session());
    const row = await table.get(addressOf(key));
    await tamper({ session: row?.['session'] as Uint8Array }, other);
    expect(await store.read(other)).toBeUndefined();
    expect(await store.read(key)).toEqual(session());
  });

  it.each([
    ['emptied', Buffer.alloc(0)],
    ['replaced by plaintext', Buffer.from(JSON.stringify(session()))],
    ['replaced by noise', randomBytes(200)],
  ])('counts as absent when %s', async (_name, bytes) => {
    await tamper({ session: bytes });
    expect(await store.read(key)).toBeUndefined();
    expect(log.lines[0]?.fields).toEqual({ table: table.name, user: session().user.slice(0, 12) });
  });

  it('counts as absent under an unknown key', async () => {
    await tamper({ kid: '1999-01-01' });
    expect(await store.read(key)).toBeUndefined();
  });

  it('does not become another user’s by its hash column', async () => {
    await tamper({ h: userHash({ oid: 'other', tid: 'tid-1' }) });
    expect((await store.read(key))?.user).toBe(userHash(identity));
  });

  it('that does not open is listed by its day all the same', async () => {
    await tamper({ session: Buffer.alloc(0) });
    const listed = { user: session().user, key };
    expect(await expired()).toEqual([listed]);
  });

  it.each(['', 'nobody', 7])('is listed without a user when its hash column is %o', async (h) => {
    await tamper({ h });
    expect(await expired()).toEqual([{ user: undefined, key }]);
  });

  it('of a newer schema is unavailable', async () => {
    await tamper({ schema: 2 });
    expect((await appErrorOf(() => store.read(key))).code).toBe('temporarily_unavailable');
  });
});

function newKey(): SessionKey {
  return { day: '2026-03-21', hash: randomBytes(32).toString('hex') };
}

function addressOf({ day, hash }: SessionKey): RowAddress {
  return { partitionKey: `${day}-${hash.slice(0, 1)}`, rowKey: hash };
}

function session(): SessionRecord {
  return {
    user: userHash(identity),
    identity,
    flow: 'code',
    kind: 'browser',
    createdAt: startTime,
    lastSeenAt: startTime,
    expiresAt: startTime + 7 * days,
  };
}
