import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rotateKeys } from '../../../src/lib/crypto/key-rotation.ts';
import { createKeyring } from '../../../src/lib/crypto/keyring.ts';
import { localWrappingKey, type WrappingKey } from '../../../src/lib/crypto/wrapping-key.ts';
import { createManualClock, days, hours, startTime } from '../../support/clock.ts';
import { createMemoryKeyStore } from '../../support/memory/key-store.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

async function rotating() {
  const clock = createManualClock();
  const store = createMemoryKeyStore();
  const wrappingKey = localWrappingKey(randomBytes(32));
  const log = createRecordingLog();
  /** Rows by the key that opens them. */
  const rows = new Map<string, number>();
  const counted: string[] = [];
  const countRows = async (kid: string) => {
    counted.push(kid);
    return rows.get(kid) ?? 0;
  };
  await createKeyring(store, wrappingKey, clock.now).current();
  const kids = async () => (await store.list()).map(({ kid }) => kid);
  const [first = ''] = await kids();
  return {
    ...{ clock, store, rows, counted, log, kids, first },
    rotate: (key: WrappingKey = wrappingKey) =>
      rotateKeys({ store, wrappingKey: key, countRows, now: clock.now, note: log.info }),
  };
}

describe('data keys', () => {
  it('are followed by a new one after thirty days, and not sooner', async () => {
    const { clock, kids, rotate, first } = await rotating();
    clock.advance(29 * days);
    await rotate();
    expect(await kids()).toEqual([first]);
    clock.advance(1 * days);
    await rotate();
    const today = new Date(startTime + 30 * days).toISOString().slice(0, 10);
    expect(await kids()).toEqual([first, today]);
  });

  it('are looked after once a day, by one instance', async () => {
    const { clock, rotate } = await rotating();
    const turns = await Promise.all([rotate(), rotate(), rotate()]);
    expect(turns.filter(Boolean)).toHaveLength(1);
    clock.advance(22 * hours);
    expect(await rotate()).toBe(false);
    clock.advance(2 * hours);
    expect(await rotate()).toBe(true);
  });

  it('are followed at once when another key wraps from now on', async () => {
    const { clock, kids, rotate } = await rotating();
    clock.advance(1 * days);
    await rotate(localWrappingKey(randomBytes(32)));
    expect(await kids()).toHaveLength(2);
  });

  it('go when no row needs them, four days after the day of the next one', async () => {
    const { clock, kids, rotate, counted, first, log } = await rotating();
    clock.advance(30 * days);
    await rotate();
    clock.advance(3 * days);
    await rotate();
    expect(counted).toEqual([]);
    clock.advance(1 * days);
    await rotate();
    expect(counted).toEqual([first]);
    expect(await kids()).toHaveLength(1);
    expect(await kids()).not.toContain(first);
    expect(log.lines.map(({ event }) => event)).toEqual(['data-key-added', 'data-key-retired']);
  });

  it('stay while a row needs them, and how many is noted', async () => {
    const { clock, kids, rotate, rows, first, store } = await rotating();
    rows.set(first, 3);
    clock.advance(30 * days);
    await rotate();
    expect(await store.old()).toEqual([{ kid: first, rows: undefined }]);
    clock.advance(4 * days);
    await rotate();
    expect(await store.old()).toEqual([{ kid: first, rows: 3 }]);
    rows.delete(first);
    clock.advance(1 * days);
    await rotate();
    expect(await kids()).toHaveLength(1);
  });

  it('never all go: the newest seals', async () => {
    const { clock, kids, rotate } = await rotating();
    for (let month = 1; month <= 12; month++) {
      clock.advance(30 * days);
      await rotate();
      clock.advance(4 * days);
      await rotate();
      expect(await kids()).toHaveLength(1);
    }
  });
});
