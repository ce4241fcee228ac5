import { describe, expect, it } from 'vitest';
import { days } from '../support/clock.ts';
import { tryCrashPoints } from '../support/matrix/crash-points.ts';
import { useCases } from '../support/matrix/use-cases.ts';

/**
 * Each use case fails at each of its storage operations: before or after that took effect, with an
 * error or without any answer, after which the process is gone. Then a new process repeats the call,
 * and 35 days pass in which the sweep, a worker and the janitor run. I1 to I9 hold all the while.
 */
describe.each([
  ['without retention', 0],
  ['with tokens that are retained for 30 days', 30 * days],
])('broken off at any storage operation, %s', (_name, retainMs) => {
  it.each(useCases)(
    '$name leaves nothing wrong',
    async (useCase) => {
      const { violations, operations } = await tryCrashPoints(useCase, retainMs);
      expect(violations).toEqual([]);
      expect(operations).toBeGreaterThan(0);
    },
    60_000,
  );
});
