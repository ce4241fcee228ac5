import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KeyStore } from '../../../src/lib/crypto/key-store.ts';
import { createKeyring } from '../../../src/lib/crypto/keyring.ts';
import { createSealer } from '../../../src/lib/crypto/sealer.ts';
import { localWrappingKey, type WrappingKey } from '../../../src/lib/crypto/wrapping-key.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { createManualClock, days, minutes, seconds } from '../../support/clock.ts';
import { createMemoryKeyStore } from '../../support/memory/key-store.ts';
import { createRecordingLog } from '../../support/recording-log.ts';
import { appErrorOf } from '../../support/thrown.ts';

const wrappingKey = localWrappingKey(randomBytes(32));

function countingStore() {
  const store = createMemoryKeyStore();
  const counted = {
    ...store,
    reads: 0,
    list: () => {
      counted.reads += 1;
      return store.list();
    },
  };
  return counted;
}

function keyringOn(store: KeyStore, key = wrappingKey, clock = createManualClock()) {
  return createKeyring({ store, wrappingKey: key, now: clock.now, log: createRecordingLog() });
}

describe('the first key', () => {
  it('is made once, and the same for instances that start together', async () => {
    const store = createMemoryKeyStore();
    const keyrings = Array.from({ length: 5 }, () => keyringOn(store));
    const keys = await Promise.all(keyrings.map((keyring) => keyring.current()));
    expect(await store.list()).toHaveLength(1);
    for (const { key } of keys) expect(key.equals(keys[0]?.key ?? key)).toBe(true);
  });

  it('is stored wrapped', async () => {
    const store = createMemoryKeyStore();
    const { key } = await keyringOn(store).current();
    const [stored] = await store.list();
    expect(Buffer.from(stored?.wrapped ?? []).includes(key.export())).toBe(false);
  });
});

