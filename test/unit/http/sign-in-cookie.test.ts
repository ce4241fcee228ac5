import { describe, expect, it } from 'vitest';
import { openSignIn, sealSignIn } from '../../../src/lib/http/sign-in-cookie.ts';
import { startTime } from '../../support/clock.ts';
import { newSealer } from '../../support/sealer.ts';
import { appErrorOf } from '../../support/thrown.ts';

const sealer = newSealer({ now: () => startTime });
const transaction = {
  state: 'state-value',
  nonce: 'nonce-value',
  codeVerifier: 'verifier-value',
  returnTo: '/inbox?page=2',
  scopes: ['User.Read'],
  claims: '{"access_token":{}}',
  createdAt: startTime,
};

describe('the sign-in cookie', () => {
  it('brings back what it was made of', async () => {
    const text = await sealSignIn(sealer, transaction);
    expect(await openSignIn(sealer, text)).toEqual(transaction);
    const without = { ...transaction, claims: undefined };
    expect(await openSignIn(sealer, await sealSignIn(sealer, without))).toEqual(without);
  });

  it('is plain enough for a cookie, and tells nothing', async () => {
    const text = await sealSignIn(sealer, transaction);
    expect(text).toMatch(/^[\w.-]+$/);
    for (const secret of ['state-value', 'nonce-value', 'verifier-value']) {
      expect(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()).not.toContain(secret);
    }
  });

  it('does not open when a character is changed', async () => {
    const text = await sealSignIn(sealer, transaction);
    const kidLength = text.indexOf('.') + 1;
    // The last character holds bits that base64url does not use.
    for (let at = kidLength; at < text.length - 1; at++) {
      const changed = text[at] === 'A' ? 'B' : 'A';
      const tampered = text.slice(0, at) + changed + text.slice(at + 1);
      expect(await openSignIn(sealer, tampered)).toBeUndefined();
    }
  });

  it.each([undefined, '', '.', 'a.', '.b', 'a.b', 'a.b.c', '2026-03-14.', 'x'.repeat(5000)])(
    '%j opens as nothing',
    async (text) => {
      expect(await openSignIn(sealer, text)).toBeUndefined();
    },
  );

  it('does not open with an appendix, cut short, or by another key', async () => {
    const text = await sealSignIn(sealer, transaction);
    expect(await openSignIn(sealer, `${text}.x`)).toBeUndefined();
    expect(await openSignIn(sealer, text.slice(0, -4))).toBeUndefined();
    expect(await openSignIn(newSealer({ now: () => startTime }), text)).toBeUndefined();
  });

  it('is not what is sealed for a row, nor the other way round', async () => {
    const row = { table: 'tokens', partitionKey: '0', rowKey: 'c|h|code', schema: 1 };
    const { kid, sealed } = await sealer.seal(
      { cache: Buffer.from(JSON.stringify(transaction)) },
      row,
    );
    const cookie = `${kid}.${sealed.cache.toString('base64url')}`;
    expect(await openSignIn(sealer, cookie)).toBeUndefined();
    const [ours = '', bytes = ''] = (await sealSignIn(sealer, transaction)).split('.');
    const moved = { kid: ours, bytes: Buffer.from(bytes, 'base64url') };
    expect(await sealer.open(moved, { ...row, property: 'cache' })).toBeUndefined();
  });

  it('is refused when it would not fit', async () => {
    const claims = 'x'.repeat(3000);
    const error = await appErrorOf(() => sealSignIn(sealer, { ...transaction, claims }));
    expect(error.code).toBe('invalid_request');
  });
});
