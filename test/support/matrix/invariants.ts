import type { TokenRecord, Versioned } from '../../../src/lib/auth/ports.ts';
import { isLive } from '../../../src/lib/auth/session/session.ts';
import { flows } from '../../../src/lib/auth/user.ts';
import type { StoredRow } from '../../../src/lib/storage/row.ts';
import { sessionPolicy } from '../refresh-policy.ts';
import { createMatrixApp } from './app.ts';
import { untouched } from './instruments.ts';
import type { Held, MatrixWorld, Person } from './world.ts';

/** A row, and the table that it is in. */
export type Found = StoredRow & { table: string };

type Stores = ReturnType<typeof createMatrixApp>['stores'];

const observers = new WeakMap<MatrixWorld, Stores>();

/** A world's stores, read behind the back of everybody. */
function observed(world: MatrixWorld): Stores {
  const known = observers.get(world) ?? createMatrixApp(world, untouched).stores;
  observers.set(world, known);
  return known;
}

/** All that is stored of users: heartbeats and keys are the app's own. */
export function storedRows({ tables }: MatrixWorld): Found[] {
  return (['tokens', 'sessions', 'sids', 'states', 'devices'] as const).flatMap((name) =>
    tables[name].rows().map((row) => ({ ...row, table: name })),
  );
}

/** Rows that name a person or one of their sessions. */
export function rowsOf(world: MatrixWorld, { user, sessions }: Person): Found[] {
  const names = [user, ...sessions.map(({ hash }) => hash)];
  return storedRows(world).filter((row) => names.some((name) => isNamed(row, name)));
}

function isNamed(row: Found, name: string): boolean {
  return [row.partitionKey, row.rowKey, row['h']].some((value) => `${value}`.includes(name));
}

/** Whether a session's secret is good for anything. */
export async function works(world: MatrixWorld, { secret, hash, kind }: Held): Promise<boolean> {
  const { sessions } = observed(world);
  const session = await sessions.read({ day: secret.slice(0, 10), hash });
  return session?.kind === kind && isLive(session, sessionPolicy, world.clock.now());
}

/**
 * What is wrong with what is stored: each line names the invariant that does not hold. Rows that a
 * broken-off call has left, and that the product cleans up later, are nothing wrong.
 */
export async function violationsIn(
  world: MatrixWorld,
  people: readonly Person[] = [world.alice, world.bob],
): Promise<string[]> {
  const found = [...world.violations, ...secretsInLog(world)];
  for (const person of people) {
    found.push(...(await sessionViolations(world, person)));
    for (const flow of flows) found.push(...(await recordViolations(world, person, flow)));
  }
  return found;
}

/** I6: what was reported as ended never works, and what works can be found to be ended. */
async function sessionViolations(world: MatrixWorld, person: Person): Promise<string[]> {
  const { tokens } = observed(world);
  const listed = (await tokens.sessionsOf(person.user)).map(({ hash }) => hash);
  const found: string[] = [];
  for (const held of person.sessions) {
    if (!(await works(world, held))) continue;
    if (held.fate === 'ended') found.push('I6: a session works that was reported as ended');
    if (!listed.includes(held.hash)) found.push('I6: a session works that is on no list');
    const flow = held.kind === 'browser' ? 'code' : 'device';
    if (!(await tokens.readStatus(person.user, flow))) found.push('I4: a session has no tokens');
  }
  return found;
}

/** I1, I2: a row opens in its place, for its own user. I5: it has the mark that it names. */
async function recordViolations(
  world: MatrixWorld,
  { user }: Person,
  flow: (typeof flows)[number],
): Promise<string[]> {
  const { tokens } = observed(world);
  const status = await tokens.readStatus(user, flow);
  if (!status) return [];
  const record: Versioned<TokenRecord> | undefined = await tokens.read(user, flow);
  const found: string[] = [];
  if (!record?.cache.startsWith(`${user}.`)) found.push('I1: a record is not its user’s');
  const prefix = status.state === 'active' ? 'd' : 'e';
  const mark = `${prefix}|${new Date(status.dueAt).toISOString()}|${user}|${flow}`;
  const address = { partitionKey: user.slice(0, 1), rowKey: mark };
  if (!(await world.tables.tokens.get(address)))
    found.push(`I5: a record (${status.state}) has no mark`);
  return found;
}

/** I8. */
function secretsInLog({ log, alice, bob }: MatrixWorld): string[] {
  const text = log.text();
  const secrets = [...alice.sessions, ...bob.sessions].map(({ secret }) => secret);
  const leaked = [...secrets, '.access-', '.cache-'].some((secret) => text.includes(secret));
  return leaked ? ['I8: a secret is in the log'] : [];
}
