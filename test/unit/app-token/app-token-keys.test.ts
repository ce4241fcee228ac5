import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OutboundError, type OutboundResponse } from '../../../src/lib/http/outbound-request.ts';
import {
  appTokenClaims,
  backEndId,
  createSigningKey,
  createVerifying,
  jwksUri,
} from '../../support/app-tokens.ts';
import { minutes, seconds, startTime } from '../../support/clock.ts';
import { appErrorOf } from '../../support/thrown.ts';

const key = await createSigningKey('key-1');
const nextKey = await createSigningKey('key-2');
/** Somebody who calls their key like the identity provider's. */
const forger = await createSigningKey('key-1');

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token with any header and no signature to speak of. */
function unsigned(header: object, signature = ''): string {
  return `${base64url(header)}.${base64url(appTokenClaims())}.${signature}`;
}

/** A token that is signed with the public key as if it were a secret. */
function signedWithPublicKey(): string {
  const content = unsigned({ alg: 'HS256', typ: 'JWT', kid: 'key-1' }).replace(/\.$/, '');
  const signature = createHmac('sha256', JSON.stringify(key.jwk)).update(content);
  return `${content}.${signature.digest('base64url')}`;
}

async function withAnotherPayload(): Promise<string> {
  const [header, , signature] = (await key.sign()).split('.');
  return `${header}.${base64url(appTokenClaims({ roles: ['Admin'] }))}.${signature}`;
}

const forgeries: [string, () => string | Promise<string>][] = [
  ['is signed by another', () => forger.sign()],
  ['is signed with a key of another name', () => nextKey.sign()],
  ['brings its key along', () => forger.sign({}, { jwk: forger.jwk })],
  ['says where its key is', () => forger.sign({}, { jku: 'https://evil.example/keys' })],
  ['has another payload than was signed', withAnotherPayload],
  ['has no signature', async () => (await key.sign()).replace(/[^.]+$/, '')],
  ['has half a signature', async () => (await key.sign()).slice(0, -100)],
  ['is not signed', () => unsigned({ alg: 'none', kid: 'key-1' })],
  ['is not signed, in capitals', () => unsigned({ alg: 'NONE', kid: 'key-1' })],
  ['says nothing of its signature', () => unsigned({ kid: 'key-1' }, 'AAAA')],
  ['is signed with the public key', signedWithPublicKey],
  ['is of an algorithm that is not ours', () => unsigned({ alg: 'ES256', kid: 'key-1' }, 'AAAA')],
  ['is signed with the right key in another way', () => key.sign({}, { alg: 'PS256' })],
  ['is signed with the right key and another hash', () => key.sign({}, { alg: 'RS384' })],
  ['wants something unknown', () => unsigned({ alg: 'RS256', kid: 'key-1', crit: ['x'], x: 1 })],
  ['is no token', () => 'x'],
  ['is empty', () => ''],
  ['is two dots', () => '..'],
  ['is encrypted', () => 'a.b.c.d.e'],
  ['has a payload that is no JSON', async () => (await key.sign()).replace(/\.[^.]+\./, '.AAAA.')],
];

describe('a forged token', () => {
  it.each(forgeries)('is refused: it %s', async (_name, forge) => {
    const { verify } = createVerifying([key.jwk]);
    const token = await forge();
    expect((await appErrorOf(() => verify(token))).code).toBe('unauthenticated');
  });

  it('is refused if it does not say which of many keys it has', async () => {
    const { verify } = createVerifying([key.jwk, nextKey.jwk]);
    const token = await key.sign({}, { kid: undefined });
    expect((await appErrorOf(() => verify(token))).code).toBe('unauthenticated');
  });
});

describe('the keys', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: startTime });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const later = (ms: number) => vi.setSystemTime(startTime + ms);

  it('are not asked for before there is a token', () => {
    expect(createVerifying([key.jwk]).requests).toEqual([]);
  });

  it('are asked for once for many tokens', async () => {
    const { verify, requests } = createVerifying([key.jwk]);
    const tokens = await Promise.all(Array.from({ length: 10 }, () => key.sign()));
    await Promise.all(tokens.map(verify));
    later(9 * minutes);
    await verify(tokens[0] ?? '');
    expect(requests).toMatchObject([{ method: 'GET', url: jwksUri, deadlineMs: 5 * seconds }]);
  });

  it('are asked for anew after ten minutes', async () => {
    const { verify, requests, endpoint } = createVerifying([key.jwk]);
    const token = await key.sign();
    await verify(token);
    endpoint.keys = [nextKey.jwk];
    later(10 * minutes);
    expect((await appErrorOf(() => verify(token))).code).toBe('unauthenticated');
    expect(requests.length).toBeGreaterThan(1);
  });

  it('are asked for anew for a key that is new', async () => {
    const { verify, requests, endpoint } = createVerifying([key.jwk]);
    await verify(await key.sign());
    endpoint.keys = [key.jwk, nextKey.jwk];
    later(31 * seconds);
    expect((await verify(await nextKey.sign())).clientId).toBe(backEndId);
    await verify(await key.sign());
    expect(requests).toHaveLength(2);
  });

  it('are not asked for again and again for a key that nobody has', async () => {
    const { verify, requests } = createVerifying([key.jwk]);
    const token = await nextKey.sign();
    for (let time = 0; time < 5; time++) {
      expect((await appErrorOf(() => verify(token))).code).toBe('unauthenticated');
    }
    expect(requests).toHaveLength(1);
  });

  it.each<[string, (body: string) => OutboundResponse]>([
    ['500', () => ({ status: 500, headers: {}, body: '' })],
    ['404', () => ({ status: 404, headers: {}, body: '<html>' })],
    ['204', () => ({ status: 204, headers: {}, body: '' })],
    ['a redirect', (body) => ({ status: 302, headers: {}, body })],
    ['HTML', () => ({ status: 200, headers: {}, body: '<html>' })],
    ['no keys', () => ({ status: 200, headers: {}, body: '{}' })],
    ['keys that are none', () => ({ status: 200, headers: {}, body: '{"keys":[7]}' })],
  ])('that can’t be had make it unavailable, no token’s fault: %s', async (_name, answer) => {
    const { verify, endpoint } = createVerifying([key.jwk]);
    const { answer: good } = endpoint;
    endpoint.answer = answer;
    const token = await key.sign();
    expect((await appErrorOf(() => verify(token))).code).toBe('temporarily_unavailable');
    endpoint.answer = good;
    expect((await verify(token)).clientId).toBe(backEndId);
  });

  it.each(['timeout', 'network', 'too-large'] as const)(
    'that don’t come (%s) make it unavailable',
    async (kind) => {
      const { verify, endpoint } = createVerifying([key.jwk]);
      const failure = new OutboundError(kind, jwksUri);
      endpoint.answer = () => {
        throw failure;
      };
      const token = await key.sign();
      const error = await appErrorOf(() => verify(token));
      expect(error.code).toBe('temporarily_unavailable');
      expect(error.cause).toBe(failure);
    },
  );

  it('that are there serve while their endpoint is down', async () => {
    const { verify, endpoint } = createVerifying([key.jwk]);
    const token = await key.sign();
    await verify(token);
    endpoint.answer = () => ({ status: 503, headers: {}, body: '' });
    later(9 * minutes);
    expect((await verify(token)).clientId).toBe(backEndId);
  });
});
