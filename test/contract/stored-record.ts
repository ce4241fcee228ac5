import type { DueMark, TokenRecord, TokenStore, Versioned } from '../../src/lib/auth/ports.ts';
import type { SessionEntry } from '../../src/lib/auth/session/ports.ts';
import type { Flow, UserHash } from '../../src/lib/auth/user.ts';
import type { StorageConnection } from '../../src/lib/config/config.ts';
import { createTokenStore } from '../../src/lib/storage/token-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { newSealer } from '../support/sealer.ts';
import { newTable } from '../support/storage.ts';
import { marksOf, newSession, newUser, newUserIn, tokenRecord } from '../support/token-records.ts';

/** A record that is there. */
export async function storedRecord(
  store: TokenStore,
  user: UserHash,
  flow: Flow = 'code',
): Promise<Versioned<TokenRecord>> {
  const record = await store.read(user, flow);
  if (!record) throw new Error('the record is not there');
  return record;
}

/** Signs a user in. @returns their session. */
export async function signInAs(
  store: TokenStore,
  fields: Parameters<typeof tokenRecord>[0],
): Promise<SessionEntry> {
  const session = newSession();
  await store.signIn(tokenRecord(fields), session);
  return session;
}

/** A store on a table of its own, in which somebody has just signed in. */
export async function signedInRows(
  connection: StorageConnection,
  fields: Omit<Parameters<typeof tokenRecord>[0], 'user'> = {},
) {
  const table = newTable(connection);
  const log = createRecordingLog();
  const store = createTokenStore({ table, sealer: newSealer(), log });
  const user = newUserIn('0');
  const { hash: sessionHash } = await signInAs(store, { user, ...fields });
  return { table, log, store, user, sessionHash };
}

/** The record of a user who has just signed in; a new user, unless told who. */
export async function signedIn(
  store: TokenStore,
  fields: Partial<TokenRecord> = {},
): Promise<Versioned<TokenRecord>> {
  const record = tokenRecord({ user: newUser(), ...fields });
  await store.signIn(record, newSession());
  return storedRecord(store, record.user, record.flow);
}

/** A user's marks in either state. */
export async function allMarksOf(store: TokenStore, user: UserHash): Promise<DueMark[]> {
  return [
    ...(await marksOf(store, user, 'active')),
    ...(await marksOf(store, user, 'reauth_required')),
  ];
}

/** The mark that a record should have. */
export function markOf({ user, flow, state, dueAt }: DueMark): DueMark {
  return { user, flow, state, dueAt };
}
