import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { localWrappingKey } from '../../../src/lib/crypto/wrapping-key.ts';

describe('a local wrapping key', () => {
  const bytes = randomBytes(32);
  const key = localWrappingKey(bytes);
  const dataKey = randomBytes(32);

  it('unwraps what it wrapped, under its name alone', async () => {
    const wrapped = await key.wrap(dataKey, 'kid-1');
    expect(await key.unwrap(wrapped, 'kid-1', key.id)).toEqual(dataKey);
    expect(await key.unwrap(wrapped, 'kid-2', key.id)).toBeUndefined();
    expect(await key.unwrap(wrapped, 'kid-1', 'local-other')).toBeUndefined();
  });

  it('has a name that tells it from others and nothing of its bytes', () => {
    expect(localWrappingKey(bytes).id).toBe(key.id);
    expect(localWrappingKey(randomBytes(32)).id).not.toBe(key.id);
    expect(key.id).not.toContain(bytes.toString('hex').slice(0, 8));
  });

  it('wraps with the current key and unwraps with the previous', async () => {
    const current = localWrappingKey(randomBytes(32), bytes);
    const old = await key.wrap(dataKey, 'kid-1');
    expect(await current.unwrap(old, 'kid-1', key.id)).toEqual(dataKey);
    expect(await key.unwrap(await current.wrap(dataKey, 'kid-1'), 'kid-1', current.id)).toBe(
      undefined,
    );
  });
});
