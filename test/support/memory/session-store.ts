import type { SessionKey, SessionRecord, SessionStore } from '../../../src/lib/auth/ports.ts';
import { ConflictError } from '../../../src/lib/errors.ts';

export interface MemorySessionStore extends SessionStore {
  count(): number;
}

export function createMemorySessionStore(): MemorySessionStore {
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
    async remove(key) {
      sessions.delete(nameOf(key));
    },
    count: () => sessions.size,
  };
}
