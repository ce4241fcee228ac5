import { randomUUID } from 'node:crypto';
import type { DueMark, TokenRecord, TokenStore } from '../../src/lib/auth/ports.ts';
import type { SessionEntry } from '../../src/lib/auth/session/ports.ts';
import { type UserHash, userHash } from '../../src/lib/auth/user.ts';
import { days, minutes, startTime } from './clock.ts';

/** A user that no other test has. */
export function newUser(): UserHash {
  return userHash({ oid: randomUUID(), tid: randomUUID() });
}

/** A user in a given shard. */
export function newUserIn(shard: string): UserHash {
  for (;;) {
    const user = newUser();
    if (user.startsWith(shard)) return user;
  }
}

/** Tokens that were obtained at {@link startTime} and live for an hour. */
export function tokenRecord(
  fields: Partial<TokenRecord> & { user: UserHash; token?: string },
): TokenRecord {
  const { token = 'access-0', ...given } = fields;
  const accessTokenExpiresAt = given.accessTokenExpiresAt ?? startTime + 60 * minutes;
  return {
    flow: 'code',
    tenantId: 'tenant-1',
    cache: 'cache-0',
    accessToken: { token, expiresAt: accessTokenExpiresAt },
    accessTokenExpiresAt,
    scopes: ['User.Read'],
    refreshedAt: startTime,
    refreshedBy: 'request',
    state: 'active',
    reason: undefined,
    failures: 0,
    retryAt: 0,
    lastSeenAt: startTime,
    usedAt: 0,
    sessionsEndAt: startTime + 7 * days,
    dueAt: startTime + 30 * minutes,
    lease: undefined,
    ...given,
  };
}

export function newSession(expiresAt = startTime + 7 * days): SessionEntry {
  const hash = userHash({ oid: randomUUID(), tid: '' });
  return { hash, createdAt: startTime, expiresAt };
}

/** All marks of a user in a state, whatever their time: who is due, and when. */
export async function marksOf(
  store: TokenStore,
  user: UserHash,
  state: DueMark['state'] = 'active',
): Promise<DueMark[]> {
  const marks: DueMark[] = [];
  const pages = store.due(user.slice(0, 1), state, startTime + 365 * days);
  for await (const page of pages) marks.push(...page);
  return marks
    .filter((mark) => mark.user === user)
    .map(({ flow, dueAt }) => ({ user, flow, state, dueAt }));
}
