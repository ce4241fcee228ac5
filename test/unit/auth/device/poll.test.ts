import { describe, expect, it } from 'vitest';
import { newDeviceHandle } from '../../../../src/lib/auth/device/handle.ts';
import { AppError, ConflictError, GoneError } from '../../../../src/lib/errors.ts';
import { hours, minutes, seconds, startTime } from '../../../support/clock.ts';
import {
  createDeviceSignIn,
  deviceScopes,
  pending,
  startedDeviceSignIn,
} from '../../../support/device-sign-in.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';

const slowDown = refuse({ error: 'slow_down' });

/** A sign-in whose user has not decided, asked once. */
async function askedOnce() {
  const signIn = await startedDeviceSignIn();
  signIn.tokenClient.atEndpoint = pending;
  await signIn.ask();
  return signIn;
}

describe('a poll', () => {
  it('may be made at once, with the device code', async () => {
    const { ask, tokenClient } = await startedDeviceSignIn();
    tokenClient.atEndpoint = pending;
    expect(await ask()).toEqual({ state: 'pending', retryAfterSeconds: 5 });
    expect(tokenClient.devicePolls).toEqual(['device-code-1']);
  });

  it('asks for the scopes of the start', async () => {
    const { ask, tokenClient } = await startedDeviceSignIn();
    const asked: unknown[] = [];
    const { pollDevice } = tokenClient;
    tokenClient.pollDevice = (authorization, scopes) => {
      asked.push({ authorization, scopes });
      return pollDevice(authorization, scopes);
    };
    await ask();
    const { deviceAuthorization: authorization } = tokenClient;
    expect(asked).toEqual([{ authorization, scopes: deviceScopes }]);
  });

  it('that is too early is told when to ask, without a token call', async () => {
    const { ask, polls, clock } = await askedOnce();
    clock.advance(3.5 * seconds);
    const error = await appErrorOf(ask);
    expect([error.code, error.public.retryAfterSeconds]).toEqual(['slow_down', 2]);
    expect(polls()).toBe(1);
  });

  it('may be made again after exactly the interval', async () => {
    const { ask, polls, clock } = await askedOnce();
    clock.advance(5 * seconds - 1);
    const error = await appErrorOf(ask);
    expect([error.code, error.public.retryAfterSeconds]).toEqual(['slow_down', 1]);
    clock.advance(1);
    expect(await ask()).toEqual({ state: 'pending', retryAfterSeconds: 5 });
    expect(polls()).toBe(2);
  });

  it('that is too early puts nothing off', async () => {
    const { ask, clock } = await askedOnce();
    for (const _ of [1, 2, 3, 4]) {
      clock.advance(1 * seconds);
      expect((await appErrorOf(ask)).code).toBe('slow_down');
    }
    clock.advance(1 * seconds);
    expect(await ask()).toMatchObject({ state: 'pending' });
  });

  it('counts the interval from when it was made, not from its answer', async () => {
    const { ask, polls, clock, tokenClient } = await startedDeviceSignIn();
    tokenClient.atEndpoint = () => {
      clock.advance(4 * seconds);
      pending();
    };
    await ask();
    clock.advance(1 * seconds);
    await ask();
    expect(polls()).toBe(2);
  });

  it('at the same time as another makes no token call', async () => {
    const { ask, polls, tokenClient } = await startedDeviceSignIn();
    tokenClient.atEndpoint = pending;
    const [one, other] = await Promise.allSettled([ask(), ask()]);
    expect(one).toMatchObject({ value: { state: 'pending' } });
    expect(other).toMatchObject({
      reason: { code: 'slow_down', public: { retryAfterSeconds: 5 } },
    });
    expect(polls()).toBe(1);
  });

  it('while another waits for its answer makes no token call for 15 seconds', async () => {
    const { ask, polls, clock, tokenClient } = await startedDeviceSignIn();
    let answer = () => {};
    let arrived = () => {};
    const atEndpoint = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    tokenClient.atEndpoint = () => {
      arrived();
      return new Promise<void>((resolve) => {
        answer = resolve;
      });
    };
    const waiting = ask();
    await atEndpoint;
    clock.advance(1 * seconds);
    const error = await appErrorOf(ask);
    expect([error.code, error.public.retryAfterSeconds]).toEqual(['slow_down', 14]);
    expect(polls()).toBe(1);
    answer();
    expect(await waiting).toMatchObject({ state: 'signed-in' });
  });

  it('that never came to an end is made up for after 15 seconds', async () => {
    const { ask, polls, clock, tokenClient, core } = await startedDeviceSignIn();
    const { schedule } = core.devices;
    tokenClient.atEndpoint = () => {
      core.devices.schedule = () => Promise.reject(new AppError('temporarily_unavailable'));
      pending();
    };
    expect((await appErrorOf(ask)).code).toBe('temporarily_unavailable');
    core.devices.schedule = schedule;
    tokenClient.atEndpoint = pending;
    clock.advance(15 * seconds - 1);
    expect((await appErrorOf(ask)).code).toBe('slow_down');
    clock.advance(1);
    expect(await ask()).toMatchObject({ state: 'pending' });
    expect(polls()).toBe(2);
  });
});

