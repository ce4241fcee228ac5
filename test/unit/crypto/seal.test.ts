import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type DataKey, open, type SealAddress, seal } from '../../../src/lib/crypto/seal.ts';

const bytes = randomBytes(32);
const key: DataKey = { kid: '2026-01-01', key: createSecretKey(bytes) };
const address: SealAddress = {
  table: 'tokens',
  partitionKey: '0',
  rowKey: 'c|h|code',
  property: 'cache',
  schema: 1,
};
const plaintext = Buffer.from('a secret');

describe('a sealed value', () => {
  it('opens under its own address', () => {
    expect(open(seal(plaintext, key, address), key, address)).toEqual(plaintext);
  });

  it('may be empty or large', () => {
    for (const size of [0, 1, 1024 * 1024]) {
      const value = randomBytes(size);
      expect(open(seal(value, key, address), key, address)?.length).toBe(size);
    }
  });

  it.each([
    ['table', { table: 'sessions' }],
    ['partition', { partitionKey: '1' }],
    ['row', { rowKey: 'c|h|device' }],
    ['property', { property: 'accessToken' }],
    ['schema', { schema: 2 }],
    ['parts that join to the same text', { partitionKey: '0c|', rowKey: 'h|code' }],
  ])('does not open under another %s', (_name, change) => {
    expect(open(seal(plaintext, key, address), key, { ...address, ...change })).toBeUndefined();
  });

  it('does not open under another key, or the same key by another name', () => {
    const sealed = seal(plaintext, key, address);
    const other = { kid: key.kid, key: createSecretKey(randomBytes(32)) };
    expect(open(sealed, other, address)).toBeUndefined();
    expect(open(sealed, { ...key, kid: '2026-02-01' }, address)).toBeUndefined();
  });

  it('does not open cut short at any length', () => {
    const sealed = seal(plaintext, key, address);
    for (let length = 0; length < sealed.length; length++) {
      expect(open(sealed.subarray(0, length), key, address)).toBeUndefined();
    }
  });

  it('does not open with any bit turned', () => {
    const sealed = seal(plaintext, key, address);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const copy = Buffer.from(sealed);
      const index = Math.floor(bit / 8);
      copy[index] = (copy[index] ?? 0) ^ (1 << (bit % 8));
      expect(open(copy, key, address)).toBeUndefined();
    }
  });

  it('has a nonce of its own, 10,000 times', () => {
    const nonces = new Set<string>();
    for (let n = 0; n < 10_000; n++) {
      nonces.add(seal(plaintext, key, address).subarray(1, 13).toString('hex'));
    }
    expect(nonces.size).toBe(10_000);
  });
});