describe('the current key', () => {
  it('is the newest', async () => {
    const store = createMemoryKeyStore();
    for (const kid of ['2026-02-01', '2026-03-01', '2026-01-01']) {
      const wrapped = await wrappingKey.wrap(randomBytes(32), kid);
      await store.add({ kid, ...wrapped });
    }
    expect((await keyringOn(store).current()).kid).toBe('2026-03-01');
  });

  it('is kept in memory for an hour', async () => {
    const store = countingStore();
    const clock = createManualClock();
    const keyring = keyringOn(store, wrappingKey, clock);
    const { kid } = await keyring.current();
    const reads = store.reads;
    clock.advance(59 * minutes);
    await Promise.all([keyring.current(), keyring.byId(kid), keyring.current()]);
    expect(store.reads).toBe(reads);
    clock.advance(2 * minutes);
    await keyring.current();
    expect(store.reads).toBe(reads + 1);
  });

  it('is unwrapped once, however often the store is read', async () => {
    const store = createMemoryKeyStore();
    const clock = createManualClock();
    let unwraps = 0;
    const counted = {
      ...wrappingKey,
      unwrap: (...wrapped: Parameters<typeof wrappingKey.unwrap>) => {
        unwraps += 1;
        return wrappingKey.unwrap(...wrapped);
      },
    };
    const keyring = keyringOn(store, counted, clock);
    for (let hour = 0; hour < 5; hour++) {
      await keyring.current();
      clock.advance(61 * minutes);
    }
    expect(unwraps).toBe(1);
  });

  it('needs four unwrapped keys at most, however many there are; others are unwrapped on demand', async () => {
    const store = createMemoryKeyStore();
    const kids = Array.from({ length: 9 }, (_, n) => `2026-0${n + 1}-01`);
    for (const kid of kids) {
      await store.add({ kid, ...(await wrappingKey.wrap(randomBytes(32), kid)) });
    }
    const unwrapped: string[] = [];
    const counted: WrappingKey = {
      ...wrappingKey,
      unwrap: (...wrapped) => {
        unwrapped.push(wrapped[1]);
        return wrappingKey.unwrap(...wrapped);
      },
    };
    const keyring = keyringOn(store, counted);
    await keyring.current();
    await keyring.check();
    expect(unwrapped.toSorted()).toEqual(kids.slice(-4));
    await Promise.all([keyring.byId('2026-01-01'), keyring.byId('2026-01-01')]);
    expect(await keyring.byId('2026-01-01')).toMatchObject({ kid: '2026-01-01' });
    expect(unwrapped).toHaveLength(5);
  });

  it('stays what it is while the vault is away, and a key that only the vault opens is looked for again', async () => {
    const store = createMemoryKeyStore();
    const clock = createManualClock();
    const away = new AppError('temporarily_unavailable');
    let isAway = false;
    const vault = {
      ...wrappingKey,
      unwrap: (...wrapped: Parameters<typeof wrappingKey.unwrap>) =>
        isAway ? Promise.reject(away) : wrappingKey.unwrap(...wrapped),
    };
    const keyring = keyringOn(store, vault, clock);
    const { kid } = await keyring.current();
    isAway = true;
    await store.add({
      kid: '2099-01-01',
      ...(await wrappingKey.wrap(randomBytes(32), '2099-01-01')),
    });
    clock.advance(61 * minutes);
    expect((await keyring.current()).kid).toBe(kid);
    const unusable = { reason: 'key', code: away.code, cause: away };
    await expect(keyring.byId('2099-01-01')).rejects.toMatchObject(unusable);
    await expect(keyringOn(store, vault, clock).current()).rejects.toBe(away);
    isAway = false;
    clock.advance(10 * seconds);
    expect(await keyring.byId('2099-01-01')).toMatchObject({ kid: '2099-01-01' });
  });

  it('is unwrapped by a cold instance ten seconds after the vault was away, which is not asked more often', async () => {
    const store = createMemoryKeyStore();
    const clock = createManualClock();
    const { kid } = await keyringOn(store, wrappingKey, clock).current();
    const away = new AppError('temporarily_unavailable');
    let isAway = true;
    let asked = 0;
    const vault: WrappingKey = {
      ...wrappingKey,
      unwrap: (...wrapped) => {
        asked += 1;
        return isAway ? Promise.reject(away) : wrappingKey.unwrap(...wrapped);
      },
    };
    const cold = keyringOn(store, vault, clock);
    for (let times = 0; times < 5; times++) {
      await expect(cold.current()).rejects.toBe(away);
      await expect(cold.byId(kid)).rejects.toMatchObject({ reason: 'key' });
    }
    expect(asked).toBe(1);
    isAway = false;
    clock.advance(10 * seconds);
    expect(await cold.current()).toMatchObject({ kid });
  });

  it('goes on sealing however long the store does not answer', async () => {
    const store = createMemoryKeyStore();
    const clock = createManualClock();
    let isAway = false;
    const list = () => (isAway ? Promise.reject(new AppError('internal')) : store.list());
    const keyring = keyringOn({ ...store, list }, wrappingKey, clock);
    const { kid } = await keyring.current();
    isAway = true;
    clock.advance(40 * days);
    expect((await keyring.current()).kid).toBe(kid);
    expect(await keyring.byId(kid)).toBeDefined();
  });

  it('is read once for many callers at once', async () => {
    const store = countingStore();
    await keyringOn(store).current();
    store.reads = 0;
    const keyring = keyringOn(store);
    await Promise.all(Array.from({ length: 20 }, () => keyring.current()));
    expect(store.reads).toBe(1);
  });

  it('is asked for again after a failure', async () => {
    const store = createMemoryKeyStore();
    let failures = 1;
    const flaky = {
      ...store,
      list: async () => {
        if (failures-- > 0) throw new Error('down');
        return store.list();
      },
    };
    const keyring = keyringOn(flaky);
    await expect(keyring.current()).rejects.toThrow('down');
    expect(await keyring.current()).toBeDefined();
  });
});

describe('an unknown key', () => {
  it('makes the store be read again, at most every 10 seconds', async () => {
    const store = countingStore();
    const clock = createManualClock();
    const keyring = keyringOn(store, wrappingKey, clock);
    await keyring.current();
    const reads = store.reads;
    clock.advance(10 * seconds);
    for (let n = 0; n < 100; n++) expect(await keyring.byId(`unknown-${n}`)).toBeUndefined();
    expect(store.reads).toBe(reads + 1);
    clock.advance(9 * seconds);
    await keyring.byId('unknown');
    expect(store.reads).toBe(reads + 1);
  });

  it('can’t be looked for while the store is away: that is no unknown key', async () => {
    const store = countingStore();
    const clock = createManualClock();
    const keyring = keyringOn(store, wrappingKey, clock);
    const { kid } = await keyring.current();
    const { list } = store;
    store.list = () => Promise.reject(new AppError('temporarily_unavailable'));
    clock.advance(10 * seconds);
    const error = await appErrorOf(() => keyring.byId('other'));
    expect(error.code).toBe('temporarily_unavailable');
    expect((await keyring.byId(kid))?.kid).toBe(kid);
    store.list = list;
    clock.advance(10 * seconds);
    expect(await keyring.byId('other')).toBeUndefined();
  });

  it('is found once another instance has added it', async () => {
    const store = createMemoryKeyStore();
    const clock = createManualClock();
    const keyring = keyringOn(store, wrappingKey, clock);
    await keyring.current();
    const wrapped = await wrappingKey.wrap(randomBytes(32), '2026-12-01');
    await store.add({ kid: '2026-12-01', ...wrapped });
    clock.advance(10 * seconds);
    expect(await keyring.byId('2026-12-01')).toMatchObject({ kid: '2026-12-01' });
  });
});

