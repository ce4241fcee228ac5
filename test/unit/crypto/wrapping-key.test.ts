import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { localWrappingKey, wrappingKeys } from '../../../src/lib/crypto/wrapping-key.ts';

describe('a local wrapping key', () => {
  const bytes = randomBytes(32);
  const key = localWrappingKey(bytes);
  const dataKey = randomBytes(32);

  it('has a name that tells it from others and nothing of its bytes', async () => {
    const { wrappedBy } = await key.wrap(dataKey, 'kid-1');
    expect(await localWrappingKey(bytes).currentId()).toBe(wrappedBy);
    expect(await localWrappingKey(randomBytes(32)).currentId()).not.toBe(wrappedBy);
    expect(wrappedBy).not.toContain(bytes.toString('hex').slice(0, 8));
  });

  it('opens under the key’s name alone', async () => {
    const { wrapped, wrappedBy } = await key.wrap(dataKey, 'kid-1');
    expect(await key.unwrap(wrapped, 'kid-2', wrappedBy)).toBeUndefined();
  });

  it('wraps with the current key and unwraps with the previous', async () => {
    const current = localWrappingKey(randomBytes(32), bytes);
    const old = await key.wrap(dataKey, 'kid-1');
    expect(await current.unwrap(old.wrapped, 'kid-1', old.wrappedBy)).toEqual(dataKey);
    const latest = await current.wrap(dataKey, 'kid-1');
    expect(latest.wrappedBy).toBe(await current.currentId());
    expect(latest.wrappedBy).not.toBe(old.wrappedBy);
    expect(await key.unwrap(latest.wrapped, 'kid-1', latest.wrappedBy)).toBeUndefined();
  });
});

describe('several wrapping keys', () => {
  it('wrap with the first and open what each has wrapped', async () => {
    const [first, second] = [localWrappingKey(randomBytes(32)), localWrappingKey(randomBytes(32))];
    const both = wrappingKeys(first, second);
    const dataKey = randomBytes(32);
    const latest = await both.wrap(dataKey, 'kid-1');
    expect(await both.currentId()).toBe(latest.wrappedBy);
    for (const { wrapped, wrappedBy } of [latest, await second.wrap(dataKey, 'kid-1')]) {
      expect(await both.unwrap(wrapped, 'kid-1', wrappedBy)).toEqual(dataKey);
    }
    const foreign = await localWrappingKey(randomBytes(32)).wrap(dataKey, 'kid-1');
    expect(await both.unwrap(foreign.wrapped, 'kid-1', foreign.wrappedBy)).toBeUndefined();
  });
});
