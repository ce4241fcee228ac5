import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type {
  SessionKey,
  SessionPlace,
  SessionRecord,
  SessionStore,
} from '../../src/lib/auth/session/ports.ts';
import { hashOfSid, userHash } from '../../src/lib/auth/user.ts';
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

    it('makes a session useless, and says why, until it is deleted', async () => {
      const [key, other] = [newKey(), newKey()];
      await store.create(key, session());
      await store.create(other, session());
      await store.end([key, newKey()], 'everywhere');
      expect(await store.read(key)).toEqual({ ...session(), ending: 'everywhere' });
      expect(await store.read(other)).toEqual(session());
      await store.end([key], 'data');
      expect((await store.read(key))?.ending).toBe('data');
    });

    it('leaves a session ended whatever comes at the same time', async () => {
      for (let round = 0; round < 20; round++) {
        const key = newKey();
        await store.create(key, session());
        await Promise.all([store.touch(key, startTime + round), store.end([key], 'session')]);
        await store.touch(key, startTime + minutes);
        expect(await store.read(key)).toMatchObject({ ending: 'session' });
      }
    });

    it('ends and deletes many sessions at once, those that are gone among them', async () => {
      const keys = Array.from({ length: 40 }, newKey);
      const [gone, ...present] = keys;
      await Promise.all(present.map((key) => store.create(key, session())));
      await store.end(keys, 'session');
      for (const key of present) expect((await store.read(key))?.ending).toBe('session');
      await store.remove(keys.map((key) => ({ key })));
      for (const key of keys) expect(await store.read(key)).toBeUndefined();
      expect(gone).toBeDefined();
    });

    it('finds sessions by the identity provider’s, ended or not, until they are deleted', async () => {
      const [first, second, third] = [newKey(), newKey(), newKey()];
      const [sid, otherSid] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
      await store.create(first, { ...session(), provider: { sid, loginHint: undefined } });
      const later = { ...second, day: '2027-01-01' };
      await store.create(later, { ...session(), provider: { sid, loginHint: undefined } });
      await store.create(third, { ...session(), provider: { sid: otherSid } });
      await store.end([first], 'session');
      const found = await store.ofProviderSession(hashOfSid(sid));
      const expected = [first, later].map((key) => ({
        ...{ user: session().user, key, sidHash: hashOfSid(sid) },
      }));
      expect(found.toSorted(byDay)).toEqual(expected.toSorted(byDay));
      await store.remove(found);
      expect(await store.ofProviderSession(hashOfSid(sid))).toEqual([]);
      expect(await store.read(later)).toBeUndefined();
      expect(await store.ofProviderSession(hashOfSid(otherSid))).toHaveLength(1);
    });

    it('deletes a session, twice as once', async () => {
      const key = newKey();
      await store.create(key, session());
      await store.remove([{ key }]);
      await store.remove([{ key }]);
      expect(await store.read(key)).toBeUndefined();
    });

    it('does not bring a session back that has ended', async () => {
      const key = newKey();
      await store.create(key, session());
      await store.remove([{ key }]);
      await store.touch(key, startTime + minutes);
      expect(await store.read(key)).toBeUndefined();
    });

    it('stays ended whatever comes at the same time', async () => {
      for (let round = 0; round < 20; round++) {
        const key = newKey();
        await store.create(key, session());
        await Promise.all([store.touch(key, startTime + round), store.remove([{ key }])]);
        expect(await store.read(key)).toBeUndefined();
      }
    });
  });
}

function byDay(a: SessionPlace, b: SessionPlace): number {
  return a.key.day < b.key.day ? -1 : 1;
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
