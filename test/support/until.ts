import { setTimeout as sleep } from 'node:timers/promises';

const pauseMs = 25;

/**
 * Waits until something holds, by looking at it again and again.
 *
 * @throws Error if it does not within 20 s of real time.
 */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within 20 s: ${holds.toString()}`);
    await sleep(pauseMs);
  }
}
