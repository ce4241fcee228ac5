import type {
  DueMark,
  SessionEntry,
  TokenRecord,
  TokenStatus,
  TokenStore,
  Versioned,
} from '../../../src/lib/auth/ports.ts';
import type { Flow, UserHash } from '../../../src/lib/auth/user.ts';
import { ConflictError, GoneError } from '../../../src/lib/errors.ts';
import { createMarkList, type MarkList } from './mark-list.ts';

export interface MemoryTokenStore extends TokenStore {
  /** Deletes a due mark and nothing else. */
  removeMark(mark: DueMark): void;
  /** Adds a due mark and nothing else. */
  addMark(mark: DueMark): void;
  /** Names of all that is kept of a user. */
  rowsOf(user: UserHash): string[];
}

/** Each method is one step: nothing comes between its reading and its writing. */
export function createMemoryTokenStore({ pageSize = 1000 } = {}): MemoryTokenStore {
  const records = new Map<string, Versioned<TokenRecord>>();
  const sessions = new Map<UserHash, Map<string, SessionEntry>>();
  const shards = [...'0123456789abcdef'];
  const marks = new Map<string, MarkList>(shards.map((shard) => [shard, createMarkList()]));
  let versions = 0;

  const marksOf = (user: string) => marks.get(user.slice(0, 1)) ?? createMarkList();

  function put(record: TokenRecord): string {
    const name = nameOf(record.user, record.flow);
    const earlier = records.get(name);
    if (earlier) marksOf(record.user).remove(earlier);
    marksOf(record.user).add(markOf(record));
    versions += 1;
    const version = String(versions);
    records.set(name, { ...record, scopes: [...record.scopes], version });
    return version;
  }

  function assertVersion({ user, flow, version }: Versioned<TokenStatus>): Versioned<TokenRecord> {
    const record = records.get(nameOf(user, flow));
    if (!record) throw new GoneError('the record is gone');
    if (record.version !== version) throw new ConflictError('the record has changed');
    return record;
  }

  function forget(user: UserHash): void {
    for (const flow of ['code', 'device'] as const) {
      const record = records.get(nameOf(user, flow));
      if (record) marksOf(user).remove(record);
      records.delete(nameOf(user, flow));
    }
    sessions.delete(user);
  }

  return {
    shards,
    async read(user, flow) {
      const record = records.get(nameOf(user, flow));
      return record && { ...record };
    },
    async readAccessToken(user, flow) {
      const record = records.get(nameOf(user, flow));
      return record && { ...statusOf(record), accessToken: record.accessToken };
    },
    async signIn(record, session) {
      put(record);
      const listed = sessions.get(record.user) ?? new Map<string, SessionEntry>();
      sessions.set(record.user, listed.set(session.hash, { ...session }));
    },
    async update(previous, next) {
      assertVersion(previous);
      return put(next);
    },
    async lease(previous, lease) {
      return put({ ...assertVersion(previous), lease });
    },
    async signOut(user, sessionHashes, now) {
      const listed = sessions.get(user);
      for (const hash of sessionHashes) listed?.delete(hash);
      if ([...(listed?.values() ?? [])].some(({ expiresAt }) => expiresAt > now)) return false;
      forget(user);
      return true;
    },
    async sessionsOf(user): Promise<SessionEntry[]> {
      return [...(sessions.get(user)?.values() ?? [])];
    },
    async *due(shard, upTo) {
      yield* marks.get(shard)?.pages(upTo, pageSize) ?? [];
    },
    async dropStaleMark(mark) {
      const record = records.get(nameOf(mark.user, mark.flow));
      if (record?.dueAt !== mark.dueAt) marksOf(mark.user).remove(mark);
    },
    removeMark: (mark) => marksOf(mark.user).remove(mark),
    addMark: (mark) => marksOf(mark.user).add(mark),
    rowsOf: (user) => [
      ...[...records.keys()].filter((name) => name.startsWith(user)),
      ...marksOf(user).of(user),
      ...(sessions.get(user)?.keys() ?? []),
    ],
  };
}

function nameOf(user: UserHash, flow: Flow): string {
  return `${user}|${flow}`;
}

function markOf({ user, flow, dueAt }: DueMark): DueMark {
  return { user, flow, dueAt };
}

function statusOf(record: TokenRecord): TokenStatus {
  const { user, flow, scopes, accessTokenExpiresAt, refreshedAt, refreshedBy, dueAt } = record;
  return { user, flow, scopes, accessTokenExpiresAt, refreshedAt, refreshedBy, dueAt };
}
