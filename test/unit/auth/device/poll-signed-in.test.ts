import { describe, expect, it } from 'vitest';
import { userHash } from '../../../../src/lib/auth/user.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { days, minutes, seconds, startTime } from '../../../support/clock.ts';
import {
  deviceClient,
  deviceScopes,
  pending,
  startedDeviceSignIn,
} from '../../../support/device-sign-in.ts';
import { idToken, issuerOf, objectId, tenantId } from '../../../support/id-tokens.ts';
import { appErrorOf } from '../../../support/thrown.ts';

const user = userHash({ oid: objectId, tid: tenantId });

/** A sign-in whose user has approved, and whose device has its session. */
async function signedIn() {
  const signIn = await startedDeviceSignIn();
  const answer = await signIn.ask();
  if (answer.state !== 'signed-in') throw new Error('not signed in');
  return { ...signIn, answer };
}

describe('a poll after the approval', () => {
  it('brings a device’s session, which counts for no browser', async () => {
    const { answer, find } = await signedIn();
    expect(answer).toMatchObject({ user, expiresAt: startTime + 7 * days });
    const session = await find(answer.sessionSecret, 'device');
    expect(session).toMatchObject({ user, flow: 'device', kind: 'device', client: deviceClient });
    expect(session?.identity).toMatchObject({ oid: objectId, tid: tenantId });
    expect(await find(answer.sessionSecret, 'browser')).toBeUndefined();
  });

  it('stores the tokens under the device’s flow', async () => {
    const { tokens } = await signedIn();
    expect(await tokens.read(user, 'device')).toMatchObject({
      cache: 'cache-1',
      accessToken: { token: 'access-1', expiresAt: startTime + 60 * minutes },
      scopes: deviceScopes,
      ...{ flow: 'device', tenantId, state: 'active' },
    });
    expect(await tokens.read(user, 'code')).toBeUndefined();
    expect(await tokens.sessionsOf(user)).toHaveLength(1);
  });

  it('that had to wait for it brings it too', async () => {
    const { ask, polls, clock, tokenClient } = await startedDeviceSignIn();
    tokenClient.atEndpoint = pending;
    await ask();
    tokenClient.atEndpoint = () => undefined;
    clock.advance(5 * seconds);
    expect(await ask()).toMatchObject({ state: 'signed-in' });
    expect(polls()).toBe(2);
  });

  it('brings it once', async () => {
    const { ask, polls, clock, sessions } = await signedIn();
    expect((await appErrorOf(ask)).code).toBe('gone');
    clock.advance(15 * seconds);
    expect((await appErrorOf(ask)).code).toBe('gone');
    expect(polls()).toBe(1);
    expect(sessions.count()).toBe(1);
  });

  it('brings it to one of many', async () => {
    const { ask, polls, sessions } = await startedDeviceSignIn();
    const copies = await Promise.allSettled(Array.from({ length: 20 }, ask));
    expect(copies.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(polls()).toBe(1);
    expect(sessions.count()).toBe(1);
  });

  it('brings it though the sign-in’s end can’t be noted, and the log says so', async () => {
    const { ask, find, core, log } = await startedDeviceSignIn();
    core.devices.end = () => Promise.reject(new AppError('temporarily_unavailable'));
    const answer = await ask();
    if (answer.state !== 'signed-in') throw new Error('not signed in');
    expect(await find(answer.sessionSecret, 'device')).toBeDefined();
    expect(log.lines).toEqual([
      {
        level: 'warn',
        event: 'device-sign-in-not-ended',
        fields: { code: 'temporarily_unavailable' },
      },
    ]);
  });
});

describe('an ID token that is not ours', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['with a nonce', { nonce: 'nonce-1' }, 'bad_gateway'],
    ['for another client', { aud: 'another-client' }, 'bad_gateway'],
    ['of another issuer', { iss: 'https://evil.example' }, 'bad_gateway'],
    ['that has expired', { exp: startTime / 1000 - 301 }, 'bad_gateway'],
    ['of another tenant', { tid: 'other', iss: issuerOf('other') }, 'forbidden'],
  ])('%s opens no session, and the sign-in is over', async (_name, claims, code) => {
    const { ask, polls, clock, tokenClient, tokens, sessions } = await startedDeviceSignIn();
    tokenClient.idToken = idToken({ nonce: undefined, ...claims });
    expect((await appErrorOf(ask)).code).toBe(code);
    expect(sessions.count()).toBe(0);
    expect(tokens.rowsOf(user)).toEqual([]);
    clock.advance(15 * seconds);
    expect((await appErrorOf(ask)).code).toBe('gone');
    expect(polls()).toBe(1);
  });

  it('because it is none opens no session', async () => {
    const { ask, tokenClient, sessions } = await startedDeviceSignIn();
    tokenClient.idToken = '';
    expect((await appErrorOf(ask)).code).toBe('bad_gateway');
    expect(sessions.count()).toBe(0);
  });
});

describe('an answer that nobody waits for any more', () => {
  it('opens no session after more than eight seconds', async () => {
    const { ask, clock, tokenClient, tokens, sessions } = await startedDeviceSignIn();
    tokenClient.atEndpoint = () => clock.advance(8 * seconds + 1);
    expect((await appErrorOf(ask)).code).toBe('temporarily_unavailable');
    expect(sessions.count()).toBe(0);
    expect(tokens.rowsOf(user)).toEqual([]);
    clock.advance(15 * seconds);
    expect((await appErrorOf(ask)).code).toBe('gone');
  });

  it('opens one after eight seconds', async () => {
    const { ask, clock, tokenClient } = await startedDeviceSignIn();
    tokenClient.atEndpoint = () => clock.advance(8 * seconds);
    expect(await ask()).toMatchObject({ state: 'signed-in' });
  });

  it('because the end took long to note opens none', async () => {
    const { ask, clock, core, sessions } = await startedDeviceSignIn();
    const { end } = core.devices;
    core.devices.end = (key) => {
      clock.advance(8 * seconds + 1);
      return end(key);
    };
    expect((await appErrorOf(ask)).code).toBe('temporarily_unavailable');
    expect(sessions.count()).toBe(0);
  });
});

describe('a session that can’t be written', () => {
  it('leaves nothing behind, and the sign-in is over', async () => {
    const { ask, clock, tokens, sessions } = await startedDeviceSignIn();
    sessions.create = () => Promise.reject(new AppError('temporarily_unavailable'));
    expect((await appErrorOf(ask)).code).toBe('temporarily_unavailable');
    expect(tokens.rowsOf(user)).toEqual([]);
    clock.advance(15 * seconds);
    expect((await appErrorOf(ask)).code).toBe('gone');
  });
});
