import { describe, expect, it } from 'vitest';
import { parseDeviceHandle } from '../../../../src/lib/auth/device/handle.ts';
import type { DeviceKey } from '../../../../src/lib/auth/device/ports.ts';
import { TokenError } from '../../../../src/lib/auth/tokens/token-error.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { minutes, seconds, startTime } from '../../../support/clock.ts';
import { createDeviceSignIn, deviceScopes } from '../../../support/device-sign-in.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';

function keyOf(handle: string): DeviceKey {
  const key = parseDeviceHandle(handle);
  if (!key) throw new Error('not a handle');
  return key;
}

describe('the start of a device sign-in', () => {
  it('tells what the user needs, and keeps the device code', async () => {
    const { start } = createDeviceSignIn();
    const started = await start();
    expect(started).toEqual({
      handle: expect.any(String),
      userCode: 'ABCD',
      verificationUri: 'https://login.example/device',
      expiresIn: 900,
      interval: 5,
    });
    expect(JSON.stringify(started)).not.toContain('device-code-1');
  });

  it('asks once, for the device’s scopes', async () => {
    const { start, tokenClient } = createDeviceSignIn();
    await start();
    expect(tokenClient.devicesStarted).toEqual([deviceScopes]);
    expect(tokenClient.devicePolls).toEqual([]);
  });

  it('stores what polls need, under the hour in which the codes lapse', async () => {
    const { start, core, tokenClient, clock } = createDeviceSignIn();
    clock.advance(20 * minutes);
    const { handle } = await start();
    expect(keyOf(handle).hour).toBe('2026-03-14T10');
    const startedAt = startTime + 20 * minutes;
    expect(await core.devices.read(keyOf(handle))).toMatchObject({
      state: 'pending',
      authorization: tokenClient.deviceAuthorization,
      scopes: deviceScopes,
      expiresAt: startedAt + 15 * minutes,
      intervalMs: 5 * seconds,
      pollAfter: startedAt,
    });
  });

  it('counts the codes’ time from the answer on', async () => {
    const { start, core, tokenClient, clock } = createDeviceSignIn();
    tokenClient.atEndpoint = () => clock.advance(3 * seconds);
    const { handle } = await start();
    const expiresAt = startTime + 3 * seconds + 15 * minutes;
    expect(await core.devices.read(keyOf(handle))).toMatchObject({ expiresAt });
  });

  it.each([
    [0, 1],
    [0.2, 1],
    [1, 1],
    [7, 7],
  ])('makes of an interval of %d seconds one of %d', async (told, interval) => {
    const { start, core, tokenClient } = createDeviceSignIn();
    tokenClient.deviceAuthorization = { ...tokenClient.deviceAuthorization, interval: told };
    const started = await start();
    expect(started.interval).toBe(interval);
    const stored = await core.devices.read(keyOf(started.handle));
    expect(stored).toMatchObject({ intervalMs: interval * seconds });
  });

  it('gives each sign-in a handle of its own', async () => {
    const { start } = createDeviceSignIn();
    expect((await start()).handle).not.toBe((await start()).handle);
  });
});

describe('a start that the identity provider refuses', () => {
  it.each([
    [{ status: 400, error: 'unauthorized_client', errorCodes: [700016] }, 'misconfigured'],
    [{ status: 401, error: 'invalid_client', errorCodes: [7000218] }, 'misconfigured'],
    [{ status: 400, error: 'invalid_scope' }, 'misconfigured'],
    [{ status: 400, error: 'invalid_grant', errorCodes: [65001] }, 'misconfigured'],
    [{ status: 400, error: 'access_denied', errorCodes: [53003] }, 'misconfigured'],
    [{ status: 429 }, 'temporarily_unavailable'],
    [{ status: 503 }, 'temporarily_unavailable'],
    [{ status: 200 }, 'temporarily_unavailable'],
    [{ status: undefined }, 'temporarily_unavailable'],
  ])('with %j is %s', async (fault, code) => {
    const { start, tokenClient } = createDeviceSignIn();
    tokenClient.atEndpoint = refuse(fault);
    const error = await appErrorOf(start);
    expect(error.code).toBe(code);
    expect(error.cause).toBeInstanceOf(TokenError);
    expect(error.public.login).toBeUndefined();
  });

  it('for now tells when to try again', async () => {
    const { start, tokenClient } = createDeviceSignIn();
    tokenClient.atEndpoint = refuse({ status: 429, retryAfterSeconds: 17 });
    expect((await appErrorOf(start)).public.retryAfterSeconds).toBe(17);
  });

  it('tells the operator what is to be mended', async () => {
    const { start, tokenClient } = createDeviceSignIn();
    tokenClient.atEndpoint = refuse({ error: 'unauthorized_client' });
    expect((await appErrorOf(start)).public.detail).toContain('operator');
  });
});

describe('a start that fails otherwise', () => {
  it('at the token client goes through as it is', async () => {
    const { start, tokenClient } = createDeviceSignIn();
    const failure = new AppError('misconfigured');
    tokenClient.startDevice = () => Promise.reject(failure);
    await expect(start()).rejects.toBe(failure);
  });

  it('at the store gives no handle', async () => {
    const { start, core } = createDeviceSignIn();
    const down = new AppError('temporarily_unavailable');
    core.devices.create = () => Promise.reject(down);
    await expect(start()).rejects.toBe(down);
  });
});
