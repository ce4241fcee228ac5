import { describe, expect, it } from 'vitest';
import { TokenError } from '../../../../src/lib/auth/tokens/token-error.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { seconds } from '../../../support/clock.ts';
import { pending, startedDeviceSignIn } from '../../../support/device-sign-in.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';

/** A sign-in that the identity provider answers so. */
async function answered(fault: Parameters<typeof refuse>[0]) {
  const signIn = await startedDeviceSignIn();
  signIn.tokenClient.atEndpoint = refuse(fault);
  return signIn;
}

describe('a refusal that ends a device sign-in', () => {
  it.each([
    [{ error: 'access_denied' }, 'declined'],
    [{ error: 'authorization_declined', errorCodes: [70018] }, 'declined'],
    [{ error: 'access_denied', errorCodes: [53003] }, 'blocked_by_policy'],
    [{ error: 'invalid_grant', errorCodes: [53003] }, 'blocked_by_policy'],
    [{ error: 'interaction_required', errorCodes: [50105] }, 'blocked_by_policy'],
    [{ error: 'invalid_grant', errorCodes: [50057] }, 'blocked_by_policy'],
  ])('with %j is told once, as %s', async (fault, reason) => {
    const { ask, polls, clock, sessions } = await answered(fault);
    const error = await appErrorOf(ask);
    expect([error.code, error.public.reason]).toEqual(['forbidden', reason]);
    expect(error.cause).toBeInstanceOf(TokenError);
    expect((await appErrorOf(ask)).code).toBe('gone');
    clock.advance(20 * seconds);
    expect((await appErrorOf(ask)).code).toBe('gone');
    expect(polls()).toBe(1);
    expect(sessions.count()).toBe(0);
  });

  it.each([
    { error: 'expired_token', errorCodes: [70020] },
    { error: 'code_expired' },
    { error: 'bad_verification_code', errorCodes: [70019] },
    { error: 'invalid_grant' },
    { error: 'invalid_grant', errorCodes: [50076] },
    { error: 'interaction_required' },
    { error: 'consent_required' },
  ])('with %j is gone', async (fault) => {
    const { ask, polls, clock, sessions } = await answered(fault);
    const error = await appErrorOf(ask);
    expect(error.code).toBe('gone');
    expect(error.cause).toBeInstanceOf(TokenError);
    clock.advance(20 * seconds);
    expect((await appErrorOf(ask)).code).toBe('gone');
    expect(polls()).toBe(1);
    expect(sessions.count()).toBe(0);
  });

  it.each([{ status: 503 }, { status: 503, retryAfterSeconds: 1 }, { error: 'invalid_client' }])(
    'that is for now (%j) tells to wait no less than the next poll may',
    async (fault) => {
      const { ask, clock } = await answered(fault);
      const { public: told } = await appErrorOf(ask);
      clock.advance((told.retryAfterSeconds ?? 0) * seconds);
      expect((await appErrorOf(ask)).code).not.toBe('slow_down');
    },
  );

  it('tells a device no way to sign in with a browser', async () => {
    for (const error of ['access_denied', 'expired_token', 'invalid_grant']) {
      const { ask } = await answered({ error });
      expect((await appErrorOf(ask)).public.login).toBeUndefined();
    }
  });

  it('whose end can’t be noted is unavailable, and asked for again', async () => {
    const { ask, polls, clock, core } = await answered({ error: 'access_denied' });
    const { end } = core.devices;
    core.devices.end = () => Promise.reject(new AppError('temporarily_unavailable'));
    expect((await appErrorOf(ask)).code).toBe('temporarily_unavailable');
    core.devices.end = end;
    clock.advance(15 * seconds);
    expect((await appErrorOf(ask)).public.reason).toBe('declined');
    expect(polls()).toBe(2);
  });
});

describe('a failure that time mends', () => {
  it('is unavailable, and not asked again before its Retry-After', async () => {
    const { ask, polls, clock, tokenClient } = await answered({
      status: 429,
      retryAfterSeconds: 60,
    });
    const error = await appErrorOf(ask);
    expect(error.code).toBe('temporarily_unavailable');
    expect(error.public.retryAfterSeconds).toBe(60);
    tokenClient.atEndpoint = pending;
    clock.advance(60 * seconds - 1);
    expect((await appErrorOf(ask)).code).toBe('slow_down');
    expect(polls()).toBe(1);
    clock.advance(1);
    expect(await ask()).toEqual({ state: 'pending', retryAfterSeconds: 5 });
  });

  it.each([{ status: undefined }, { status: 503 }, { status: 500, retryAfterSeconds: 1 }])(
    'as %j keeps to the interval at least',
    async (fault) => {
      const { ask, polls, clock, tokenClient } = await answered(fault);
      expect((await appErrorOf(ask)).code).toBe('temporarily_unavailable');
      tokenClient.atEndpoint = pending;
      clock.advance(5 * seconds - 1);
      expect((await appErrorOf(ask)).code).toBe('slow_down');
      clock.advance(1);
      expect(await ask()).toEqual({ state: 'pending', retryAfterSeconds: 5 });
      expect(polls()).toBe(2);
    },
  );

  it('leaves the user time to approve', async () => {
    const { ask, clock, tokenClient } = await answered({ status: 503 });
    await appErrorOf(ask);
    tokenClient.atEndpoint = () => undefined;
    clock.advance(5 * seconds);
    expect(await ask()).toMatchObject({ state: 'signed-in' });
  });
});

describe('a failure that the operator mends', () => {
  it.each([
    { status: 401, error: 'invalid_client', errorCodes: [7000218] },
    { error: 'unauthorized_client', errorCodes: [700016] },
  ])('as %j is misconfigured, and the sign-in still pending', async (fault) => {
    const { ask, polls, clock, tokenClient } = await answered(fault);
    expect((await appErrorOf(ask)).code).toBe('misconfigured');
    tokenClient.atEndpoint = pending;
    clock.advance(5 * seconds - 1);
    expect((await appErrorOf(ask)).code).toBe('slow_down');
    clock.advance(1);
    expect(await ask()).toMatchObject({ state: 'pending' });
    expect(polls()).toBe(2);
  });
});

describe('a failure of another kind', () => {
  it.each([new RangeError('a bug'), new AppError('bad_gateway')])(
    'goes through as it is (%s), and the sign-in is still pending',
    async (failure) => {
      const { ask, clock, tokenClient } = await startedDeviceSignIn();
      tokenClient.atEndpoint = () => {
        throw failure;
      };
      await expect(ask()).rejects.toBe(failure);
      tokenClient.atEndpoint = pending;
      clock.advance(5 * seconds - 1);
      expect((await appErrorOf(ask)).code).toBe('slow_down');
      clock.advance(1);
      expect(await ask()).toMatchObject({ state: 'pending' });
    },
  );
});
