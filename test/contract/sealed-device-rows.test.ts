import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceKey, DeviceStore } from '../../src/lib/auth/device/ports.ts';
import { createDeviceStore } from '../../src/lib/storage/device-store.ts';
import type { RowAddress, Value } from '../../src/lib/storage/row.ts';
import type { Table } from '../../src/lib/storage/table.ts';
import { seconds, startTime } from '../support/clock.ts';
import { createRecordingLog, type RecordingLog } from '../support/recording-log.ts';
import { newSealer } from '../support/sealer.ts';
import { newTable, useAzurite } from '../support/storage.ts';
import { appErrorOf } from '../support/thrown.ts';
import { deviceSignIn, newDeviceKey } from './device-store.contract.ts';

const connection = useAzurite();
const { authorization, scopes } = deviceSignIn;

let table: Table;
let store: DeviceStore;
let log: RecordingLog;
let key: DeviceKey;

beforeEach(async () => {
  table = newTable(connection());
  log = createRecordingLog();
  store = createDeviceStore({ table, sealer: newSealer(), log });
  key = newDeviceKey();
  await store.create(key, deviceSignIn);
});

async function tamper(changes: Record<string, Value>, victim = key) {
  await table.change({ kind: 'merge', row: { ...addressOf(victim), ...changes }, etag: '*' });
}

async function requestIn(of = key): Promise<Uint8Array> {
  const bytes = (await table.get(addressOf(of)))?.['request'];
  if (!(bytes instanceof Uint8Array)) throw new Error('the row has no sealed request');
  return bytes;
}

/** All that a row holds, as text, bytes in several spellings. */
async function textOf(of = key): Promise<string> {
  const row = await table.get(addressOf(of));
  return Object.entries(row ?? {})
    .flatMap(([name, value]) => {
      if (!(value instanceof Uint8Array)) return [name, `${value}`];
      const bytes = Buffer.from(value);
      return [name, bytes.toString(), bytes.toString('base64'), bytes.toString('hex')];
    })
    .join('\n');
}

describe('a row of a device sign-in', () => {
  it('is found by the hour in the handle and the hash of its secret', async () => {
    const row = await table.get(addressOf(key));
    expect(row?.['request']).toBeInstanceOf(Uint8Array);
    expect(row?.['schema']).toBe(1);
    expect(row?.['expiresAt']).toEqual(new Date(deviceSignIn.expiresAt));
  });

  it('holds none of the codes in the clear', async () => {
    const text = await textOf();
    for (const code of [authorization.deviceCode, authorization.userCode]) {
      for (const encoding of ['utf8', 'base64', 'hex'] as const) {
        expect(text).not.toContain(Buffer.from(code).toString(encoding));
      }
    }
  });

  it('holds no more of them after a change of when to poll', async () => {
    const version = (await store.read(key))?.version ?? '';
    const sealed = await requestIn();
    const next = { pollAfter: startTime + 10 * seconds, intervalMs: 10 * seconds };
    await store.schedule(key, version, next);
    expect(await requestIn()).toEqual(sealed);
    expect(await textOf()).not.toContain(authorization.userCode);
  });

  it('does not open under another sign-in’s key', async () => {
    const other = newDeviceKey();
    await store.create(other, deviceSignIn);
    await tamper({ request: await requestIn() }, other);
    expect(await store.read(other)).toBeUndefined();
    expect(await store.read(key)).toMatchObject({ authorization });
  });

  it('does not open under another hour', async () => {
    const other = newDeviceKey('2026-03-14T10');
    const moved = { ...other, hash: key.hash };
    const row = { ...(await table.get(addressOf(key))) };
    const { kid = '', request = '', schema = 1 } = row as Record<string, Value>;
    const times = { expiresAt: new Date(), pollAfter: new Date(), intervalMs: 5000 };
    const change = { ...addressOf(moved), kid, request, schema, ...times };
    await table.change({ kind: 'insert', row: change });
    expect(await store.read(moved)).toBeUndefined();
  });

  it.each([
    ['emptied', Buffer.alloc(0)],
    ['replaced by plaintext', Buffer.from(JSON.stringify({ authorization, scopes }))],
    ['replaced by noise', randomBytes(200)],
    ['replaced by text', 'request'],
  ])('counts as absent when %s, and the log says so', async (_name, request) => {
    await tamper({ request });
    expect(await store.read(key)).toBeUndefined();
    expect(log.lines).toEqual([
      { level: 'error', event: 'undecryptable', fields: { table: table.name } },
    ]);
  });

  it('counts as absent when its bytes are cut off or swapped', async () => {
    const sealed = Buffer.from(await requestIn());
    const swapped = Buffer.from(sealed).reverse();
    const flipped = Buffer.from(sealed);
    flipped.writeUInt8((flipped.at(-1) ?? 0) ^ 1, flipped.length - 1);
    for (const request of [sealed.subarray(0, -1), sealed.subarray(1), swapped, flipped]) {
      await tamper({ request });
      expect(await store.read(key)).toBeUndefined();
    }
    await tamper({ request: sealed });
    expect(await store.read(key)).toMatchObject({ authorization });
  });

  it('counts as absent under an unknown key', async () => {
    await tamper({ kid: '1999-01-01' });
    expect(await store.read(key)).toBeUndefined();
  });

  it('counts as absent without an interval', async () => {
    await tamper({ intervalMs: 'soon' });
    expect(await store.read(key)).toBeUndefined();
  });

  it('of a newer schema is unavailable', async () => {
    await tamper({ schema: 2 });
    expect((await appErrorOf(() => store.read(key))).code).toBe('temporarily_unavailable');
    expect(log.lines).toEqual([]);
  });

  it('whose insert was answered by nobody is created all the same', async () => {
    await store.create(key, deviceSignIn);
    expect(await store.read(key)).toMatchObject({ state: 'pending', authorization });
  });
});

describe('a row of a device sign-in that has ended', () => {
  it('holds no sealed bytes, and no name of their key', async () => {
    await store.end(key);
    const row = await table.get(addressOf(key));
    expect(row).toMatchObject({ ended: true, schema: 1 });
    expect(row).not.toHaveProperty('request');
    expect(row).not.toHaveProperty('kid');
    expect(Object.values(row ?? {}).some((value) => value instanceof Uint8Array)).toBe(false);
  });

  it('of a newer schema is unavailable', async () => {
    await store.end(key);
    await tamper({ schema: 2 });
    expect((await appErrorOf(() => store.read(key))).code).toBe('temporarily_unavailable');
  });
});

function addressOf({ hour, hash }: DeviceKey): RowAddress {
  return { partitionKey: `${hour}-${hash.slice(0, 1)}`, rowKey: hash };
}
