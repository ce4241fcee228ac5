import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KeyStore } from '../../../src/lib/crypto/key-store.ts';
import { createKeyring } from '../../../src/lib/crypto/keyring.ts';
import { localWrappingKey, type WrappingKey } from '../../../src/lib/crypto/wrapping-key.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { createManualClock, days, hours, seconds } from '../../support/clock.ts';
import { createMemoryKeyStore } from '../../support/memory/key-store.ts';
import { createRecordingLog } from '../../support/recording-log.ts';
import { appErrorOf } from '../../support/thrown.ts';

const [earlier, later] = [randomBytes(32), randomBytes(32)];
/** What an instance has before, in and after the change of the setting. */
const before = localWrappingKey(earlier);
const during = localWrappingKey(later, earlier);
const after = localWrappingKey(later);

const kids = ['2025-11-01', '2025-12-02', '2026-01-01', '2026-01-31', '2026-03-02'];
/** Those that an instance has in memory once it has used any. */
const kidsInMemory = kids.slice(-4);

/** A store with several data keys that the earlier wrapping key wrapped. */
async function changing() {
  const clock = createManualClock();
  const store = createMemoryKeyStore();
  for (const kid of kids) await store.add({ kid, ...(await before.wrap(randomBytes(32), kid)) });
  const names = async () => new Set((await store.list()).map(({ wrappedBy }) => wrappedBy));
  return {
    ...{ clock, store },
    /** An instance of the app. */
    start(wrappingKey: WrappingKey, on: KeyStore = store) {
      const log = createRecordingLog();
      return { log, ...createKeyring({ store: on, wrappingKey, now: clock.now, log }) };
    },
    wrappedBy: names,
    /** Waits until the later wrapping key has wrapped every data key. */
    rewrapped: async () =>
      expect.poll(names, { interval: 1 }).toEqual(new Set([await after.currentId()])),
  };
}

const events = ({ log }: { log: ReturnType<typeof createRecordingLog> }) =>
  log.lines.map(({ event }) => event);

describe('when the wrapping key has changed', () => {
  it('the first use of any data key rewraps all of them, and the earlier wrapping key can go', async () => {
    const { start, rewrapped } = await changing();
    const instance = start(during);
    const { key } = await instance.current();
    await rewrapped();
    const next = start(after);
    expect((await next.current()).key.equals(key)).toBe(true);
    for (const kid of kids) expect(await next.byId(kid)).toMatchObject({ kid });
    expect(events(instance)).toEqual(['data-keys-rewrapped']);
    expect(events(next)).toEqual([]);
  });

  it('readiness waits for the rewrapping', async () => {
    const { start, wrappedBy } = await changing();
    await start(during).check();
    expect(await wrappedBy()).toEqual(new Set([await after.currentId()]));
  });

  it('callers neither wait for the rewrapping nor fail with it', async () => {
    const { start, store } = await changing();
    const stuck = { ...store, rewrap: () => new Promise<never>(() => undefined) };
    expect(await start(during, stuck).current()).toMatchObject({ kid: '2026-03-02' });
    const broken = { ...store, lease: () => Promise.reject(new AppError('misconfigured')) };
    const instance = start(during, broken);
    expect(await instance.current()).toMatchObject({ kid: '2026-03-02' });
    await instance.check();
    expect(events(instance)).toEqual(['data-keys-not-rewrapped']);
  });

  it('one of several instances does the work', async () => {
    const { start, store, rewrapped } = await changing();
    let writes = 0;
    const counted = {
      ...store,
      rewrap: (...key: Parameters<KeyStore['rewrap']>) => {
        writes += 1;
        return store.rewrap(...key);
      },
    };
    const instances = Array.from({ length: 5 }, () => start(during, counted));
    await Promise.all(instances.map((instance) => instance.check()));
    await rewrapped();
    expect(writes).toBe(kids.length);
  });

  it('the next instance does what a process that died has left', async () => {
    const { start, store, clock, rewrapped, wrappedBy } = await changing();
    let writes = 0;
    const dying: KeyStore = {
      ...store,
      rewrap: (key) => (++writes > 1 ? new Promise<never>(() => undefined) : store.rewrap(key)),
    };
    await start(during, dying).current();
    await expect.poll(wrappedBy, { interval: 1 }).toHaveProperty('size', 2);
    const next = start(during);
    await next.check();
    // The lease of the process that died is still running.
    expect((await wrappedBy()).size).toBe(2);
    clock.advance(10 * seconds);
    await next.current();
    await rewrapped();
  });

  it('a data key that another instance has just rewrapped is left as it is', async () => {
    const { start, store } = await changing();
    const racing = {
      ...store,
      async lease(...times: [number, number]) {
        for (const key of await store.list()) {
          const bytes = await before.unwrap(key.wrapped, key.kid, key.wrappedBy);
          await store.rewrap({ ...key, ...(await after.wrap(bytes ?? key.wrapped, key.kid)) });
        }
        versions = (await store.list()).map(({ etag }) => etag);
        return store.lease(...times);
      },
    };
    let versions: string[] = [];
    const instance = start(during, racing);
    await instance.check();
    expect((await store.list()).map(({ etag }) => etag)).toEqual(versions);
    expect(events(instance)).toEqual([]);
    for (const kid of kids) expect(await instance.byId(kid)).toMatchObject({ kid });
  });

  it('a data key that does not open stays, and the log says once what to do', async () => {
    const { start, store, clock, wrappedBy } = await changing();
    const lost = localWrappingKey(randomBytes(32));
    await store.add({ kid: '2025-09-01', ...(await lost.wrap(randomBytes(32), '2025-09-01')) });
    const [foreign] = await store.list();
    const instance = start(during);
    for (let hour = 0; hour < 3; hour++) {
      await instance.rotate();
      clock.advance(1 * hours);
    }
    expect((await store.list())[0]).toEqual(foreign);
    expect(await wrappedBy()).toEqual(new Set([await lost.currentId(), await after.currentId()]));
    expect((await appErrorOf(() => instance.check())).code).toBe('misconfigured');
    const warnings = instance.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([
      {
        event: 'data-key-not-unwrapped',
        fields: {
          kid: '2025-09-01',
          code: 'misconfigured',
          detail: expect.stringContaining('LOCAL_WRAPPING_KEY_PREVIOUS'),
        },
      },
    ]);
  });

  it('a second change right after it is no different', async () => {
    const { start, store } = await changing();
    await start(during).check();
    const third = randomBytes(32);
    await start(localWrappingKey(third, later)).check();
    await start(localWrappingKey(third)).check();
    expect(await store.list()).toHaveLength(kids.length);
  });

  it('what failed for a moment is tried again ten seconds later', async () => {
    const { start, clock, rewrapped, wrappedBy } = await changing();
    let isAway = true;
    const vault: WrappingKey = {
      ...during,
      wrap: (...key) =>
        isAway ? Promise.reject(new AppError('temporarily_unavailable')) : during.wrap(...key),
    };
    const instance = start(vault);
    await instance.check();
    expect(await wrappedBy()).toEqual(new Set([await before.currentId()]));
    isAway = false;
    clock.advance(10 * seconds);
    await instance.current();
    await rewrapped();
  });

  it('a running instance rewraps within the hour, for example for a new version in a vault', async () => {
    const { start, clock, rewrapped, wrappedBy } = await changing();
    let version = before;
    const vault: WrappingKey = {
      currentId: () => version.currentId(),
      wrap: (...key) => version.wrap(...key),
      unwrap: during.unwrap,
    };
    const instance = start(vault);
    await instance.check();
    expect(await wrappedBy()).toEqual(new Set([await before.currentId()]));
    version = after;
    clock.advance(1 * hours);
    await instance.current();
    await rewrapped();
  });
});

