import type {
  FoundSession,
  SessionKey,
  SessionRecord,
  SessionStore,
} from '../../../src/lib/auth/session/ports.ts';
import { placeOf } from '../../../src/lib/auth/session/session.ts';
import { ConflictError } from '../../../src/lib/errors.ts';

export interface MemorySessionStore extends SessionStore {
  count(): number;
}

export function createMemorySessionStore({ pageSize = 1000 } = {}): MemorySessionStore {
  const sessions = new Map<string, SessionRecord>();
  const nameOf = ({ day, hash }: SessionKey) => `${day}|${hash}`;
  return {
    async create(key, session) {
      if (sessions.has(nameOf(key))) throw new ConflictError('the session exists');
      sessions.set(nameOf(key), session);
    },
    async read(key) {
      const session = sessions.get(nameOf(key));
      return session && { ...session };
    },
    async touch(key, lastSeenAt) {
      const session = sessions.get(nameOf(key));
      if (session) sessions.set(nameOf(key), { ...session, lastSeenAt });
    },
    async end(keys, ending) {
      for (const key of keys) {
        const session = sessions.get(nameOf(key));
        if (session) sessions.set(nameOf(key), { ...session, ending });
      }
    },
    async remove(places) {
      for (const { key } of places) sessions.delete(nameOf(key));
    },
    async ofProviderSession(sidHash) {
      return [...sessions].map(toFound).filter((found) => found.sidHash === sidHash);
    },
    async *expired(now) {
      const today = new Date(now).toISOString().slice(0, 10);
      const old = [...sessions].filter(([name]) => name.slice(0, 10) < today);
      for (let start = 0; start < old.length; start += pageSize) {
        const page = old.slice(start, start + pageSize);
        yield page.map(toFound);
      }
    },
    count: () => sessions.size,
  };
}

function toFound([name, { user, provider }]: [string, SessionRecord]): FoundSession {
  const [day = '', hash = ''] = name.split('|');
  return { user, ...placeOf({ key: { day, hash }, provider }) };
}
