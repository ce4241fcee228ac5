import type { DueMark, TokenRecord, TokenStore, Versioned } from '../../src/lib/auth/ports.ts';
import type { Flow, UserHash } from '../../src/lib/auth/user.ts';
import { marksOf, newSession, newUser, tokenRecord } from '../support/token-records.ts';

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
