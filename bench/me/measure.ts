import { generateLoad, type LoadResult } from '../lib/load.ts';
import { checkProfile } from '../lib/profile.ts';
import type { Stubs, Subject } from './subjects.ts';

/** How much is asked in a round. */
export interface Sizes {
  /** Signed in, and asked for. */
  readonly sessions: number;
  /** Further ones, asked for before all else: the code is compiled by then, and the rest still cold. */
  readonly warmUpSessions: number;
  readonly warmUpRequests: number;
  readonly warmRequests: number;
  readonly singleRequests: number;
}

export const inFlight = 32;
export const graphMs = 20;

/** One load on a server. */
export interface Phase extends LoadResult {
  /** Of the server's process, per request. */
  readonly cpuMs: number;
  /** Of the product, per request. */
  readonly tableRequests: number;
  readonly tokenCalls: number;
}

export interface MeMeasurement {
  /** The first request of each session on this instance, Graph taking 20 ms. */
  readonly cold: Phase;
  /** Further ones of the same sessions. */
  readonly warm: Phase;
  /** As warm, one at a time. */
  readonly single: Phase;
  /** As warm, Graph answering at once. */
  readonly fast: Phase;
}

export async function measureMe(
  subject: Subject,
  { entra, graph }: Stubs,
  sizes: Sizes,
): Promise<MeMeasurement> {
  const { sessions, warmUpSessions } = sizes;
  const ask = (users: { from: number; count: number }, requests: number, atOnce = inFlight) =>
    askFor(subject, entra, { ...users, requests, inFlight: atOnce });
  const all = { from: 0, count: sessions };

  await graph.delay(0);
  const warmUp = await ask({ from: sessions, count: warmUpSessions }, sizes.warmUpRequests);
  if (warmUp.errors > 0) throw new Error(`the warm-up failed: ${warmUp.firstError}`);
  await graph.delay(graphMs);
  const cold = await ask(all, sessions);
  const warm = await ask(all, sizes.warmRequests);
  const single = await ask(all, sizes.singleRequests, 1);
  await graph.delay(0);
  const fast = await ask(all, sizes.warmRequests);
  return { cold, warm, single, fast };
}

async function askFor(
  { process, cookies, profileOf, tables }: Subject,
  entra: Stubs['entra'],
  asked: { from: number; count: number; requests: number; inFlight: number },
): Promise<Phase> {
  const { requests } = asked;
  const userOf = (index: number) => asked.from + (index % asked.count);
  await Promise.all([tables?.takeCount(), entra.takeCount()]);
  const before = await process.usage();
  const load = await generateLoad({
    origin: process.origin,
    path: '/me',
    requests,
    inFlight: asked.inFlight,
    headers: (index) => ({ cookie: cookies[userOf(index)] }),
    check: (body, index) => checkProfile(body, profileOf(userOf(index))),
  });
  const after = await process.usage();
  return {
    ...load,
    cpuMs: (after.cpuMicroseconds - before.cpuMicroseconds) / 1000 / requests,
    tableRequests: ((await tables?.takeCount()) ?? 0) / requests,
    tokenCalls: await entra.takeCount(),
  };
}
