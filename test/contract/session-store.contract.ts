import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SessionKey, SessionRecord, SessionStore } from '../../src/lib/auth/ports.ts';
import { userHash } from '../../src/lib/auth/user.ts';
import { ConflictError } from '../../src/lib/errors.ts';
import { days, minutes, startTime } from '../support/clock.ts';

export function describeSessionStore(name: string, create: () => Promise<SessionStore>): void {
  describe(`session store on ${name}`, () => {
    let store: SessionStore;

    beforeAll(async () => {
      store = await create();
    });

    it('reads what was created', async () => {
      const key = newKey();
      await store.create(key, session());
      expect(await store.read(key)).toEqual(session());
    });

    it('reads a session of a user without names', async () => {
      const key = newKey();
      const identity = { oid: 'o', tid: 't', name: undefined, username: undefined };
      const nameless = { ...session(), identity, user: userHash(identity) };
      await store.create(key, nameless);
      expect(await store.read(key)).toEqual(nameless);
    });

    it('has nothing for an unknown key, and nothing under another day', async () => {
      const key = newKey();
      await store.create(key, session());
      expect(await store.read(newKey())).toBeUndefined();
      expect(await store.read({ ...key, day: '2026-03-22' })).toBeUndefined();
    });

    it('creates a session once', async () => {
      const key = newKey();
      await store.create(key, session());
      await expect(store.create(key, session())).rejects.toBeInstanceOf(ConflictError);
    });

    it('notes activity and nothing else', async () => {
      const key = newKey();
      await store.create(key, session());
      await store.touch(key, startTime + 5 * minutes);
      const touched = { ...session(), lastSeenAt: startTime + 5 * minutes };
      expect(await store.read(key)).toEqual(touched);
    });

    it('ends a session, twice as once', async () => {
      const key = newKey();
      await store.create(key, session());
      await store.remove(key);
      await store.remove(key);
      expect(await store.read(key)).toBeUndefined();
    });

    it('does not bring a session back that has ended', async () => {
      const key = newKey();
      await store.create(key, session());
      await store.remove(key);
      await store.touch(key, startTime + minutes);
      expect(await store.read(key)).toBeUndefined();
    });

    it('stays ended whatever comes at the same time', async () => {
      for (let round = 0; round < 20; round++) {
        const key = newKey();
        await store.create(key, session());
        await Promise.all([store.touch(key, startTime + round), store.remove(key)]);
        expect(await store.read(key)).toBeUndefined();
      }
    });
  });
}

function newKey(): SessionKey {
  return { day: '2026-03-21', hash: randomBytes(32).toString('hex') };
}

function session(): SessionRecord {
  const identity = { oid: 'oid-1', tid: 'tid-1', name: 'Ada Ünï', username: 'ada@example.com' };
  return {
    user: userHash(identity),
    identity,
    flow: 'code',
    kind: 'browser',
    createdAt: startTime,
    lastSeenAt: startTime,
    expiresAt: startTime + 7 * days,
  };
}
