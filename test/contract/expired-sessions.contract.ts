import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FoundSession, SessionKey, SessionStore } from '../../src/lib/auth/session/ports.ts';
import { type UserHash, userHash } from '../../src/lib/auth/user.ts';
import { minutes, startTime } from '../support/clock.ts';

const midnight = Date.UTC(2026, 2, 14);

/** Sessions by their day of expiry. {@link startTime} is on 14 March 2026. */
export function describeExpiredSessions(name: string, create: () => Promise<SessionStore>): void {
  describe(`expired sessions on ${name}`, () => {
    let store: SessionStore;

    beforeEach(async () => {
      store = await create();
    });

    async function sessionOf(day: string, oid = 'oid-1') {
      const key = { day, hash: randomBytes(32).toString('hex') };
      const identity = { oid, tid: 'tid-1', name: undefined, username: undefined };
      const user = userHash(identity);
      const times = { createdAt: 0, lastSeenAt: 0, expiresAt: Date.parse(day) + minutes };
      await store.create(key, { user, identity, flow: 'code', kind: 'browser', ...times });
      return { user, key };
    }

    async function expired(now: number): Promise<FoundSession[]> {
      const sessions: FoundSession[] = [];
      for await (const page of store.expired(now)) sessions.push(...page);
      return byHash(sessions);
    }

    it('are none at first', async () => {
      expect(await expired(startTime)).toEqual([]);
    });

    it('are those of days before today, each with its user', async () => {
      const old = [
        await sessionOf('2025-12-31'),
        await sessionOf('2026-03-12', 'oid-2'),
        await sessionOf('2026-03-13'),
        await sessionOf('2026-03-13', 'oid-3'),
      ];
      for (const day of ['2026-03-14', '2026-03-15', '2027-01-01']) await sessionOf(day);
      expect(await expired(startTime)).toEqual(byHash(old));
    });

    it('are none of a day that is not quite over', async () => {
      const session = await sessionOf('2026-03-13');
      expect(await expired(midnight - 1)).toEqual([]);
      expect(await expired(midnight)).toEqual([session]);
    });

    it('are listed until they are removed, in use or not', async () => {
      const { key, user } = await sessionOf('2026-03-13');
      await store.touch(key, startTime);
      expect(await expired(startTime)).toEqual([{ key, user }]);
      await store.remove([{ key }]);
      expect(await expired(startTime)).toEqual([]);
    });

    it('are listed in pages, all of many, while they are removed', async () => {
      const live = await sessionOf('2026-03-14');
      const created = new Set<string>();
      for (let start = 0; start < 1100; start += 100) {
        const days = Array.from({ length: 100 }, (_, n) => `2026-03-${10 + (n % 4)}`);
        for (const { key } of await Promise.all(days.map((day) => sessionOf(day)))) {
          created.add(key.hash);
        }
      }
      const pages: string[][] = [];
      for await (const page of store.expired(startTime)) {
        pages.push(page.map(({ key }) => key.hash));
        await removeAll(page.map(({ key }) => key));
      }
      expect(pages.length).toBeGreaterThan(1);
      expect(pages.flat()).toHaveLength(1100);
      expect(new Set(pages.flat())).toEqual(created);
      expect(await expired(startTime)).toEqual([]);
      expect(await store.read(live.key)).toBeDefined();
    });

    async function removeAll(keys: SessionKey[]): Promise<void> {
      for (let start = 0; start < keys.length; start += 100) {
        await Promise.all(keys.slice(start, start + 100).map((key) => store.remove([{ key }])));
      }
    }
  });
}

function byHash<T extends { user: UserHash | undefined; key: SessionKey }>(sessions: T[]): T[] {
  return sessions.sort((a, b) => (a.key.hash < b.key.hash ? -1 : 1));
}
