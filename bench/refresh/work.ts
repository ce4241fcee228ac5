import { forEachNumber } from '../lib/at-once.ts';

/** Things to be refreshed, so many at a time. */
export interface Work<Item> {
  readonly of: readonly Item[];
  readonly inFlight: number;
}

export interface WorkDone {
  /** Of this process, for all of it. */
  readonly cpuMicroseconds: number;
  readonly seconds: number;
  /** How many were not refreshed. */
  readonly failed: number;
}

/** Works on all items, and measures it. @param refresh tells whether it has come about. */
export async function runAtOnce<Item>(
  items: readonly Item[],
  inFlight: number,
  refresh: (item: Item) => Promise<boolean>,
): Promise<WorkDone> {
  let failed = 0;
  const work = async (number: number) => {
    if (!(await refresh(items[number] as Item))) failed += 1;
  };
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await forEachNumber(items.length, work, inFlight);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedAt) / 1000;
  return { cpuMicroseconds: user + system, seconds, failed };
}
