import { describe, expect, it } from 'vitest';
import { createSingleFlight } from '../../../../src/lib/auth/tokens/single-flight.ts';

describe('a single flight', () => {
  it('is shared by those who come meanwhile, a flight a key', async () => {
    const singleFlight = createSingleFlight<number>();
    let runs = 0;
    const run = async () => {
      runs += 1;
      return runs;
    };
    const results = ['a', 'a', 'b', 'a'].map((key) => singleFlight(key, run));
    expect(await Promise.all(results)).toEqual([1, 1, 2, 1]);
    expect(await singleFlight('a', run)).toBe(3);
  });

  it('is over when it fails, for all who shared it', async () => {
    const singleFlight = createSingleFlight<number>();
    const fail = () => Promise.reject(new Error('down'));
    const results = await Promise.allSettled([singleFlight('a', fail), singleFlight('a', fail)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await singleFlight('a', async () => 1)).toBe(1);
  });
});
