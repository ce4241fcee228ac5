import { AppError } from '../../../src/lib/errors.ts';
import { createMatrixApp, type MatrixApp } from './app.ts';
import { untouched } from './instruments.ts';
import { violationsIn, works } from './invariants.ts';
import { letTimePassOnce } from './passing-time.ts';
import { type Act, ordersOf, type Played, playTurns, type Turn } from './turns.ts';
import { createMatrixWorld, type MatrixWorld } from './world.ts';

/** What one of two instances does. */
export interface Actor {
  name: string;
  act: (app: MatrixApp, world: MatrixWorld) => Promise<unknown>;
  /** It may end sessions that others are opening meanwhile. */
  endsAll?: boolean;
  /** What its caller may be told because the other was faster. Default: nothing. */
  refusals?: readonly string[];
}

/** Two use cases of one user at once. */
export interface Pair {
  /** Brings the world to where both begin. */
  prepare: (app: MatrixApp, world: MatrixWorld) => Promise<void>;
  actors: readonly [Actor, Actor];
  /** Played with retained tokens as well. */
  isRetaining?: boolean;
  /** Somebody is told that tokens are deleted, retained or not. */
  deletesTokens?: boolean;
  /** Token calls that both make together, at most. */
  mostRefreshes?: number;
}

export interface PairReport {
  orders: number;
  violations: string[];
}

/** Plays two use cases in all orders of their storage operations, as {@link ordersOf} has them. */
export async function tryOrders(pair: Pair, retainMs: number): Promise<PairReport> {
  const world = createMatrixWorld(retainMs);
  const app = createMatrixApp(world, untouched);
  await pair.prepare(app, world);
  await app.signIn(world.bob);
  const restore = world.keep();
  const report: PairReport = { orders: 0, violations: [] };
  const acts = pair.actors.map(
    ({ act }): Act =>
      (instrument) =>
        act(createMatrixApp(world, instrument), world),
  ) as [Act, Act];
  const idle = await notWorking(world);
  const alone = await playTurns(acts, []);
  restore();
  for (const turns of ordersOf(alone.operations)) {
    const played = await playTurns(acts, turns);
    const found = await judge({ ...pair, idle }, world, played);
    report.violations.push(...found.map((line) => `${nameOf(turns, pair)}: ${line}`));
    report.orders += 1;
    restore();
  }
  return report;
}

/** Hashes of sessions that are good for nothing as it is. */
async function notWorking(world: MatrixWorld): Promise<string[]> {
  const { sessions } = world.alice;
  const working = await Promise.all(sessions.map((held) => works(world, held)));
  return sessions.filter((_, index) => !working[index]).map(({ hash }) => hash);
}

async function judge(
  pair: Pair & { idle: readonly string[] },
  world: MatrixWorld,
  played: Played,
): Promise<string[]> {
  const found = [...(await violationsIn(world, [world.alice])), ...refusalViolations(pair, played)];
  found.push(...(await lossViolations(pair, world)));
  const refreshes = world.tokenClient.refreshes();
  if (refreshes > (pair.mostRefreshes ?? 1)) found.push(`I7: ${refreshes} token calls`);
  return found.length > 0 ? found : letTimePassOnce(world, !pair.deletesTokens);
}

function refusalViolations({ actors }: Pair, { errors }: Played): string[] {
  const isOpening = actors.some(({ endsAll }) => endsAll);
  return actors.flatMap(({ name, refusals = [] }, who) => {
    const error = errors[who];
    if (error === undefined) return [];
    const allowed = [...refusals, ...(isOpening ? ['temporarily_unavailable'] : [])];
    const isAllowed = error instanceof AppError && allowed.includes(error.code);
    return isAllowed ? [] : [`${name}: ${error}`];
  });
}

/** I9: a session that nobody has ended works. */
async function lossViolations(
  { actors, idle }: Pair & { idle: readonly string[] },
  world: MatrixWorld,
): Promise<string[]> {
  if (actors.some(({ endsAll }) => endsAll)) return [];
  const held = world.alice.sessions.filter(({ fate }) => fate === 'held').map(({ hash }) => hash);
  const lost = (await notWorking(world)).filter((hash) => held.includes(hash));
  return lost.some((hash) => !idle.includes(hash)) ? ['I9: a session is lost'] : [];
}

function nameOf(turns: readonly Turn[], { actors }: Pair): string {
  return turns
    .map(({ who, operations }) => `${operations} of ${actors[who].name}`)
    .join(', ')
    .replaceAll('Infinity', 'the rest');
}
