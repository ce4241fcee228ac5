import { randomBytes } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { localWrappingKey } from '../../src/lib/crypto/wrapping-key.ts';
import { keyVaultWrappingKey } from '../../src/lib/key-vault/key-vault-wrapping-key.ts';
import { describeWrappingKey } from '../contract/wrapping-key.contract.ts';
import { type KeyVaultStub, startKeyVault } from '../support/key-vault.ts';
import { appErrorOf } from '../support/thrown.ts';

let vault: KeyVaultStub;
let otherVault: KeyVaultStub;

beforeAll(async () => {
  [vault, otherVault] = await Promise.all([startKeyVault(), startKeyVault('other')]);
  const trusted = [vault.certificate, otherVault.certificate];
  setDefaultCACertificates([...getCACertificates(), ...trusted]);
});

beforeEach(() => {
  for (const [name, value] of Object.entries(vault.identity)) vi.stubEnv(name, value);
  vault.operations.length = 0;
});

afterEach(() => {
  vi.unstubAllEnvs();
  vault.fault = undefined;
  vault.spell = (keyId) => keyId;
});

afterAll(() => Promise.all([vault.close(), otherVault.close()]));

const wrappingKey = (keyId = vault.keyId) =>
  keyVaultWrappingKey({ keyId, managed: true, clientId: undefined });

describeWrappingKey('in Key Vault, through its SDK', async () => {
  return { key: wrappingKey(), same: wrappingKey(), other: wrappingKey(otherVault.keyId) };
});

describeWrappingKey('in a setting', async () => {
  const bytes = randomBytes(32);
  const key = localWrappingKey(bytes);
  return { key, same: localWrappingKey(bytes), other: localWrappingKey(randomBytes(32)) };
});

describe('a wrapping key in Key Vault', () => {
  const dataKey = randomBytes(32);

  it('is looked up before it wraps, so that its version is known, and not before it unwraps', async () => {
    const key = wrappingKey();
    const { wrapped, wrappedBy } = await key.wrap(dataKey, 'kid-1');
    await key.unwrap(wrapped, 'kid-1', wrappedBy);
    expect(wrappedBy).toMatch(/\/keys\/wrapping\/[0-9a-f]{32}$/);
    expect(vault.operations).toEqual(['get', 'wrapkey', 'unwrapkey']);
  });

  it('is challenged once, and then known', async () => {
    const { wrapped, wrappedBy } = await wrappingKey().wrap(dataKey, 'kid-1');
    const key = wrappingKey();
    const before = vault.requests;
    for (let times = 0; times < 3; times++) await key.unwrap(wrapped, 'kid-1', wrappedBy);
    expect(vault.requests - before).toBe(4);
  });

  it('unwraps with the version that wrapped when there is a newer one, which wraps from then on', async () => {
    const old = await wrappingKey().wrap(dataKey, 'kid-1');
    vault.rotate();
    const key = wrappingKey();
    const latest = await key.wrap(dataKey, 'kid-1');
    expect(latest.wrappedBy).not.toBe(old.wrappedBy);
    for (const { wrapped, wrappedBy } of [old, latest]) {
      expect(await key.unwrap(wrapped, 'kid-1', wrappedBy)).toEqual(dataKey);
    }
    expect(await key.currentId()).toBe(latest.wrappedBy);
  });

  it('can be one version', async () => {
    const { wrappedBy } = await wrappingKey().wrap(dataKey, 'kid-1');
    vault.rotate();
    const pinned = wrappingKey(wrappedBy);
    expect((await pinned.wrap(dataKey, 'kid-1')).wrappedBy).toBe(wrappedBy);
    const newer = await wrappingKey().wrap(dataKey, 'kid-1');
    expect(await pinned.currentId()).toBe(wrappedBy);
    expect(await pinned.unwrap(newer.wrapped, 'kid-1', newer.wrappedBy)).toEqual(dataKey);
  });

  it('is the same in whatever letter case the setting, the vault and a stored row name it', async () => {
    const upperCase = (keyId: string) =>
      keyId.replace('localhost', 'LocalHost').replace('wrapping', 'Wrapping');
    vault.spell = upperCase;
    const key = wrappingKey(upperCase(vault.keyId));
    const { wrapped, wrappedBy } = await key.wrap(dataKey, 'kid-1');
    const spellings = [
      wrappedBy,
      upperCase(wrappedBy),
      wrappedBy.toUpperCase().replace('HTTPS', 'https'),
    ];
    expect(new Set(spellings).size).toBeGreaterThan(1);
    for (const any of [key, wrappingKey(), wrappingKey(upperCase(wrappedBy))]) {
      expect(await any.currentId()).toBe(wrappedBy);
      for (const spelling of spellings) {
        expect(await any.unwrap(wrapped, 'kid-1', spelling)).toEqual(dataKey);
      }
    }
  });

  it.each([
    [403, 'misconfigured'],
    [404, 'misconfigured'],
    [429, 'temporarily_unavailable'],
    [500, 'temporarily_unavailable'],
    [503, 'temporarily_unavailable'],
  ])('that answers %d is %s', async (status, code) => {
    const key = wrappingKey();
    const { wrapped, wrappedBy } = await key.wrap(dataKey, 'kid-1');
    vault.fault = { status };
    expect((await appErrorOf(() => key.wrap(dataKey, 'kid-1'))).code).toBe(code);
    expect((await appErrorOf(() => key.currentId())).code).toBe(code);
    expect((await appErrorOf(() => key.unwrap(wrapped, 'kid-1', wrappedBy))).code).toBe(code);
    vault.fault = undefined;
    expect(await key.unwrap(wrapped, 'kid-1', wrappedBy)).toEqual(dataKey);
  });

  it('says which setting to check when the app may not use it', async () => {
    vault.fault = { status: 403, code: 'Forbidden' };
    const error = await appErrorOf(() => wrappingKey().wrap(dataKey, 'kid-1'));
    expect(error.public.detail).toContain('KEY_VAULT_KEY_ID');
  });

  it('that is not there is for time to mend', async () => {
    const key = wrappingKey('https://127.0.0.1:9/keys/none');
    expect((await appErrorOf(() => key.wrap(dataKey, 'kid-1'))).code).toBe(
      'temporarily_unavailable',
    );
  });
});