describe('an upstream slow_down', () => {
  it('adds five seconds to the interval, for good', async () => {
    const { ask, polls, clock, tokenClient } = await startedDeviceSignIn();
    tokenClient.atEndpoint = slowDown;
    const error = await appErrorOf(ask);
    expect([error.code, error.public.retryAfterSeconds]).toEqual(['slow_down', 10]);
    tokenClient.atEndpoint = pending;
    for (const round of [2, 3, 4]) {
      clock.advance(10 * seconds - 1);
      expect((await appErrorOf(ask)).code).toBe('slow_down');
      clock.advance(1);
      expect(await ask()).toEqual({ state: 'pending', retryAfterSeconds: 10 });
      expect(polls()).toBe(round);
    }
  });

  it('adds five more each time', async () => {
    const { ask, polls, clock, tokenClient } = await startedDeviceSignIn();
    tokenClient.atEndpoint = slowDown;
    for (const interval of [10, 15, 20]) {
      expect((await appErrorOf(ask)).public.retryAfterSeconds).toBe(interval);
      clock.advance(interval * seconds - 1);
      await appErrorOf(ask);
      clock.advance(1);
    }
    expect(polls()).toBe(3);
  });
});

describe('a handle that leads nowhere', () => {
  it.each(['', 'x', '2026-03-14T09.', `2026-03-14T09.${'A'.repeat(44)}`, '../../sessions'])(
    '%j is not found, without a look at the store',
    async (handle) => {
      const { poll, core, tokenClient } = createDeviceSignIn();
      core.devices.read = () => Promise.reject(new Error('looked up'));
      expect((await appErrorOf(() => poll(handle))).code).toBe('not_found');
      expect(tokenClient.devicePolls).toEqual([]);
    },
  );

  it('is not found when it is unknown', async () => {
    const { poll, start, tokenClient } = createDeviceSignIn();
    await start();
    for (const expiresAt of [startTime, startTime + 15 * minutes, startTime + 2 * hours]) {
      const { handle } = newDeviceHandle(expiresAt);
      expect((await appErrorOf(() => poll(handle))).code).toBe('not_found');
    }
    expect(tokenClient.devicePolls).toEqual([]);
  });

  it('is gone when its hour is past', async () => {
    const { poll, tokenClient } = createDeviceSignIn();
    const { handle } = newDeviceHandle(startTime - 1 * hours);
    expect((await appErrorOf(() => poll(handle))).code).toBe('gone');
    expect(tokenClient.devicePolls).toEqual([]);
  });
});

describe('a device sign-in whose time is up', () => {
  it('is gone, by our own clock, without a token call', async () => {
    const { ask, polls, clock } = await askedOnce();
    clock.advance(15 * minutes - 1);
    expect(await ask()).toMatchObject({ state: 'pending' });
    clock.advance(1);
    expect((await appErrorOf(ask)).code).toBe('gone');
    expect(polls()).toBe(2);
  });

  it('is gone even where it is too early to ask', async () => {
    const { ask, polls, clock } = await askedOnce();
    clock.advance(15 * minutes - 1);
    await ask();
    clock.advance(2);
    expect((await appErrorOf(ask)).code).toBe('gone');
    expect(polls()).toBe(2);
  });
});

describe('a store that', () => {
  it('can’t be read makes a poll unavailable, without a token call', async () => {
    const { ask, polls, core } = await startedDeviceSignIn();
    const down = new AppError('temporarily_unavailable');
    core.devices.read = () => Promise.reject(down);
    await expect(ask()).rejects.toBe(down);
    expect(polls()).toBe(0);
  });

  it.each([
    ['has another version by now', new ConflictError(), 'slow_down'],
    ['has removed the sign-in', new GoneError(), 'gone'],
    ['takes no writes', new AppError('temporarily_unavailable'), 'temporarily_unavailable'],
  ])('%s gives no turn', async (_name, failure, code) => {
    const { ask, polls, core } = await startedDeviceSignIn();
    core.devices.schedule = () => Promise.reject(failure);
    expect((await appErrorOf(ask)).code).toBe(code);
    expect(polls()).toBe(0);
  });
});
