import { isIPv6 } from 'node:net';
import type { CallLimit } from '../auth/core.ts';
import { lazy } from '../basics/lazy.ts';
import { AppError } from '../errors.ts';

export interface RateLimits {
  windowSeconds: number;
  /** Requests in a window from one address, or IPv6 network. */
  perAddress: number;
  /** Requests in a window of all addresses together, in this process. */
  perInstance: number;
}

/** Counts requests in this process. */
export function createRateLimit({ windowSeconds, perAddress, perInstance }: RateLimits): CallLimit {
  const limiters = lazy(async () => {
    // It is CommonJS, of which files of a split bundle have the default export only.
    const { RateLimiterMemory } = (await import('rate-limiter-flexible')).default;
    const limiter = (points: number) => new RateLimiterMemory({ points, duration: windowSeconds });
    return { instance: limiter(perInstance), address: limiter(perAddress) };
  });
  return async (address) => {
    const { instance, address: one } = await limiters();
    const network = networkOf(address);
    // In this order nobody can fill the memory with addresses, nor alone use up what is for all.
    const all = await instance.get('all');
    if (all && all.msBeforeNext > 0 && all.consumedPoints >= perInstance) throw tooMany(all);
    await consume(one, network);
    await consume(instance, 'all');
    return async () => {
      await one.reward(network);
      await instance.reward('all');
    };
  };
}

interface Limiter {
  consume(key: string): Promise<unknown>;
  reward(key: string): Promise<unknown>;
}

/** How long a client waits, of a limiter. */
interface Remainder {
  msBeforeNext: number;
}

async function consume(limiter: Limiter, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (rejection) {
    if (rejection instanceof Error) throw rejection;
    // The limiter has counted it all the same.
    await limiter.reward(key);
    throw tooMany(rejection as Remainder);
  }
}

function tooMany({ msBeforeNext }: Remainder): AppError {
  return new AppError('throttled', { retryAfterSeconds: Math.ceil(msBeforeNext / 1000) });
}

/** A host that has one address of a /64 network of IPv6 can use them all. */
function networkOf(address = 'unknown'): string {
  return isIPv6(address) ? groupsOf(address).slice(0, 4).join(':') : address;
}

/** All eight, in their shortest form, whatever the address leaves out. */
function groupsOf(address: string): string[] {
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = shortest
    .split('::')
    .map((part) => part.split(':').filter(Boolean));
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
}
