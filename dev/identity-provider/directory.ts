import { accountIdOf, loginHintOf } from './claims.ts';
import type { StandInUser } from './users.ts';

/** The users, found by whatever a request names them by. */
export interface Directory {
  readonly users: readonly StandInUser[];
  byAccountId(accountId: string | undefined): StandInUser | undefined;
  byUsername(username: string): StandInUser | undefined;
  /** `hint` is a user name or the `login_hint` claim of an ID token. */
  byLoginHint(hint: unknown): StandInUser | undefined;
}

/** @throws when two users share an oid or a user name */
export function newDirectory(users: readonly StandInUser[]): Directory {
  const byAccountId = new Map(users.map((user) => [accountIdOf(user.oid), user]));
  const byUsername = new Map(users.map((user) => [user.username.toLowerCase(), user]));
  const byHint = new Map(users.map((user) => [loginHintOf(user), user]));
  if (byAccountId.size !== users.length || byUsername.size !== users.length) {
    throw new Error('two users share an oid or a user name');
  }
  return {
    users,
    byAccountId: (id) => (id === undefined ? undefined : byAccountId.get(id)),
    byUsername: (username) => byUsername.get(username.toLowerCase()),
    byLoginHint: (hint) =>
      typeof hint === 'string'
        ? (byUsername.get(hint.toLowerCase()) ?? byHint.get(hint))
        : undefined,
  };
}