describe('an instance that has only the earlier wrapping key', () => {
  it('goes on with the data keys that it has in memory', async () => {
    const { start, clock, rewrapped } = await changing();
    const old = start(before);
    const { key } = await old.current();
    await start(during).check();
    await rewrapped();
    for (let hour = 0; hour < 3; hour++) {
      clock.advance(1 * hours);
      expect((await old.current()).key.equals(key)).toBe(true);
      for (const kid of kidsInMemory) expect(await old.byId(kid)).toMatchObject({ kid });
      await old.check();
    }
  });

  it('loses no row if it starts after the rewrapping', async () => {
    const { start, rewrapped } = await changing();
    await start(during).check();
    await rewrapped();
    const cold = start(before);
    expect((await appErrorOf(() => cold.current())).code).toBe('misconfigured');
    await expect(cold.byId('2026-01-01')).rejects.toMatchObject({ reason: 'key' });
    expect((await appErrorOf(() => cold.check())).code).toBe('misconfigured');
  });

  it('does not undo the rewrapping, though it could unwrap what the later one wrapped', async () => {
    const { start, clock, rewrapped } = await changing();
    const old = start(localWrappingKey(earlier, later));
    await old.check();
    clock.advance(30 * 60 * seconds);
    await start(during).check();
    await rewrapped();
    await old.rotate();
    clock.advance(59 * 60 * seconds);
    await old.rotate();
    await rewrapped();
  });
});

describe('rotation of data keys', () => {
  it('adds one when the newest is thirty days old, and keeps those before', async () => {
    const { start, store, clock } = await changing();
    const instances = [start(before), start(before)];
    const rotate = () => Promise.all(instances.map((instance) => instance.rotate()));
    clock.advance(Date.parse('2026-03-02') + 30 * days - 1 - clock.now());
    await rotate();
    expect((await store.list()).map(({ kid }) => kid)).toEqual(kids);
    clock.advance(1);
    await rotate();
    await rotate();
    expect((await store.list()).map(({ kid }) => kid)).toEqual([...kids, '2026-04-01']);
    expect((await instances[0]?.current())?.kid).toBe('2026-04-01');
    expect(instances.flatMap(events)).toEqual(['data-key-added']);
  });

  it('writes nothing while the newest is young and the wrapping key is the same', async () => {
    const { start, store } = await changing();
    const refuse = () => Promise.reject(new Error('a write'));
    const readOnly = { ...store, add: refuse, rewrap: refuse, lease: refuse, release: refuse };
    const instance = start(before, readOnly);
    await instance.rotate();
    expect(events(instance)).toEqual([]);
  });

  it('fails if the store does not answer', async () => {
    const { start, store } = await changing();
    let isAway = false;
    const list = () =>
      isAway ? Promise.reject(new AppError('temporarily_unavailable')) : store.list();
    const instance = start(before, { ...store, list });
    await instance.current();
    isAway = true;
    expect((await appErrorOf(() => instance.rotate())).code).toBe('temporarily_unavailable');
    expect((await instance.current()).kid).toBe('2026-03-02');
  });
});