describe('another wrapping key', () => {
  it('is the operator’s to mend, and the keys stay', async () => {
    const store = createMemoryKeyStore();
    const { kid } = await keyringOn(store).current();
    const other = keyringOn(store, localWrappingKey(randomBytes(32)));
    expect((await appErrorOf(() => other.current())).code).toBe('misconfigured');
    expect((await appErrorOf(() => other.byId(kid))).code).toBe('misconfigured');
    expect((await appErrorOf(() => other.check())).code).toBe('misconfigured');
    expect(await other.byId('any')).toBeUndefined();
    expect(await store.list()).toHaveLength(1);
  });

  it('opens what the previous one wrapped', async () => {
    const store = createMemoryKeyStore();
    const [earlier, current] = [randomBytes(32), randomBytes(32)];
    const before = createSealer(keyringOn(store, localWrappingKey(earlier)));
    const address = { table: 't', partitionKey: 'p', rowKey: 'r', schema: 1 };
    const { kid, sealed } = await before.seal({ value: Buffer.from('text') }, address);
    const after = createSealer(keyringOn(store, localWrappingKey(current, earlier)));
    const opened = await after.open(
      { kid, bytes: sealed.value },
      { ...address, property: 'value' },
    );
    expect(opened).toEqual(Buffer.from('text'));
  });

  it('seals with the newest key that it can unwrap, and takes no row for lost', async () => {
    const store = createMemoryKeyStore();
    const clock = createManualClock();
    const keyring = keyringOn(store, wrappingKey, clock);
    const { kid } = await keyring.current();
    clock.advance(30 * days);
    const foreign = localWrappingKey(randomBytes(32));
    const latest = new Date(clock.now()).toISOString().slice(0, 10);
    await store.add({ kid: latest, ...(await foreign.wrap(randomBytes(32), latest)) });
    expect((await keyring.current()).kid).toBe(kid);
    expect((await appErrorOf(() => keyring.byId(latest))).code).toBe('misconfigured');
    expect((await appErrorOf(() => keyring.check())).code).toBe('misconfigured');
    clock.advance(40 * days);
    expect((await keyring.current()).kid).toBe(kid);
  });

  it('takes a row for no lost one whose key has just been made elsewhere', async () => {
    const store = createMemoryKeyStore();
    const clock = createManualClock();
    const keyring = keyringOn(store, wrappingKey, clock);
    clock.advance(30 * days);
    await keyring.current();
    const latest = new Date(clock.now() + 1 * days).toISOString().slice(0, 10);
    clock.advance(1 * days - 5 * seconds);
    await keyring.current();
    clock.advance(5 * seconds);
    await store.add({ kid: latest, ...(await wrappingKey.wrap(randomBytes(32), latest)) });
    expect((await appErrorOf(() => keyring.byId(latest))).code).toBe('temporarily_unavailable');
    expect(await keyring.byId('2020-01-01')).toBeUndefined();
    expect(await keyring.byId('2099-01-01')).toBeUndefined();
    clock.advance(10 * seconds);
    expect(await keyring.byId(latest)).toMatchObject({ kid: latest });
  });

  it('leaves a key that does not open aside', async () => {
    const store = createMemoryKeyStore();
    const { kid } = await keyringOn(store).current();
    const foreign = localWrappingKey(randomBytes(32));
    const wrapped = await foreign.wrap(randomBytes(32), '2099-01-01');
    await store.add({ kid: '2099-01-01', ...wrapped });
    const clock = createManualClock(Date.UTC(2026, 5, 1) + days);
    expect((await keyringOn(store, wrappingKey, clock).current()).kid).toBe(kid);
  });
});
