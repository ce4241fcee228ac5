import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRateLimit } from '../../../src/lib/http/rate-limit.ts';
import { seconds } from '../../support/clock.ts';
import { appErrorOf } from '../../support/thrown.ts';

type RateLimit = ReturnType<typeof createRateLimit>;

/** Seconds to wait, as told to one request too many. */
async function waitOf(limit: RateLimit, address: string | undefined): Promise<number> {
  const error = await appErrorOf(() => limit(address));
  expect(error.code).toBe('throttled');
  return error.public.retryAfterSeconds ?? Number.NaN;
}

/** Lets so many requests through, and not one more. */
async function useUp(limit: RateLimit, address: string | undefined, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await limit(address);
  await waitOf(limit, address);
}

const perAddress = (points: number) =>
  createRateLimit({ windowSeconds: 60, perAddress: points, perInstance: 1000 });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the limit for an address', () => {
  it('lets so many requests through in a window', async () => {
    await useUp(perAddress(3), '192.0.2.1', 3);
  });

  it('is each address’s own', async () => {
    const limit = perAddress(2);
    for (const address of [
      '192.0.2.1',
      '192.0.2.2',
      '2001:db8:0:1::1',
      '2001:db8:0:2::1',
      '2001::1:2:3:4:5',
      '2001::2:2:3:4:5',
    ]) {
      await useUp(limit, address, 2);
    }
  });

  it('is each limit’s own', async () => {
    await useUp(perAddress(1), '192.0.2.1', 1);
    await useUp(perAddress(1), '192.0.2.1', 1);
  });

  it('ends with its window, though no timer has run', async () => {
    const limit = createRateLimit({ windowSeconds: 60, perAddress: 9, perInstance: 1 });
    await limit('192.0.2.1');
    vi.setSystemTime(Date.now() + 60 * seconds);
    await limit('192.0.2.1');
  });

  it('tells how long to wait, in whole seconds that are enough', async () => {
    const limit = perAddress(1);
    await limit('192.0.2.1');
    expect(await waitOf(limit, '192.0.2.1')).toBe(60);
    vi.advanceTimersByTime(20.5 * seconds);
    expect(await waitOf(limit, '192.0.2.1')).toBe(40);
    vi.advanceTimersByTime(39.499 * seconds);
    expect(await waitOf(limit, '192.0.2.1')).toBe(1);
    vi.advanceTimersByTime(1);
    await useUp(limit, '192.0.2.1', 1);
  });

  it('counts those that are too many, without putting off the end of the window', async () => {
    const limit = perAddress(1);
    await limit('192.0.2.1');
    for (let n = 0; n < 59; n++) {
      vi.advanceTimersByTime(1 * seconds);
      await waitOf(limit, '192.0.2.1');
    }
    vi.advanceTimersByTime(1 * seconds);
    await limit('192.0.2.1');
  });

  it('counts requests at one time', async () => {
    const limit = perAddress(3);
    const requests = Array.from({ length: 20 }, () => limit('192.0.2.1'));
    const settled = await Promise.allSettled(requests);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });
});

describe('the limit for an IPv6 network', () => {
  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:ffff::1'],
    ['2001:db8:1:2::1', '2001:db8:1:2::2'],
    ['2001:db8:1:2::', '2001:db8:1:2:1:2:3:4'],
    ['2001:db8::1', '2001:db8::2'],
    ['2001:db8::1', '2001:DB8:0:0:1::1'],
    ['::1', '::2'],
  ])('is one for %s and %s', async (one, other) => {
    const limit = perAddress(1);
    await limit(one);
    await waitOf(limit, other);
  });

  it('is for 64 bits, no fewer', async () => {
    const limit = perAddress(1);
    for (const n of [1, 2, 3, 0xffff]) await useUp(limit, `2001:db8:1:${n.toString(16)}::1`, 1);
  });
});

describe('clients whose address is unknown', () => {
  it('are limited together, apart from others', async () => {
    const limit = perAddress(2);
    await useUp(limit, undefined, 2);
    await useUp(limit, '192.0.2.1', 2);
  });
});

describe('the limit for all together', () => {
  const limitOf = (instance: number, address = 1000) =>
    createRateLimit({ windowSeconds: 60, perAddress: address, perInstance: instance });

  it('lets so many requests through, whoever they are from', async () => {
    const limit = limitOf(3);
    for (const n of [1, 2, 3]) await limit(`192.0.2.${n}`);
    expect(await waitOf(limit, '192.0.2.4')).toBe(60);
    expect(await waitOf(limit, undefined)).toBe(60);
    vi.advanceTimersByTime(59.5 * seconds);
    expect(await waitOf(limit, '192.0.2.4')).toBe(1);
  });

  it('ends with its window', async () => {
    const limit = limitOf(1);
    await limit('192.0.2.1');
    vi.advanceTimersByTime(60 * seconds);
    await limit('192.0.2.2');
  });

  it('counts requests at one time', async () => {
    const limit = limitOf(3);
    const requests = Array.from({ length: 20 }, (_, n) => limit(`192.0.2.${n}`));
    const settled = await Promise.allSettled(requests);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  it('is not used up by requests of one address that are too many', async () => {
    const limit = limitOf(2, 1);
    await limit('192.0.2.1');
    for (let n = 0; n < 10; n++) await waitOf(limit, '192.0.2.1');
    await limit('192.0.2.2');
  });

  it('when it is used up adds no addresses', async () => {
    const limit = limitOf(1, 1);
    await limit('192.0.2.1');
    vi.advanceTimersByTime(59 * seconds);
    await waitOf(limit, '192.0.2.2');
    vi.advanceTimersByTime(1 * seconds);
    // Had the request before been counted, its address would be used up for 59 seconds more.
    await limit('192.0.2.2');
  });
});

describe('a request that is taken out of the count again', () => {
  it('makes room for another one, of its address and of all', async () => {
    const limit = createRateLimit({ windowSeconds: 60, perAddress: 2, perInstance: 3 });
    await limit('192.0.2.1');
    const giveBack = await limit('192.0.2.1');
    await waitOf(limit, '192.0.2.1');
    await giveBack();
    await limit('192.0.2.1');
    await waitOf(limit, '192.0.2.1');
    await limit('192.0.2.2');
    await waitOf(limit, '192.0.2.3');
  });

  it('makes as much room as it took, however many were too many', async () => {
    const limit = perAddress(3);
    const requests = await Promise.allSettled(Array.from({ length: 20 }, () => limit('192.0.2.1')));
    for (const request of requests) if (request.status === 'fulfilled') await request.value();
    await useUp(limit, '192.0.2.1', 3);
  });
});
