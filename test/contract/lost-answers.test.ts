import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SessionKey, SessionRecord } from '../../src/lib/auth/session/ports.ts';
import { userHash } from '../../src/lib/auth/user.ts';
import { ConflictError } from '../../src/lib/errors.ts';
import { createConsumedStateStore } from '../../src/lib/storage/consumed-state-store.ts';
import { createSessionStore } from '../../src/lib/storage/session-store.ts';
import type { Table } from '../../src/lib/storage/table.ts';
import { days, startTime } from '../support/clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { newSealer } from '../support/sealer.ts';
import { newTable, useAzurite } from '../support/storage.ts';
import { interleavedTable } from './interleaved-table.ts';

const connection = useAzurite();
const sealer = newSealer();
const log = createRecordingLog();

let table: Table;
/** The table, where the answer to the first insert is lost. */
let flaky: Table;

beforeEach(() => {
  table = newTable(connection());
  flaky = losingFirstAnswer(table);
});

/** What the SDK makes of an insert whose answer was lost: it tries again, and finds its own row. */
function losingFirstAnswer(inner: Table): Table {
  let isLost = false;
  return {
    ...inner,
    async change(change) {
      const version = await inner.change(change);
      if (isLost) return version;
      isLost = true;
      throw new ConflictError('the row exists');
    },
  };
}

describe('a session whose insert was answered by nobody', () => {
  const identity = { oid: 'oid-1', tid: 'tid-1', name: undefined, username: undefined };
  const times = { createdAt: startTime, lastSeenAt: startTime, expiresAt: startTime + 7 * days };
  const session: SessionRecord = {
    ...{ user: userHash(identity), identity, flow: 'code', kind: 'browser' },
    ...times,
  };
  let key: SessionKey;

  beforeEach(() => {
    key = { day: '2026-03-21', hash: randomBytes(32).toString('hex') };
  });

  const storeOn = (on: Table) => createSessionStore({ table: on, sidTable: table, sealer, log });

  it('is created all the same', async () => {
    await storeOn(flaky).create(key, session);
    expect(await storeOn(table).read(key)).toEqual(session);
  });

  it('is not taken for another’s under its key, not even of the same user', async () => {
    await storeOn(table).create(key, session);
    const again = storeOn(flaky).create(key, { ...session, lastSeenAt: startTime + 1 });
    await expect(again).rejects.toBeInstanceOf(ConflictError);
    expect(await storeOn(table).read(key)).toEqual(session);
  });

  it('is a conflict when it has been ended by then', async () => {
    const ending = interleavedTable(flaky, { get: [() => storeOn(table).remove([{ key }])] });
    await expect(storeOn(ending).create(key, session)).rejects.toBeInstanceOf(ConflictError);
    expect(await storeOn(table).read(key)).toBeUndefined();
  });
});

describe('a state whose insert was answered by nobody', () => {
  it('is used for the first time all the same', async () => {
    const store = createConsumedStateStore(flaky);
    expect(await store.consume('state', startTime)).toBe(true);
    expect(await store.consume('state', startTime)).toBe(false);
  });

  it('is used for the second time if somebody else was first', async () => {
    await createConsumedStateStore(table).consume('state', startTime);
    expect(await createConsumedStateStore(flaky).consume('state', startTime)).toBe(false);
  });

  it('is let through once of many', async () => {
    const stores = Array.from({ length: 8 }, () =>
      createConsumedStateStore(losingFirstAnswer(table)),
    );
    const copies = await Promise.all(stores.map((store) => store.consume('state', startTime)));
    expect(copies.filter(Boolean)).toHaveLength(1);
  });
});
