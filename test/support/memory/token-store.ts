import type {
  DueMark,
  FoundRecord,
  TokenRecord,
  TokenStatus,
  TokenStore,
  Versioned,
} from '../../../src/lib/auth/ports.ts';
import { isStale } from '../../../src/lib/auth/refresh/due-mark.ts';
import type { SessionEntry } from '../../../src/lib/auth/session/ports.ts';
import { tokensTooLarge } from '../../../src/lib/auth/tokens/too-large.ts';
import { type Flow, flows, type UserHash } from '../../../src/lib/auth/user.ts';
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
  const records = createRecords();
  const sessions = new Map<UserHash, Map<string, SessionEntry>>();
  const shards = [...'0123456789abcdef'];
  const newLists = () => new Map(shards.map((shard) => [shard, createMarkList()]));
  const marks = { active: newLists(), reauth_required: newLists() };
  let versions = 0;

  const listOf = ({ user, state }: Pick<DueMark, 'user' | 'state'>): MarkList =>
    marks[state].get(user.slice(0, 1)) ?? createMarkList();

  /** @param previous names the mark that goes, `next` the one that takes its place. */
  function put(
    record: TokenRecord,
    previous: TokenStatus | undefined,
    next: TokenStatus = record,
  ): string {
    if (previous?.dueAt !== next.dueAt || previous.state !== next.state) {
      if (previous) listOf(previous).remove(previous);
      listOf(next).add(markOf(next));
    }
    versions += 1;
    const version = String(versions);
    records.set({ ...record, scopes: [...record.scopes], version });
    return version;
  }

  function assertVersion({ user, flow, version }: Versioned<TokenStatus>): Versioned<TokenRecord> {
    const record = records.get(user, flow);
    if (!record) throw new GoneError('the record is gone');
    if (record.version !== version) throw new ConflictError('the record has changed');
    return record;
  }

  function forget(user: UserHash): void {
    for (const flow of flows) {
      const record = records.get(user, flow);
      if (record) listOf(record).remove(record);
      records.delete(user, flow);
    }
    sessions.delete(user);
  }

  function noteEnd(user: UserHash, now: number, retainMs: number): void {
    for (const flow of flows) {
      const record = records.get(user, flow);
      if (record && record.sessionsEndAt > now)
        put(
          { ...record, sessionsEndAt: now, dueAt: Math.min(record.dueAt, now + retainMs) },
          record,
        );
    }
    sessions.delete(user);
  }

  return {
    shards,
    async read(user, flow) {
      const record = records.get(user, flow);
      return record && { ...record };
    },
    async readAccessToken(user, flow) {
      const record = records.get(user, flow);
      if (!record) return undefined;
      return { ...statusOf(record), accessToken: record.accessToken, version: record.version };
    },
    async readStatus(user, flow) {
      const record = records.get(user, flow);
      return record && { ...statusOf(record), version: record.version };
    },
    async signIn(record, session) {
      assertFits(record);
      const earlier = records.get(record.user, record.flow);
      const sessionsEndAt = Math.max(record.sessionsEndAt, earlier?.sessionsEndAt ?? 0);
      put({ ...record, sessionsEndAt }, earlier);
      const listed = sessions.get(record.user) ?? new Map<string, SessionEntry>();
      sessions.set(record.user, listed.set(session.hash, { ...session }));
    },
    async update(previous, next) {
      assertFits(next);
      assertVersion(previous);
      return put(next, previous);
    },
    async changeStatus(previous, change) {
      const next = { ...previous, ...change };
      return put({ ...assertVersion(previous), ...change }, previous, next);
    },
    async remove(previous) {
      const record = assertVersion(previous);
      listOf(previous).remove(previous);
      records.delete(record.user, record.flow);
    },
    async signOut(user, sessionHashes, { now, retainMs }) {
      const listed = sessions.get(user);
      for (const hash of sessionHashes) listed?.delete(hash);
      if ([...(listed?.values() ?? [])].some(({ expiresAt }) => expiresAt > now)) return false;
      if (retainMs > 0) {
        noteEnd(user, now, retainMs);
        return false;
      }
      const had = flows.some((flow) => records.get(user, flow));
      forget(user);
      return had;
    },
    async sessionsOf(user): Promise<SessionEntry[]> {
      return [...(sessions.get(user)?.values() ?? [])];
    },
    async *records(shard) {
      const found = [...records.values()].filter(({ user }) => user.startsWith(shard));
      const nameOf = ({ user, flow }: TokenRecord) => `${user}|${flow}`;
      const sorted = found.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
      for (let start = 0; start < sorted.length; start += pageSize) {
        yield sorted.slice(start, start + pageSize).map(toFound);
      }
    },

    async *due(shard, state, upTo, exceptTenants = []) {
      const isWanted = ({ tenantId = '' }: DueMark) => !exceptTenants.includes(tenantId);
      yield* marks[state].get(shard)?.pages(upTo, pageSize, isWanted) ?? [];
    },
    async dropStaleMark(mark) {
      if (isStale(mark, records.get(mark.user, mark.flow))) listOf(mark).remove(mark);
    },
    async postponeMark(mark, until) {
      const present = listOf(mark).find(mark);
      if (!present) return;
      const { postponed = 0 } = present;
      listOf(mark).remove(mark);
      listOf(mark).add({ ...present, dueAt: until(postponed), postponed: postponed + 1 });
    },
    removeMark: (mark) => listOf(mark).remove(mark),
    addMark: (mark) => listOf(mark).add(mark),
    rowsOf: (user) => [
      ...flows.filter((flow) => records.get(user, flow)).map((flow) => `${user}|${flow}`),
      ...states.flatMap((state) => listOf({ user, state }).of(user)),
      ...(sessions.get(user)?.keys() ?? []),
    ],
  };
}

/** As a row of storage, which has 1 MiB. */
function assertFits({ cache, accessToken }: TokenRecord): void {
  if (cache.length + accessToken.token.length > 1024 * 1024) throw tokensTooLarge();
}

/** Records by user and flow. */
function createRecords() {
  type Records = Map<UserHash, Versioned<TokenRecord>>;
  const byFlow: Record<Flow, Records> = { code: new Map(), device: new Map() };
  return {
    get: (user: UserHash, flow: Flow) => byFlow[flow].get(user),
    set: (record: Versioned<TokenRecord>) => byFlow[record.flow].set(record.user, record),
    delete: (user: UserHash, flow: Flow) => byFlow[flow].delete(user),
    values: () => flows.flatMap((flow) => [...byFlow[flow].values()]),
  };
}

const states = ['active', 'reauth_required'] as const;

function markOf({ user, flow, state, dueAt, tenantId }: TokenStatus): DueMark {
  return { user, flow, state, dueAt, ...(tenantId && { tenantId }) };
}

function toFound(record: Versioned<TokenRecord>): FoundRecord {
  const { user, flow, cache } = record;
  return { user, flow, status: statusOf(record), cache };
}

function statusOf(record: Versioned<TokenRecord>): TokenStatus {
  const { cache: _, accessToken: __, lease: ___, version: ____, ...status } = record;
  return status;
}
