import { AppError } from '../../../src/lib/errors.ts';
import { days, hours, minutes } from '../clock.ts';
import { sessionPolicy } from '../refresh-policy.ts';
import { createMatrixApp } from './app.ts';
import { untouched } from './instruments.ts';
import { type Found, storedRows, violationsIn } from './invariants.ts';
import { outline } from './outline.ts';
import type { MatrixWorld, Person } from './world.ts';

/** After these times from the start the sweep, a worker and the janitor run. */
const runsAt: readonly number[] = [
  ...[1, 5, 20, 45].map((n) => n * minutes),
  ...from(1, 12, 1).map((n) => n * hours),
  ...from(15, 72, 3).map((n) => n * hours),
  ...from(84, 240, 12).map((n) => n * hours),
  ...from(11, 35, 1).map((n) => n * days),
];

/** Tokens go within a day of when nobody needs them, and here the timers run once a day. */
const patienceMs = 2 * days;

function from(first: number, last: number, step: number): number[] {
  const count = Math.floor((last - first) / step) + 1;
  return Array.from({ length: count }, (_, n) => first + n * step);
}

const seen = new Map<string, string[]>();

/** As {@link letTimePass}, once for all worlds in which the same is stored. */
export async function letTimePassOnce(world: MatrixWorld, keepsTokens: boolean): Promise<string[]> {
  const key = `${keepsTokens}\n${outline(world)}`;
  const known = seen.get(key) ?? (await letTimePass(world, keepsTokens));
  seen.set(key, known);
  return known;
}

/**
 * Lets 35 days pass in which nobody comes back, and holds the rows against the invariants as they go.
 *
 * @param keepsTokens whether retained tokens must outlive the sessions: not so if somebody was told
 *   that they are deleted.
 */
async function letTimePass(world: MatrixWorld, keepsTokens: boolean): Promise<string[]> {
  const startedAt = world.clock.now();
  const app = createMatrixApp(world, untouched);
  const lastLiveAt = new Map([world.alice, world.bob].map(({ user }) => [user, startedAt]));
  const had = [world.alice, world.bob].filter((person) => tokensOf(world, person).length > 0);
  for (const after of runsAt) {
    world.clock.advance(startedAt + after - world.clock.now());
    for (const run of [app.sweep, app.work, app.clean]) await tolerant(world, run);
    const found = await violationsIn(world);
    for (const person of had) {
      if (hasLiveSession(world, person)) lastLiveAt.set(person.user, world.clock.now());
      const idleMs = world.clock.now() - (lastLiveAt.get(person.user) ?? startedAt);
      found.push(...retentionViolations(world, person, { idleMs, keepsTokens }));
    }
    if (found.length > 0) return found.map((line) => `${line}, ${after / hours} h later`);
    if (storedRows(world).length === 0) return [];
  }
  return storedRows(world).map(({ table, rowKey }) => `${table} ${rowKey} is left after 35 days`);
}

async function tolerant(world: MatrixWorld, run: () => Promise<unknown>): Promise<void> {
  await run().catch((error: unknown) => {
    const isExpected = error instanceof AppError && error.code === 'temporarily_unavailable';
    if (!isExpected) world.violations.push(`I9: a timer failed: ${error}`);
  });
}

function retentionViolations(
  world: MatrixWorld,
  person: Person,
  { idleMs, keepsTokens }: { idleMs: number; keepsTokens: boolean },
): string[] {
  const { retainMs } = world.policy;
  const isThere = tokensOf(world, person).length > 0;
  if (isThere && idleMs > retainMs + patienceMs) return ['tokens outlive what retention allows'];
  const mayGo = !keepsTokens && person === world.alice;
  if (!isThere && idleMs < retainMs - patienceMs && !mayGo)
    return ['retained tokens are gone too early'];
  return [];
}

function tokensOf(world: MatrixWorld, { user }: Person): Found[] {
  return storedRows(world).filter(({ rowKey }) => rowKey.startsWith(`c|${user}|`));
}

function hasLiveSession({ tables, clock }: MatrixWorld, { user }: Person): boolean {
  return tables.sessions.rows().some((row) => {
    const { h, ending, lastSeenAt } = row;
    const isIdle =
      !(lastSeenAt instanceof Date) || lastSeenAt.getTime() + sessionPolicy.idleMs <= clock.now();
    return h === user && ending === undefined && !isIdle;
  });
}
