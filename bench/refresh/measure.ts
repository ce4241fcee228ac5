import type { Stub } from '../stubs/services.ts';
import type { Subject } from './subjects.ts';
import type { Work, WorkDone } from './work.ts';

/** How much is refreshed in a round. */
export interface Sizes {
  readonly users: number;
  /** Further ones, refreshed before all else. */
  readonly warmUpUsers: number;
  readonly warmUpPasses: number;
}

export const inFlight = 32;
export const tokenMs = 100;

/** All users, each refreshed once. */
export interface Pass extends WorkDone {
  readonly users: number;
  readonly tokenCalls: number;
  /** The product's. */
  readonly tableRequests: number;
}

export interface RefreshMeasurement {
  /** The token endpoint answers at once. */
  readonly fast: Pass;
  /** It answers after 100 ms. */
  readonly late: Pass;
}

export async function measureRefresh(
  subject: Subject,
  entra: Stub,
  { users, warmUpUsers, warmUpPasses }: Sizes,
): Promise<RefreshMeasurement> {
  for (let pass = 0; pass < warmUpPasses; pass++) {
    const { failed } = await refreshAll(subject, entra, { from: users, count: warmUpUsers });
    if (failed > 0) throw new Error(`${failed} refreshes of the warm-up failed`);
  }
  const all = { from: 0, count: users };
  const fast = await refreshAll(subject, entra, all);
  await entra.delay(tokenMs);
  try {
    return { fast, late: await refreshAll(subject, entra, all) };
  } finally {
    await entra.delay(0);
  }
}

async function refreshAll(
  { process, ready, tables }: Subject,
  entra: Stub,
  { from, count }: { from: number; count: number },
): Promise<Pass> {
  const work: Work<unknown> = { of: await ready(from, count), inFlight };
  await Promise.all([tables?.takeCount(), entra.takeCount()]);
  const done = (await process.ask('refresh', work)) as WorkDone;
  return {
    ...{ ...done, users: count },
    tokenCalls: await entra.takeCount(),
    tableRequests: (await tables?.takeCount()) ?? 0,
  };
}
